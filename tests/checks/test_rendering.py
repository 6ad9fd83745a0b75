"""Every format is a pure function of the report; the whole screen is compared."""

import json
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from interlock.checks.catalogue import CHECKS
from interlock.checks.finding import Finding, Severity
from interlock.checks.report import Report, Rule, Verdict, Waived
from interlock.cli.rendering.excerpt import Sources
from interlock.cli.rendering.github import github
from interlock.cli.rendering.junit import junit
from interlock.cli.rendering.machine import as_json
from interlock.cli.rendering.sarif import sarif
from interlock.cli.rendering.text import COLOURED, summary, text
from interlock.foundation.place import Place

SOURCES = Sources(texts={"a.yaml": "kind: System\nowner:\tnobody\n"}, folder="estate")
RULE = Rule(code="OWN001", severity=Severity.ERROR, title="No owner", documentation="OWN001: why.")


@dataclass(frozen=True)
class _Told:
    """A declared thing, as reports tell of it."""

    kind: str
    id: str
    place: Place


def finding(**more: Any) -> Finding:
    given: dict[str, Any] = {
        "code": "OWN001",
        "severity": Severity.ERROR,
        "subject": "system:crm",
        "what": "System `crm` has no owner",
        "hint": "Add `owner:`.",
        "where": Place("a.yaml", 2, 8, 6),
    }
    return Finding(**{**given, **more})


def a_report(*findings: Finding, **more: Any) -> Report:
    documents = (
        _Told(kind="System", id="system:crm", place=Place("a.yaml", 1, 1)),
        _Told(kind="System", id="system:erp", place=Place("a.yaml", 2, 1)),
    )
    return Report(
        findings=findings, documents=documents, rules={"OWN001": RULE}, questions=1, **more
    )


def waived() -> Waived:
    return Waived(finding=finding(), reason="soon", owner="group:ops", expires="2027-01-01")


def test_text_shows_place_line_caret_and_hint() -> None:
    assert text(a_report(finding()), SOURCES) == (
        "estate/a.yaml:2:8: error OWN001 System `crm` has no owner\n"
        "    2 | owner:\tnobody\n"
        "      |       \t^^^^^^\n"
        "  hint: Add `owner:`.\n"
        "\n"
        "2 documents, 1 check: 1 error.\n"
    )


def test_text_without_a_line_has_no_snippet() -> None:
    shown = text(a_report(finding(where=Place("base.json"), hint="")), SOURCES)

    assert shown.splitlines()[:2] == ["base.json: error OWN001 System `crm` has no owner", ""]


def test_the_summary_tells_everything_that_was_set_aside() -> None:
    found = a_report(
        finding(severity=Severity.WARNING),
        finding(severity=Severity.UNKNOWN),
        waived=(waived(),),
        baselined=(finding(),),
    )

    assert summary(found).endswith(": 1 unknown, 1 warning, 1 waived, 1 baselined.")
    assert summary(a_report()).endswith(": no findings.")


def test_colours_change_nothing_but_colours() -> None:
    import re

    shown = text(a_report(finding()), SOURCES, COLOURED)

    assert "\x1b[" in shown
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == text(a_report(finding()), SOURCES)


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([], Verdict.FINE),
        ([Severity.NOTE, Severity.WARNING], Verdict.FINE),
        ([Severity.UNKNOWN, Severity.WARNING], Verdict.UNKNOWN),
        ([Severity.UNKNOWN, Severity.ERROR], Verdict.FINDINGS),
    ],
)
def test_unknown_never_reads_as_fine(severities: list[Severity], verdict: Verdict) -> None:
    assert a_report(*(finding(severity=each) for each in severities)).verdict() is verdict


def test_json_counts_what_it_lists() -> None:
    found = json.loads(as_json(a_report(finding(), waived=(waived(),)), SOURCES))

    assert found["verdict"] == "findings"
    assert found["summary"]["error"] == len(found["findings"]) == 1
    assert found["findings"][0]["file"] == "estate/a.yaml"
    assert found["findings"][0]["identity"] == "OWN001 system:crm"
    assert found["waived"][0]["reason"] == "soon"


