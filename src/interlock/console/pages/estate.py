"""Estate: which systems and integrations there are, who feeds whom, and what the checks found."""

from typing import Final

from interlock.console.door import Ask, Page, not_there, page
from interlock.console.picture import picture
from interlock.insight.landscape import feeds, stations, upcoming


def estate(ask: Ask) -> Page:
    """Show the catalogue, the map and the findings."""
    inspection, found = ask.desk.inspection(), ask.desk.report()
    systems, fed = stations(inspection), feeds(inspection)
    declared = inspection.estate
    values = {
        "estate": declared,
        "stations": systems,
        "feeds": fed,
        "picture": picture(systems, fed),
        "plans": declared.plans,
        "integrations": declared.integrations,
        "findings": found.findings,
        "waived": found.waived,
        "upcoming": upcoming(declared, ask.now.date()),
    }
    return Page(template="estate.html", values=values)


def system(ask: Ask) -> Page:
    """Show one system: what stops when it does."""
    inspection = ask.desk.inspection()
    name = ask.path["name"]
    station = next((each for each in stations(inspection) if each.name == name), None)
    if station is None:
        raise not_there("system")
    fed = feeds(inspection)
    values = {
        "station": station,
        "declared": inspection.estate.systems[name],
        "plans": inspection.estate.plans,
        "feeding": [each for each in fed if each.target == name],
        "fed": [each for each in fed if each.source == name],
        "findings": [
            each for each in ask.desk.report().findings if each.document == f"system:{name}"
        ],
    }
    return Page(template="system.html", values=values)


def integration(ask: Ask) -> Page:
    """Show one integration as it runs."""
    declared = ask.desk.estate()
    name = ask.path["name"]
    found = declared.integrations.get(name)
    if found is None:
        raise not_there("integration")
    values = {
        "declared": found,
        "plan": declared.plans.get(name),
        "findings": [
            each for each in ask.desk.report().findings if each.document == f"integration:{name}"
        ],
    }
    return Page(template="integration.html", values=values)


DOORS: Final = (
    page("estate", "/estate", estate, "What was declared, and who feeds whom.", menu="Estate"),
    page("system", "/estate/systems/{name}", system, "One system, and what stops with it."),
    page("integration", "/estate/integrations/{name}", integration, "One integration."),
)
