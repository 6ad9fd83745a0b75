"""A waiver accepts a finding for a while; one that is late or idle is a finding itself."""

from collections.abc import Callable

from interlock.checks.inspection import Inspection
from interlock.checks.inspector import report

Inspect = Callable[..., Inspection]

ORPHAN = """
kind: Entity
metadata: {name: note}
spec: {domain: customer, authority: crm, identity: {crm: Note.Id}, fields: {text: {type: string, in: {crm: Text}}}}
"""  # noqa: E501 (one document)
WAIVER = """
---
kind: Waiver
metadata: {name: later, owner: group:ops}
spec: {code: OWN001, subject: "entity:note", reason: "moves to data-quality", expires: EXPIRES}
"""


def waiver(expires: str) -> str:
    return ORPHAN + WAIVER.replace("EXPIRES", expires)


def codes(inspection: Inspection) -> list[str]:
    found = report(inspection).findings
    return [one.code for one in found if one.code in {"OWN001", "WAI001", "WAI002"}]


def test_an_accepted_finding_is_set_aside_with_its_reason(inspected: Inspect) -> None:
    found = report(inspected(waiver("2026-06-15")))

    (aside,) = found.waived
    assert aside.finding.code == "OWN001"
    assert (aside.reason, aside.owner) == ("moves to data-quality", "group:ops")
    assert "OWN001" not in {one.code for one in found.findings}


def test_an_expired_waiver_accepts_nothing_and_is_found(inspected: Inspect) -> None:
    assert codes(inspected(waiver("2026-06-14"))) == ["OWN001", "WAI001"]


def test_a_waiver_that_waives_nothing_is_found(inspected: Inspect) -> None:
    owned = waiver("2026-12-31").replace("{name: note}", "{name: note, owner: group:ops}")

    assert codes(inspected(owned)) == ["WAI002"]


def test_a_misspelled_subject_waives_nothing_and_is_told_what_is_meant(
    inspected: Inspect,
) -> None:
    found = report(inspected(waiver("2026-12-31").replace("entity:note", "entity:nota"))).findings

    (idle,) = [one for one in found if one.code == "WAI002"]
    assert "did you mean `entity:note`?" in idle.what


def test_a_waiver_of_the_whole_covers_its_parts_but_not_its_neighbours(
    inspected: Inspect,
) -> None:
    parts = """
kind: Entity
metadata: {name: note, owner: group:ops}
spec: {domain: customer, authority: crm, identity: {crm: Note.Id}, fields: {text: {type: string}}}
---
kind: Entity
metadata: {name: note2, owner: group:ops}
spec: {domain: customer, authority: crm, identity: {crm: Note.Id}, fields: {text: {type: string}}}
""" + WAIVER.replace("EXPIRES", "2026-12-31").replace("OWN001", "UNU002")

    found = report(inspected(parts))

    assert [one.finding.subject for one in found.waived] == ["entity:note/text"]
    left = [one.subject for one in found.findings if one.code == "UNU002"]
    assert left == ["entity:note2/text"]
