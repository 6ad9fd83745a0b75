"""Today: what is at risk, what is broken and whose it is, and whether systems agree."""

from typing import Final

from interlock.access import Act, Scope
from interlock.cases.queue import Stake, stakes
from interlock.console.door import Ask, Page, page
from interlock.flow.listing import Stage
from interlock.insight import domains
from interlock.insight.freshness import freshness
from interlock.insight.landscape import upcoming
from interlock.insight.pressing import closes_at, risk
from interlock.insight.stages import by_stage
from interlock.insight.summary import Count, tallies


def scope_of_stake(ask: Ask, stake: Stake) -> Scope:
    """Return what a live case is about."""
    estate = ask.desk.estate()
    if stake.integration:
        return Scope(stake.legal_entity, domains.of_integration(estate, stake.integration))
    return Scope(stake.legal_entity, domains.of_system(estate, stake.system))


def seen_stakes(ask: Ask) -> list[Stake]:
    """Return what every live case that may be seen is about."""
    known: dict[tuple[str, str, str], bool] = {}

    def sees(stake: Stake) -> bool:
        about = (stake.legal_entity, stake.integration, stake.system)
        if about not in known:  # ten thousand cases are about a few of these
            known[about] = ask.viewer.sees(scope_of_stake(ask, stake))
        return known[about]

    with ask.desk.database.transaction() as connection:
        return [each for each in stakes(connection) if sees(each)]


def seen_counts(ask: Ask) -> list[Count]:
    """Return how many runs that may be seen stand where."""
    return [
        each
        for each in tallies(ask.desk.database)
        if ask.viewer.sees(ask.desk.scope_of_run(each.group.integration, each.group.legal_entity))
    ]


def seen_reconciliations(ask: Ask) -> list[str]:
    """Return the reconciliations of which at least a part may be seen."""
    estate = ask.desk.estate()
    return [
        name
        for name in estate.reconciliations
        if ask.viewer.reaches(Act.SEE, domains.of_reconciliation(estate, name))
    ]


def today(ask: Ask) -> Page:
    """Show the landing page."""
    desk, now = ask.desk, ask.now
    estate = desk.estate()
    found = risk(seen_stakes(ask), now)
    with desk.database.transaction() as connection:
        fresh = freshness(connection, estate, seen_reconciliations(ask))
    values = {
        "estate": estate,
        "risk": found,
        "closes": {name: closes_at(estate, name, now) for name in found.by_legal_entity},
        "stages": by_stage(seen_counts(ask)),
        "stage_names": list(Stage),
        "fresh": fresh,
        "upcoming": upcoming(estate, now.date()),
    }
    return Page(template="today.html", values=values)


DOORS: Final = (page("today", "/", today, "What needs somebody now.", menu="Today"),)
