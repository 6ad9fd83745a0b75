"""Waivers: findings that somebody accepted, with a reason and until a day.

A waiver that has expired, or that waives nothing any more, is a finding itself: otherwise the
list grows until nobody believes it (peers.md 4.5).
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from interlock.checks.finding import Finding, Severity
from interlock.checks.report import Rule, Waived
from interlock.checks.subject import of
from interlock.estate.kinds import Waiver
from interlock.expression.errors import did_you_mean

EXPIRED: Final = Rule(
    code="WAI001",
    severity=Severity.ERROR,
    title="A waiver that has expired",
    documentation="The finding counts again. Fix it, or decide anew until when it is accepted.",
)
UNNEEDED: Final = Rule(
    code="WAI002",
    severity=Severity.ERROR,
    title="A waiver that waives nothing",
    documentation="What it accepted is gone, or was never found: take it out.",
)
OWN: Final = frozenset({EXPIRED.code, UNNEEDED.code})
"""What cannot be waived."""


def waived(
    findings: Iterable[Finding], waivers: Iterable[Waiver], *, today: date
) -> tuple[list[Finding], list[Waived]]:
    """Return what counts, the waivers' own findings included, and what is set aside."""
    in_force = [waiver for waiver in waivers if waiver.spec.expires >= today]
    left: list[Finding] = []
    aside: list[Waived] = []
    needed: set[str] = set()
    everything = list(findings)
    for finding in everything:
        accepting = next((one for one in in_force if covers(one, finding)), None)
        if accepting is None:
            left.append(finding)
        else:
            needed.add(accepting.name)
            aside.append(_aside(finding, accepting))
    subjects = {finding.subject for finding in everything}
    left += _expired(waivers, today)
    left += _unneeded((one for one in in_force if one.name not in needed), subjects)
    return left, aside


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether `waiver` accepts `finding`: the same thing, or a part of it."""
    if waiver.spec.code != finding.code or finding.code in OWN:
        return False
    subject = waiver.spec.subject
    return finding.subject == subject or finding.subject.startswith(f"{subject}/")


def _aside(finding: Finding, waiver: Waiver) -> Waived:
    return Waived(
        finding=finding,
        reason=waiver.spec.reason,
        owner=waiver.metadata.owner or "nobody",
        expires=waiver.spec.expires.isoformat(),
    )


def _expired(waivers: Iterable[Waiver], today: date) -> Iterator[Finding]:
    for waiver in waivers:
        if waiver.spec.expires < today:
            yield Finding(
                code=EXPIRED.code,
                severity=EXPIRED.severity,
                subject=of(waiver),
                what=f"waiver `{waiver.name}` expired on {waiver.spec.expires}",
                hint=f"Fix {waiver.spec.code} of `{waiver.spec.subject}`, or decide anew.",
                where=waiver.place_of("spec", "expires"),
            )


def _unneeded(waivers: Iterable[Waiver], subjects: set[str]) -> Iterator[Finding]:
    for waiver in waivers:
        close = did_you_mean(waiver.spec.subject, subjects)
        yield Finding(
            code=UNNEEDED.code,
            severity=UNNEEDED.severity,
            subject=of(waiver),
            what=f"waiver `{waiver.name}` waives nothing{close}",
            hint=f"There is no {waiver.spec.code} of `{waiver.spec.subject}`: take it out.",
            where=waiver.place_of("spec", "subject"),
        )
