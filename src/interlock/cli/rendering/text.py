"""Findings for people: place, what, the line with a caret, what to do; then one summary line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from interlock.checks.finding import Finding, Severity
from interlock.checks.report import Report
from interlock.cli.rendering.excerpt import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Terminal codes by what they mark; empty ones leave the text plain."""

    severities: dict[Severity, str]
    caret: str
    faint: str
    off: str


PLAIN: Final = Palette(severities=dict.fromkeys(Severity, ""), caret="", faint="", off="")
COLOURED: Final = Palette(
    severities={
        Severity.ERROR: "\x1b[1;31m",
        Severity.UNKNOWN: "\x1b[1;35m",
        Severity.WARNING: "\x1b[1;33m",
        Severity.NOTE: "\x1b[1;34m",
    },
    caret="\x1b[36m",
    faint="\x1b[2m",
    off="\x1b[0m",
)


def text(report: Report, sources: Sources, palette: Palette = PLAIN) -> str:
    """Return the whole screen."""
    lines: list[str] = []
    for finding in report.findings:
        lines += [*_finding(finding, sources, palette), ""]
    lines.append(summary(report))
    return "\n".join(lines) + "\n"


def _finding(finding: Finding, sources: Sources, palette: Palette) -> Iterator[str]:
    tint = palette.severities[finding.severity]
    head = f"{tint}{finding.severity}{palette.off} {finding.code}"
    yield f"{sources.position(finding.where)}: {head} {finding.what}"
    excerpt = sources.excerpt(finding.where).split("\n")
    if len(excerpt) > 1:
        margin = f"{finding.where.line:>5} | "
        yield f"{palette.faint}{margin}{palette.off}{excerpt[0]}"
        yield f"{' ' * (len(margin) - 2)}| {palette.caret}{excerpt[1]}{palette.off}"
    if finding.hint:
        yield f"  hint: {finding.hint}"


def summary(report: Report) -> str:
    """Return the last line: what was asked, what was found, what is set aside."""
    counts = report.counts()
    found = [_plural(counts[each], each.value) for each in Severity if counts[each]]
    aside = [
        f"{number} {word}"
        for number, word in ((len(report.waived), "waived"), (len(report.baselined), "baselined"))
        if number
    ]
    asked = f"{_plural(len(report.documents), 'document')}, {_plural(report.questions, 'check')}"
    said = ", ".join([*(found or ["no findings"]), *aside])
    return f"{asked}: {said}."


def _plural(number: int, word: str) -> str:
    if word == Severity.UNKNOWN:
        return f"{number} unknown"
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
