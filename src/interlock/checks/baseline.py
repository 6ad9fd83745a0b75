"""A baseline: findings that were there before anybody looked, set aside until they are gone.

It may only shrink (peers.md 4.5): a new finding never enters an existing baseline, and an entry
whose finding is gone is a finding itself, so that it cannot come back unseen.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from interlock.checks.finding import Finding, Severity
from interlock.foundation.errors import DeclarationError
from interlock.foundation.place import Place

VERSION: Final = 1
STALE: Final = "BAS001"
"""The code of an entry whose finding is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How many findings of each identity are set aside."""

    counts: Mapping[str, int]

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
        """Return the findings that count, and those that are set aside."""
        left = Counter(self.counts)
        new: list[Finding] = []
        known: list[Finding] = []
        for finding in findings:
            aside = left[finding.identity] > 0
            left[finding.identity] -= aside
            (known if aside else new).append(finding)
        return new, known

    def stale(self, findings: Iterable[Finding], file: str) -> list[Finding]:
        """Return one finding per entry that sets aside more than there is."""
        gone = Counter(self.counts) - Counter(finding.identity for finding in findings)
        return [
            Finding(
                code=STALE,
                severity=Severity.ERROR,
                subject=f"baseline:{identity.replace(' ', '/', 1)}",
                what=f"the baseline sets aside `{identity}`, which is not found any more",
                hint="Run `interlock check` with --write-baseline: the entry goes, for good.",
                where=Place(file),
            )
            for identity in sorted(gone)
        ]

    def shrunk(self, findings: Iterable[Finding]) -> "Baseline":
        """Return the baseline without what is gone; nothing enters it."""
        now = Counter(finding.identity for finding in findings)
        return Baseline(counts=dict(Counter(self.counts) & now))


def baseline_of(findings: Iterable[Finding]) -> Baseline:
    """Return the first baseline of an estate: everything that is found today."""
    return Baseline(counts=dict(Counter(finding.identity for finding in findings)))


def to_text(baseline: Baseline) -> str:
    """Return the file of `baseline`: sorted, so that a diff shows what went."""
    content = {"version": VERSION, "findings": dict(sorted(baseline.counts.items()))}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def from_text(text: str, file: str) -> Baseline:
    """Return the baseline that `to_text` wrote.

    Raises:
        DeclarationError: It is not one.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _unreadable(f"it is not JSON: {error}", file) from error
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise _unreadable(f"it has no `version` {VERSION}", file)
    counts = content.get("findings")
    if not isinstance(counts, dict) or not all(_is_count(count) for count in counts.values()):
        raise _unreadable("`findings` must map an identity to a number from 1", file)
    return Baseline(counts=counts)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _unreadable(why: str, file: str) -> DeclarationError:
    return DeclarationError(
        f"the baseline cannot be read: {why}",
        hint="Restore it from version control, or write it anew with --write-baseline.",
        where=Place(file),
    )
