import pytest
from tests.sandbox.netsuite.conftest import Suite, code


def test_values_are_text_and_nulls_are_left_out(suite: Suite) -> None:
    suite.customer("002", companyName="It's", email="x@example.com")

    rows = suite.query("SELECT companyname, email FROM customer ORDER BY id")["items"]

    assert rows == [
        {"links": [], "companyname": "Acme"},
        {"links": [], "companyname": "It's", "email": "x@example.com"},
    ]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("externalid = '002'", ["002"]),
        ("externalid IN ('001', '003')", ["001", "003"]),
        ("companyname = 'A ''B'' AND C' AND externalid <> '003'", ["002"]),
        ("externalid > '001' AND externalid <= '002'", ["002"]),
        ("email = 'nobody'", []),
        ("lastmodifieddate >= TO_TIMESTAMP('2020-01-01 00:00:00', 'x')", ["001", "002", "003"]),
        ("lastmodifieddate < TO_DATE('2020-01-01', 'YYYY-MM-DD')", []),
    ],
)
def test_conditions_choose(suite: Suite, where: str, found: list[str]) -> None:
    suite.customer("002", companyName="A 'B' AND C")
    suite.customer("003", companyName="A 'B' AND C")

    query = f"SELECT externalid FROM customer WHERE {where} ORDER BY externalid"  # noqa: S608 (our own text)
    rows = suite.query(query)

    assert [row["externalid"] for row in rows["items"]] == found


def test_transactions_are_one_table(suite: Suite) -> None:
    ref = suite.ref(suite.invoice("006"))
    path = f"/services/rest/record/v1/invoice/{ref}/!transform/creditMemo"
    memo = suite.ref(suite.send("POST", path, {}))

    both = suite.query("SELECT id, type FROM transaction ORDER BY id DESC")["items"]
    one = suite.query(
        "SELECT id, BUILTIN.DF(entity) AS who FROM transaction WHERE type = 'CustInvc'"
    )

    assert [(row["id"], row["type"]) for row in both] == [(memo, "CustCred"), (ref, "CustInvc")]
    assert one["items"] == [{"links": [], "id": ref, "who": "Acme"}]


def test_a_time_is_written_as_asked(suite: Suite) -> None:
    query = "SELECT TO_CHAR(lastmodifieddate, 'DD.MM.YYYY') AS day FROM customer"

    (row,) = suite.query(query)["items"]

    day, month, year = row["day"].split(".")
    modified = suite.read("customer", "eid:001")["lastModifiedDate"]
    assert modified.startswith(f"{year}-{month}-{day}")


def test_pages_tell_whether_there_is_more(suite: Suite) -> None:
    for number in range(4):
        suite.customer(f"1{number}")
    query = "SELECT id FROM customer ORDER BY id"

    first = suite.query(query, "?limit=2")
    last = suite.query(query, "?limit=2&offset=4")

    assert (first["count"], first["hasMore"], first["totalResults"]) == (2, True, 5)
    assert (last["count"], last["hasMore"], last["offset"]) == (1, False, 4)


def test_a_query_that_makes_no_sense_or_lacks_its_header_is_refused(suite: Suite) -> None:
    path = "/services/rest/query/v1/suiteql"

    for query in (
        "DELETE FROM customer",
        "SELECT id FROM nothing",
        "SELECT id FROM customer WHERE ?",
    ):
        answer = suite.send("POST", path, {"q": query}, Prefer="transient")
        assert code(answer) == (400, "INVALID_PARAMETER")
    assert suite.send("POST", path, {"q": "SELECT id FROM customer"}).status_code == 400


def test_items_exist_when_asked_for_unless_some_are_listed(suite: Suite) -> None:
    query = "SELECT id FROM item WHERE itemid = 'SEAT'"
    assert suite.query(query)["items"] == [{"links": [], "id": "item-SEAT"}]

    suite.control("options", {"items": ["OTHER"]})

    assert suite.query(query)["items"] == []


def test_a_condition_has_choices_and_parentheses(suite: Suite) -> None:
    refs = [suite.customer(f"C{number}", email=f"{number}@example.com") for number in range(4)]
    chosen = f"(id > {refs[2]} OR (email = '0@example.com' AND id = {refs[0]}))"

    found = suite.query(
        f"SELECT id FROM customer WHERE {chosen} AND companyname = 'Acme' ORDER BY id"  # noqa: S608 (our ids)
    )

    assert [row["id"] for row in found["items"]] == [refs[0], refs[3]]


def test_a_query_is_paged_no_further_than_a_hundred_thousand_rows(suite: Suite) -> None:
    path = "/services/rest/query/v1/suiteql?limit=1000&offset=100000"
    answer = suite.send("POST", path, {"q": "SELECT id FROM customer"}, Prefer="transient")
    assert answer.status_code == 400
