"""Findings as SARIF 2.1.0 with what GitHub code scanning asks for (standards.md 3.16)."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from interlock.checks.finding import Finding, Severity
from interlock.checks.report import Report, Rule
from interlock.cli.rendering.excerpt import Sources

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Severity.ERROR: "error",
    Severity.UNKNOWN: "warning",
    Severity.WARNING: "warning",
    Severity.NOTE: "note",
}
_PROBLEMS: Final = {
    Severity.ERROR: "error",
    Severity.UNKNOWN: "warning",
    Severity.WARNING: "warning",
    Severity.NOTE: "recommendation",
}
Suppressions = list[dict[str, object]]


def sarif(report: Report, sources: Sources, version: str) -> str:
    """Return the report as one SARIF log; `version` is ours."""
    rules = _rules(report)
    codes = {str(rule["id"]): index for index, rule in enumerate(rules)}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "interlock",
                        "semanticVersion": version,
                        "rules": rules,
                    }
                },
                "automationDetails": {"id": "interlock/check/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "results": _results(report, sources, codes),
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rules(report: Report) -> list[dict[str, object]]:
    known = dict(report.rules)
    for finding in _all(report):
        known.setdefault(
            finding.code,
            Rule(
                code=finding.code, severity=finding.severity, title=finding.what, documentation=""
            ),
        )
    return [_rule(known[code]) for code in sorted(known)]


def _rule(rule: Rule) -> dict[str, object]:
    help_text = rule.documentation or rule.title
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.title.split() if word.isalnum()),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": help_text.split("\n\n")[0]},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["interlock", rule.code[:3].lower()],
            "precision": "very-high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _all(report: Report) -> list[Finding]:
    return [*report.findings, *(each.finding for each in report.waived), *report.baselined]


def _results(
    report: Report, sources: Sources, codes: Mapping[str, int]
) -> list[dict[str, object]]:
    accepted: list[tuple[Finding, Suppressions]] = [(each, []) for each in report.findings]
    for waived in report.waived:
        why = f"{waived.reason} (accepted by {waived.owner} until {waived.expires})"
        accepted.append((waived.finding, [_suppression(why)]))
    accepted += [(each, [_suppression("in the baseline")]) for each in report.baselined]
    prints = _fingerprints(finding for finding, _ in accepted)
    return [
        _result(finding, sources, codes, suppressions) | {"partialFingerprints": fingerprint}
        for (finding, suppressions), fingerprint in zip(accepted, prints, strict=True)
    ]


def _suppression(why: str) -> dict[str, object]:
    return {"kind": "external", "status": "accepted", "justification": why}


def _fingerprints(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Moving lines must not reopen findings; the same one twice is counted.

    GitHub reads only ``primaryLocationLineHash``, so it carries the same lasting identity.
    """
    seen: Counter[str] = Counter()
    prints = []
    for finding in findings:
        seen[finding.identity] += 1
        mark = f"{finding.code}|{finding.subject}|{seen[finding.identity]}"
        digest = sha256(mark.encode()).hexdigest()
        prints.append({"primaryLocationLineHash": f"{digest[:32]}:1", "estate/v1": mark})
    return prints


def _result(
    finding: Finding, sources: Sources, codes: Mapping[str, int], suppressions: Suppressions
) -> dict[str, object]:
    where = finding.where
    line, column = where.line or 1, where.column or 1
    region = {
        "startLine": line,
        "startColumn": column,
        "endLine": line,
        "endColumn": column + max(where.width, 1),
    }
    said = f"{finding.what}\n{finding.hint}" if finding.hint else finding.what
    unknown = finding.severity is Severity.UNKNOWN
    return {
        "ruleId": finding.code,
        "ruleIndex": codes[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"unknown: {said}" if unknown else said},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": sources.path(where), "uriBaseId": "%SRCROOT%"},
                    "region": region,
                },
                "logicalLocations": [{"fullyQualifiedName": finding.subject}],
            }
        ],
        "properties": {"severity": finding.severity.value},
        **({"suppressions": suppressions} if suppressions else {}),
    }
