"""The estate: its catalogue, who feeds whom, what the checks found, and who owns what."""

from typing import Final

from interlock.checks.lineage.explanation import who_owns
from interlock.console.api.operation import reads
from interlock.console.door import Ask, Json, Parameter, not_there
from interlock.console.pages.deployments import compared
from interlock.console.pages.ownership import asked_of, moment_of
from interlock.foundation.errors import UsageError
from interlock.insight.landscape import feeds, stations, upcoming
from interlock.insight.ownership import matrix
from interlock.insight.versions import changes, deployments

AS_OF: Final = Parameter(name="as_of", about="A date or moment (ISO 8601); now if not said.")


def estate(ask: Ask) -> Json:
    """Return the catalogue and the map."""
    inspection = ask.desk.inspection()
    declared = inspection.estate
    return Json(
        value={
            "digest": declared.digest,
            "systems": stations(inspection),
            "feeds": feeds(inspection),
            "integrations": [
                {
                    "name": name,
                    "owner": each.metadata.owner,
                    "lifecycle": each.spec.lifecycle,
                    "criticality": each.spec.classification.criticality
                    if each.spec.classification
                    else None,
                }
                for name, each in declared.integrations.items()
            ],
            "entities": sorted(declared.entities),
            "reconciliations": sorted(declared.reconciliations),
            "upcoming": upcoming(declared, ask.now.date()),
        }
    )


def findings(ask: Ask) -> Json:
    """Return what the checks say about the deployed estate."""
    found = ask.desk.report()

    items = [
        {
            "code": each.code,
            "severity": each.severity,
            "subject": each.subject,
            "what": each.what,
            "hint": each.hint,
            "where": str(each.where),
        }
        for each in found.findings
    ]
    waived = [
        {"identity": each.finding.identity, "reason": each.reason, "expires": each.expires}
        for each in found.waived
    ]
    return Json(value={"items": items, "waived": waived})


def ownership(ask: Ask) -> Json:
    """Return who owns which field of an entity."""
    name = ask.path["entity"]
    if name not in ask.desk.estate().entities:
        raise not_there("entity")
    return Json(value=matrix(ask.desk.estate(), name, moment_of(ask)))


def owner(ask: Ask) -> Json:
    """Return who owns a field, and why."""
    asked = asked_of(ask)
    try:
        found = who_owns(ask.desk.inspection(), asked)
    except UsageError as error:
        raise not_there("field") from error
    return Json(
        value={
            "field": f"{asked.entity}.{asked.field}",
            "as_of": asked.at,
            "system": found.ruling.system,
            "candidates": found.ruling.candidates,
            "certain": found.ruling.certain,
            "because": found.ruling.because,
            "declared": str(found.ruling.place),
            "by_legal_entity": {name: one.system for name, one in found.by_legal_entity},
            "held_in": [
                {"system": system, "path": path, "declared": str(place)}
                for system, path, place in found.held_in
            ],
            "written": [
                {
                    "integration": each.integration,
                    "step": each.step,
                    "system": each.system,
                    "sources": each.sources,
                }
                for each in found.written
            ],
        }
    )


def deployed(ask: Ask) -> Json:
    """Return every estate that was deployed, the latest first."""
    return Json(value={"items": deployments(ask.desk.database)})


def changed(ask: Ask) -> Json:
    """Return what a deployment changed, or what changed since another one."""
    of, since = compared(ask)
    return Json(
        value={
            "deployment": of,
            "since": since,
            "items": changes(ask.desk.store.archive, since, of.digest),
        }
    )


DOORS: Final = (
    reads("get-estate", "/estate", estate, "The catalogue, and who feeds whom."),
    reads("list-findings", "/estate/findings", findings, "What the checks found."),
    reads("list-deployments", "/estate/deployments", deployed, "Every estate that was deployed."),
    reads(
        "list-changes",
        "/estate/deployments/{number}/changes",
        changed,
        "What a deployment changed, document by document and value by value.",
        Parameter(name="since", about="The number of an earlier one; the one before if not said."),
    ),
    reads("get-matrix", "/ownership/{entity}", ownership, "Who owns which field.", AS_OF),
    reads(
        "explain-owner",
        "/ownership/{entity}/{field}",
        owner,
        "Who owns a field, and why.",
        AS_OF,
        Parameter(name="legal_entity", about="For records of this legal entity."),
    ),
)
