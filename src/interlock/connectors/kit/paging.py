"""Walks over a vendor's pages that end, whatever the vendor says."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Verdict

MAX_PAGES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some objects, and where the next ones are."""

    items: Sequence[Body]
    next: str | None = None
    """What `fetch` needs for the following page; ``None`` at the end."""


def every(
    first: Page, fetch: Callable[[str], Page], *, max_pages: int = MAX_PAGES
) -> Iterator[Body]:
    """Yield the objects of `first` and of all pages after it.

    Raises:
        CallFailed: The pages go round in a circle or do not end: kind ``malformed``. (A list
            that is cut short silently would read as "nothing more is there".)
    """
    page, seen = first, set[str]()
    yield from page.items
    while page.next is not None:
        if page.next in seen or len(seen) >= max_pages:
            raise CallFailed(
                Outcome(
                    verdict=Verdict.RETRYABLE,
                    kind=Kind.MALFORMED,
                    message=f"the vendor's pages do not end (after {len(seen) + 1})",
                )
            )
        seen.add(page.next)
        page = fetch(page.next)
        yield from page.items
