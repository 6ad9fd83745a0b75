"""Who plays what: which deals are paid in parts, given back, renewed, cancelled, upgraded."""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from interlock.cli.demonstration.scenario import Row, Scenario

IN_TURN: Final = (
    *("refunded", "renewed", "upgraded", "paid in parts", "cancelled", "credited while open"),
    *(
        "overdue",
        "held",
        "promised",
        "disputed and lost",
        "credited when paid",
        "disputed and won",
    ),
    *("refunded", "renewed", "refunded"),
)
"""Which part is given out after which: a short story has fewer of them."""
LATE: Final = frozenset({"paid in parts", "credited while open", "overdue", "promised", "held"})
"""Parts whose customers do not pay at once."""
WHOLE: Final = frozenset({"us", "uk", "jp"})
"""Who plays: what rounding adds in Kuwait is a person's question; Germany has books apart."""
BOOKED: Final = ("us", "uk", "jp", "kw")
"""Whose revenue is scheduled, one contract each."""
USERS: Final = 2
LEAST: Final = 12
"""Below so many deals nobody has a second thought."""
RENEWED_TWICE: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The story's deals, and their parts."""

    story: Scenario
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Part -> the deals that play it."""

    def of(self, part: str) -> Sequence[str]:
        """Return who plays a part."""
        return self.parts.get(part, ())

    @property
    def late(self) -> set[str]:
        """Return the deals whose customers do not pay at once."""
        return {deal for part in LATE for deal in self.of(part)}

    def deal(self, ref: str) -> Row:
        """Return what was sold, as the story has it."""
        return next(row for row in self.story.opportunities if row["Id"] == ref)

    def lines(self, ref: str) -> list[Row]:
        """Return the lines of a deal."""
        return [line for line in self.story.lines if line["OpportunityId"] == ref]


def cast(story: Scenario) -> Cast:
    """Give parts to deals without a flaw; the last deals become renewals of others.

    So there are as many deals as before, and every one of them has one end.
    """
    many = len(story.opportunities)
    renewals = 0 if many < LEAST else 1 if many < RENEWED_TWICE else 2
    sound = [
        row
        for row in story.opportunities[: many - renewals]
        if row["Id"] not in story.flaws
        and row["Legal_Entity__c"] in WHOLE
        and row["Id"] in subscribed(story)
    ]
    parts: dict[str, list[str]] = {}
    for part in _turns(renewals) if renewals else ():
        if sound:
            row = min(sound, key=_begins) if part == "cancelled" else sound[0]
            sound.remove(row)
            parts.setdefault(part, []).append(row["Id"])
    whole = Cast(story=_renewing(story, parts.get("renewed", [])), parts=parts)
    parts["recognised"] = list(_scheduled(whole, many - renewals))
    parts["using"] = list(_users(whole, many - renewals))
    parts["next period"] = list(_going_on(whole, sound))
    return whole


def subscribed(story: Scenario) -> set[str]:
    """Return the deals with something that recurs; the others are services and nothing else."""
    return {
        str(line["OpportunityId"]) for line in story.lines if line["Charge_Type__c"] != "One-Time"
    }


def _begins(deal: Row) -> str:
    """Return since when a deal is served: who cancels the first one gets the most back."""
    return str(deal["Contract_Start__c"])


def _turns(renewals: int) -> Iterator[str]:
    given = 0
    for part in IN_TURN:
        given += part == "renewed"
        if part != "renewed" or given <= renewals:
            yield part


def _renewing(story: Scenario, renewed: Sequence[str]) -> Scenario:
    """Turn the last deals into the next terms of those that are renewed."""
    if not renewed:
        return story
    before, after = story.opportunities[: -len(renewed)], story.opportunities[-len(renewed) :]
    gone = {row["Id"] for row in after}
    rows, lines = list(before), [row for row in story.lines if row["OpportunityId"] not in gone]
    for taken, ref in zip(after, renewed, strict=True):
        old = next(row for row in before if row["Id"] == ref)
        again = {"Id": taken["Id"], "Name": f"{old['Name']} again", "Renews__c": ref}
        rows.append({**old, **again, "Contract_Start__c": ends(old).isoformat()})
        own = [line for line in story.lines if line["OpportunityId"] == ref]
        lines += [
            {**line, "Id": f"{line['Id'][:-5]}RENEW", "OpportunityId": taken["Id"]} for line in own
        ]
    flaws = {ref: flaw for ref, flaw in story.flaws.items() if ref not in gone}
    return replace(story, opportunities=rows, lines=lines, flaws=flaws)


def ends(deal: Row) -> date:
    """Return the day on which a contract's term is over."""
    return months_later(
        date.fromisoformat(deal["Contract_Start__c"]), deal["Contract_Term_Months__c"]
    )


def months_later(start: date, months: int) -> date:
    """Return the date `months` later; a day that the month lacks becomes its last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _scheduled(found: Cast, first: int) -> Iterator[str]:
    """Choose a contract of every legal entity, one whose schedule is short.

    Services are not in the Kuwaiti chart of accounts: their revenue is a person's question there.
    """
    for entity in BOOKED:
        rows = [
            row
            for row in found.story.opportunities[:first]
            if row["Legal_Entity__c"] == entity
            and row["Id"] not in found.story.flaws
            and not (entity == "kw" and "One-Time" in _charges(found, row["Id"]))
        ]
        if rows:
            yield min(rows, key=lambda row: (row["Contract_Term_Months__c"], row["Id"]))["Id"]


def _going_on(found: Cast, idle: list[Row]) -> Iterator[str]:
    """Choose a contract of every legal entity, one that does nothing else, for its next period."""
    busy = {deal for deals in found.parts.values() for deal in deals}
    known = {row["Id"] for row in idle}
    for entity in (*BOOKED, "de"):
        rows = [
            row["Id"]
            for row in found.story.opportunities
            if row["Legal_Entity__c"] == entity
            and row["Id"] not in busy | set(found.story.flaws)
            and (row["Id"] in known or entity not in WHOLE)
            and "Recurring" in _charges(found, row["Id"])
            and "Renews__c" not in row
        ]
        yield from rows[:1]


def _users(found: Cast, first: int) -> list[str]:
    rows = found.story.opportunities[:first]
    sound = [row["Id"] for row in rows if row["Id"] not in found.story.flaws]
    return [ref for ref in sound if "Usage" in _charges(found, ref)][:USERS]


def _charges(found: Cast, ref: str) -> set[str]:
    return {line["Charge_Type__c"] for line in found.lines(ref)}
