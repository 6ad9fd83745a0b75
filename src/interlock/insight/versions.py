"""Which estates were deployed, by whom, and what each changed (R9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from typing import Final

from interlock.audit import trail
from interlock.estate.differences import Change, differences
from interlock.flow.archive import STREAM, EstateArchive
from interlock.foundation.database import Database
from interlock.foundation.errors import UsageError
from interlock.insight.reading import text

_APPLIED: Final = "estate.applied"
SHORTEST: Final = 8
"""Characters of a digest by which a deployment can be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """An estate that was made the one that new runs start with."""

    number: int
    """The first deployment is 1."""
    digest: str
    before: str
    """The digest of the one that it took the place of; empty for the first."""
    author: str
    approver: str
    at: datetime


def deployments(database: Database) -> list[Deployment]:
    """Return every deployment, the latest first."""
    entries = [each for each in trail.read(database, STREAM) if each.action == _APPLIED]
    digests = ["", *(text(each.data, "digest") for each in entries)]
    found = [
        Deployment(
            number=number,
            digest=digest,
            before=before,
            author=text(entry.data, "author"),
            approver=text(entry.data, "approver"),
            at=entry.at,
        )
        for number, (entry, (before, digest)) in enumerate(
            zip(entries, pairwise(digests), strict=True), start=1
        )
    ]
    return found[::-1]


def deployment(found: Sequence[Deployment], named: str) -> Deployment:
    """Return the deployment with this number, or the latest whose digest begins so.

    Raises:
        UsageError: There is none.
    """
    numbered = (each for each in found if str(each.number) == named)
    begun = (each for each in found if len(named) >= SHORTEST and each.digest.startswith(named))
    for each in chain(numbered, begun):
        return each
    raise UsageError(
        f"no estate `{named[:64]}` was deployed here",
        hint="`interlock changes --list` shows those that were, each with its number and digest.",
    )


def changes(archive: EstateArchive, before: str, after: str) -> list[Change]:
    """Return what changed from one estate to another; all of it was added to none (``""``)."""
    return differences(archive.sources(before) if before else {}, archive.sources(after))
