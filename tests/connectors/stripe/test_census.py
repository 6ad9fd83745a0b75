from typing import Any

import httpx2
import pytest

from interlock.connectors.census import census
from interlock.connectors.port import CallFailed
from interlock.foundation.errors import UsageError


def listed(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"sub_{number}", "object": "subscription", "created": 1767261605, **more}


def test_every_page_of_the_list_is_read_and_cancelled_ones_are_in_it(
    account: Any, vendor: Any
) -> None:
    first = vendor["page"](listed(3), listed(2), more=True)
    account.on("GET", "/v1/subscriptions", first, vendor["page"](listed(1)))
    connector = account.open()
    page = census(connector, "subscription", None)
    assert ([found.ref for found in page.events], page.more) == (["sub_3", "sub_2"], True)
    rest = census(connector, "subscription", page.cursor)
    assert ([found.ref for found in rest.events], rest.more) == (["sub_1"], False)
    asked, then = account.requests
    assert asked.url.params["status"] == "all"
    assert then.url.params["starting_after"] == "sub_2"


def test_what_stripe_never_lists_is_refused_and_not_taken_for_empty(account: Any) -> None:
    with pytest.raises(UsageError, match=r"no list of `billing\.meter_event`"):
        census(account.open(), "billing.meter_event", None)


@pytest.mark.parametrize(
    "odd",
    [listed(1, created=None), {**listed(1), "object": "invoice"}, {"id": 7}],
    ids=["without its moment", "of another kind", "without an id"],
)
def test_a_list_of_something_else_is_malformed(account: Any, vendor: Any, odd: Any) -> None:
    account.on("GET", "/v1/subscriptions", vendor["page"](odd))
    with pytest.raises(CallFailed):
        census(account.open(), "subscription", None)


def test_a_list_that_cannot_be_read_is_no_empty_list(account: Any) -> None:
    account.on("GET", "/v1/subscriptions", httpx2.Response(500, text="<html>"))
    with pytest.raises(CallFailed):
        census(account.open(), "subscription", None)
