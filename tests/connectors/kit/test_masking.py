import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.kit.masking import MAX_MESSAGE, masked

TOKEN = "00D5g00000ABCDE!AQ8AQJ.x_Y7zzzzzzzzzzzzzzzzzzzzzzzz"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("mail ana.b+c@example.co.uk bounced", "ana.b"),
        ("Authorization: Bearer abc.def-ghi", "abc.def"),
        ('{"access_token":"s3cr3tvalue"}', "s3cr3tvalue"),
        ("client_secret=hunter22&x=1", "hunter22"),
        ("key sk_live_51Habcdef was revoked", "51Habc"),
        (f"session {TOKEN} is over", "AQ8AQJ"),
        ("assertion eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln", "eyJ"),
        ("pay to DE89 3704 0044 0532 0130 00 now", "3704"),
        ("pay to GB29NWBK60161331926819 now", "NWBK"),
        ("card 4242 4242 4242 4242", "4242 4242"),
        ("see https://user:pw1234@host/x", "pw1234"),
        ("digest 0123456789abcdef0123456789abcdef01234567", "89abcdef01"),
    ],
)
def test_what_must_not_be_said_is_masked(text: str, hidden: str) -> None:
    assert hidden in text
    assert hidden not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "unable to obtain exclusive access to this record or 1 records: 0035g00000XyZabAAF",
        "The posting period 2026-01 is closed.",
        "Required fields are missing: [Name, Billing_Email__c]",
        "amount 1200.50 EUR is not 1200.49 EUR",
    ],
)
def test_what_a_person_needs_stays_readable(text: str) -> None:
    assert masked(text) == text


@given(st.text(max_size=400), st.text(st.characters(codec="ascii", categories=["L"]), min_size=8))
def test_a_known_secret_never_survives(text: str, secret: str) -> None:
    assert secret not in masked(f"{text} {secret} {text}", [secret])


def test_a_secret_of_several_lines_is_known_in_one_line_too() -> None:
    key = "-----BEGIN X-----\nabcdef\nghijkl\n-----END X-----"
    assert "abcdef" not in masked(f"bad key {key} here", [key])


@given(st.text(max_size=2_000))
def test_a_message_is_short_and_on_one_line(text: str) -> None:
    shown = masked(text)
    assert len(shown) <= MAX_MESSAGE
    assert len(shown.splitlines()) <= 1


def test_a_secret_across_the_cut_is_masked_before_the_cut() -> None:
    text = "x " * (MAX_MESSAGE // 2 - 5) + "ana@example.com"
    assert "ana" not in masked(text)


def test_a_huge_text_costs_little() -> None:
    assert len(masked("a@" * 5_000_000)) <= MAX_MESSAGE
