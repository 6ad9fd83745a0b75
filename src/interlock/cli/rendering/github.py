"""Findings as GitHub workflow commands: annotations at the changed lines."""

from typing import Final

from interlock.checks.finding import Finding, Severity
from interlock.checks.report import Report
from interlock.cli.rendering.excerpt import Sources
from interlock.cli.rendering.text import summary

_COMMANDS: Final = {
    Severity.ERROR: "error",
    Severity.UNKNOWN: "warning",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def github(report: Report, sources: Sources) -> str:
    """Return one command per finding, then the summary as a plain line."""
    lines = [_annotation(finding, report, sources) for finding in report.findings]
    return "\n".join([*lines, summary(report)]) + "\n"


def _annotation(finding: Finding, report: Report, sources: Sources) -> str:
    where = finding.where
    rule = report.rules.get(finding.code)
    title = f"{finding.code} {rule.title}" if rule else finding.code
    said = finding.what if finding.severity is not Severity.UNKNOWN else f"unknown: {finding.what}"
    properties = {
        "file": sources.path(where),
        "line": str(where.line or 1),
        "col": str(where.column or 1),
        "title": title,
    }
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = _data(f"{said}\nhint: {finding.hint}" if finding.hint else said)
    return f"::{_COMMANDS[finding.severity]} {named}::{message}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
