"""Every record that a system has of an object, page by page: what a comparison starts from.

Most vendors tell what changed since any moment, which from the beginning is everything that is
still there. Whoever forgets changes (Stripe, after 30 days), or counts them differently, lists.
"""

from typing import Final, Protocol, runtime_checkable

from interlock.connectors.port import Changes, Connector

BEGINNING: Final = "2000-01-01T00:00:00+00:00"
"""Before any record of any system that is connected here."""


@runtime_checkable
class Census(Protocol):
    """A connector that lists its records."""

    def census(self, obj: str, page: str | None) -> Changes:
        """Return one page of all records of `obj`; `page` is the cursor of the page before it.

        Raises:
            CallFailed: The vendor did not answer.
            UsageError: It has no such object, or nobody can list it.
        """
        ...


def census(connector: Connector, obj: str, page: str | None) -> Changes:
    """Return one page of all records of `obj`.

    Raises:
        CallFailed: The system did not answer.
        UsageError: It cannot be asked for all of them.
    """
    if isinstance(connector, Census):
        return connector.census(obj, page)
    return connector.changes(obj, BEGINNING if page is None else page)