def test_github_escapes_what_would_end_a_command() -> None:
    line = github(a_report(finding(what="50%\n::error::x", hint="")), SOURCES).splitlines()[0]

    assert line == (
        "::error file=estate/a.yaml,line=2,col=8,title=OWN001 No owner::50%25%0A::error::x"
    )


def test_github_properties_cannot_be_forged() -> None:
    odd = Sources(texts={"a,b:c.yaml": ""})

    line = github(a_report(finding(where=Place("a,b:c.yaml", 1, 1))), odd).splitlines()[0]

    assert "file=a%2Cb%3Ac.yaml," in line


def parsed(document: str) -> list[ET.Element]:
    return ET.fromstring(document).findall("testsuite")  # noqa: S314 (we wrote it ourselves)


def test_junit_tells_errors_unknowns_skips_and_passes_apart() -> None:
    found = a_report(
        finding(),
        finding(severity=Severity.UNKNOWN),
        finding(severity=Severity.NOTE),
        waived=(waived(),),
        baselined=(finding(),),
    )

    (suite,) = parsed(junit(found, SOURCES))

    assert suite.attrib["name"] == "system"
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("1", "1")
    assert suite.attrib["skipped"] == "2"
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == 6
    assert [case.attrib["classname"] for case in suite if not len(case)] == ["system:erp"]


def test_junit_survives_characters_that_xml_cannot_carry() -> None:
    odd = finding(what='a\x00b\x1b]]> <&" \ud800')

    (suite,) = parsed(junit(a_report(odd), SOURCES))

    (failure,) = suite.iter("failure")
    assert failure.attrib["message"] == 'a\ufffdb\ufffd]]> <&" \ufffd'


def run_of(report: Report) -> dict[str, Any]:
    log = json.loads(sarif(report, SOURCES, "1.2.3"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return dict(run)


def test_sarif_has_what_github_asks_for() -> None:
    run = run_of(a_report(finding()))

    (rule,) = run["tool"]["driver"]["rules"]
    for name in ("shortDescription", "fullDescription", "help"):
        assert rule[name]["text"]
    assert rule["properties"]["problem.severity"] == "error"
    assert rule["properties"]["precision"] == "very-high"
    (result,) = run["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "estate/a.yaml"
    assert location["region"] == {
        "startLine": 2,
        "startColumn": 8,
        "endLine": 2,
        "endColumn": 14,
    }
    assert result["message"]["text"].startswith("System `crm` has no owner")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert run["automationDetails"]["id"].endswith("/")


def prints(report: Report) -> list[str]:
    return [
        result["partialFingerprints"]["primaryLocationLineHash"]
        for result in run_of(report)["results"]
    ]


def test_a_finding_keeps_its_fingerprint_when_lines_and_wording_change() -> None:
    moved = finding(where=Place("a.yaml", 77, 1), what="said otherwise")

    assert prints(a_report(finding())) == prints(a_report(moved))
    assert len(set(prints(a_report(finding(), finding())))) == 2
    assert prints(a_report(finding())) != prints(a_report(finding(subject="system:erp")))


def test_waivers_are_suppressions_with_their_reason() -> None:
    (result,) = run_of(a_report(waived=(waived(),)))["results"]

    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "soon" in suppression["justification"]
    assert "suppressions" not in run_of(a_report(finding()))["results"][0]


def test_an_unknown_says_so_and_is_not_hidden() -> None:
    (result,) = run_of(a_report(finding(severity=Severity.UNKNOWN)))["results"]

    assert result["level"] == "warning"
    assert result["message"]["text"].startswith("unknown: ")


def test_every_check_makes_a_complete_rule() -> None:
    rules = {
        check.code: Rule(
            code=check.code,
            severity=check.severity,
            title=check.title,
            documentation=check.documentation,
        )
        for check in CHECKS
    }

    run = run_of(replace(a_report(), rules=rules))

    for rule in run["tool"]["driver"]["rules"]:
        assert rule["fullDescription"]["text"].startswith(f"{rule['id']}: ")
        assert len(rule["shortDescription"]["text"]) < 80
