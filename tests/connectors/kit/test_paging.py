import pytest

from interlock.connectors.kit.paging import Page, every
from interlock.connectors.port import CallFailed, Kind


def test_all_pages_are_walked_in_order() -> None:
    pages = {"b": Page(items=[{"n": 2}], next="c"), "c": Page(items=[{"n": 3}])}
    first = Page(items=[{"n": 1}], next="b")
    assert [item["n"] for item in every(first, pages.__getitem__)] == [1, 2, 3]


def test_pages_in_a_circle_are_malformed_not_endless() -> None:
    circle = {"b": Page(items=[], next="a"), "a": Page(items=[], next="b")}
    with pytest.raises(CallFailed) as caught:
        list(every(Page(items=[], next="a"), circle.__getitem__))
    assert caught.value.outcome.kind is Kind.MALFORMED


def test_too_many_pages_are_not_cut_short_silently() -> None:
    with pytest.raises(CallFailed):
        list(
            every(
                Page(items=[], next="0"),
                lambda at: Page(items=[], next=str(int(at) + 1)),
                max_pages=5,
            )
        )
