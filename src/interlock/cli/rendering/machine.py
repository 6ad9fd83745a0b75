"""Findings for programs: one JSON object with a version."""

import json
from typing import Final

from interlock.checks.finding import Finding, Severity
from interlock.checks.report import Report, Waived
from interlock.cli.rendering.excerpt import Sources

VERSION: Final = 1


def as_json(report: Report, sources: Sources) -> str:
    """Return the report as one JSON object."""
    counts = report.counts()
    content = {
        "version": VERSION,
        "verdict": report.verdict().name.lower(),
        "summary": {
            "documents": len(report.documents),
            "checks": len(report.rules),
            **{severity.value: counts[severity] for severity in Severity},
            "waived": len(report.waived),
            "baselined": len(report.baselined),
        },
        "findings": [_finding(each, sources) for each in report.findings],
        "waived": [_waived(each, sources) for each in report.waived],
        "baselined": [_finding(each, sources) for each in report.baselined],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, sources: Sources) -> dict[str, object]:
    where = finding.where
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "what": finding.what,
        "hint": finding.hint,
        "file": sources.path(where),
        "line": where.line,
        "column": where.column,
        "identity": finding.identity,
    }


def _waived(waived: Waived, sources: Sources) -> dict[str, object]:
    return {
        **_finding(waived.finding, sources),
        "reason": waived.reason,
        "owner": waived.owner,
        "expires": waived.expires,
    }
