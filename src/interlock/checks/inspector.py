"""Ask every question, set aside what was accepted, and say what is left."""

from collections.abc import Iterable
from typing import Final

from interlock.checks.baseline import STALE, Baseline
from interlock.checks.catalogue import CHECKS
from interlock.checks.check import Check
from interlock.checks.finding import Finding, Severity, order
from interlock.checks.inspection import Inspection
from interlock.checks.report import Report, Rule
from interlock.checks.waivers import EXPIRED, UNNEEDED, waived
from interlock.estate.problem import CODES, Problem

READING: Final = "EST"
"""Codes of what keeps an estate from being understood begin with this."""
_STALE: Final = Rule(
    code=STALE,
    severity=Severity.ERROR,
    title="A baseline entry whose finding is gone",
    documentation="A baseline may only shrink: take the entry out, so that it cannot come back.",
)


OWN_RULES: Final = (EXPIRED, UNNEEDED, _STALE)
"""What is found about waivers and baselines, besides the checks."""


def inspect(inspection: Inspection, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Return everything that `checks` find, in reading order, nothing set aside."""
    return sorted((one for check in checks for one in check.answers(inspection)), key=order)


def finding_of(problem: Problem) -> Finding:
    """Return a problem of reading as a finding; it cannot be waived, only fixed."""
    return Finding(
        code=problem.code,
        severity=Severity.ERROR,
        subject=f"file:{problem.where.file}/{problem.what}",
        what=problem.what,
        hint=problem.hint,
        where=problem.where,
    )


def report(
    inspection: Inspection,
    problems: Iterable[Problem] = (),
    *,
    checks: tuple[Check, ...] = CHECKS,
    baseline: Baseline | None = None,
    baseline_file: str = "",
) -> Report:
    """Return what a door shows of the estate: problems of reading first, then the checks'."""
    unreadable = [finding_of(problem) for problem in problems]
    estate = inspection.estate
    found = inspect(inspection, checks)
    left, aside = waived(found, estate.waivers.values(), today=inspection.now.date())
    everything = [*unreadable, *left]
    known: list[Finding] = []
    if baseline is not None:
        new, known = baseline.split(everything)
        everything = [*new, *baseline.stale(everything, baseline_file)]
    return Report(
        findings=tuple(sorted(everything, key=order)),
        waived=tuple(aside),
        baselined=tuple(known),
        documents=estate.declared(),
        rules=_rules(checks),
        questions=len(checks),
    )


def every_rule() -> dict[str, Rule]:
    """Return every code that may be shown, with what it means: also of what cannot be read."""
    unreadable = {
        code: Rule(
            code=code,
            severity=Severity.ERROR,
            title="A declaration that cannot be understood",
            documentation=meaning,
        )
        for code, meaning in CODES.items()
    }
    return {**_rules(CHECKS), **unreadable}


def _rules(checks: tuple[Check, ...]) -> dict[str, Rule]:
    asked = {
        one.code: Rule(
            code=one.code,
            severity=one.severity,
            title=one.title,
            documentation=one.documentation,
        )
        for one in checks
    }
    return {**asked, **{rule.code: rule for rule in OWN_RULES}}
