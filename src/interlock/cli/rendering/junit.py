"""Findings as JUnit XML: one suite per kind, one case per declared thing and broken check.

There is no official schema; this is the subset that CI servers share (standards.md 3.16).
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from interlock.checks.finding import Finding, Severity
from interlock.checks.report import Document, Report
from interlock.cli.rendering.excerpt import Sources

_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, not even escaped."""


def junit(report: Report, sources: Sources) -> str:
    """Return the report as JUnit XML."""
    suites = [_suite(kind, report, sources) for kind in _kinds(report)]
    body = "\n".join(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="interlock">\n{body}\n</testsuites>\n'  # noqa: E501 (one document)


def _kinds(report: Report) -> list[str]:
    documents = {document.kind.lower() for document in report.documents}
    return sorted(documents | {finding.kind for finding in _all(report)})


def _all(report: Report) -> list[Finding]:
    return [*report.findings, *(each.finding for each in report.waived), *report.baselined]


def _suite(kind: str, report: Report, sources: Sources) -> str:
    cases = [
        *(_failed(each, report, sources) for each in report.findings if _of(each, kind)),
        *_skipped(kind, report, sources),
        *_passed(kind, report, sources),
    ]
    wrong = [f.severity for f in report.findings if _of(f, kind)]
    errors = wrong.count(Severity.UNKNOWN)
    failures = wrong.count(Severity.ERROR) + wrong.count(Severity.WARNING)
    skipped = len([f for f in _all(report) if _of(f, kind)]) - len(wrong)
    numbers = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    body = "\n".join(cases)
    return f"  <testsuite name={_attribute(kind)} {numbers}>\n{body}\n  </testsuite>"


def _of(finding: Finding, kind: str) -> bool:
    return finding.kind == kind


def _case(finding: Finding, inner: str, sources: Sources) -> str:
    where = finding.where
    attributes = (
        f"name={_attribute(finding.code)} classname={_attribute(finding.subject)} "
        f'time="0" file={_attribute(sources.path(where))} line="{where.line}"'
    )
    return f"    <testcase {attributes}>{inner}</testcase>"


def _failed(finding: Finding, report: Report, sources: Sources) -> str:
    """An unknown is an `error`: the question could not be answered; a note fails nothing."""
    detail = f"{sources.position(finding.where)}\n{sources.excerpt(finding.where)}"
    said = _text(f"{detail}\nhint: {finding.hint}")
    if finding.severity is Severity.NOTE:
        return _case(finding, f"<system-out>{_text(finding.what)}\n{said}</system-out>", sources)
    tag = "error" if finding.severity is Severity.UNKNOWN else "failure"
    rule = report.rules.get(finding.code)
    kind = _attribute(rule.title if rule else finding.code)
    inner = f"<{tag} message={_attribute(finding.what)} type={kind}>{said}</{tag}>"
    return _case(finding, inner, sources)


def _skipped(kind: str, report: Report, sources: Sources) -> Iterator[str]:
    for waived in report.waived:
        if _of(waived.finding, kind):
            why = f"waived until {waived.expires} by {waived.owner}: {waived.reason}"
            yield _case(waived.finding, f"<skipped message={_attribute(why)}/>", sources)
    for finding in report.baselined:
        if _of(finding, kind):
            yield _case(finding, '<skipped message="in the baseline"/>', sources)


def _passed(kind: str, report: Report, sources: Sources) -> Iterator[str]:
    """A declared thing without findings passes, so that totals say how much was looked at."""
    troubled = {finding.document for finding in _all(report)}
    for document in report.documents:
        if document.kind.lower() == kind and document.id not in troubled:
            yield _fine(document, sources)


def _fine(document: Document, sources: Sources) -> str:
    file = _attribute(sources.path(document.place))
    name = _attribute(document.id)
    line = document.place.line
    return f'    <testcase name="checks" classname={name} time="0" file={file} line="{line}"/>'


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))
