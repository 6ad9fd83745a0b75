"""Replay: many parked runs by their cause; what it would touch, then a few, then the rest."""

from typing import Final

from interlock.access import Act
from interlock.cases.case import Which
from interlock.cases.replaying import Replayed
from interlock.console import acting
from interlock.console.door import Ask, Page, RefusalError, form, malformed, page
from interlock.foundation.errors import UsageError

_SHOWN: Final = 50
_WORDS: Final = ("integration", "cause", "owner", "legal_entity")


def _which(ask: Ask, *, sent: bool) -> Which:
    said = {name: (ask.given if sent else ask.text)(name) for name in _WORDS}
    if not any(said.values()):
        raise UsageError(
            "nothing is chosen for replay",
            hint="Choose a cause or an integration in the list of cases, then replay those.",
        )
    return Which(**said)


def plan(ask: Ask) -> Page:
    """Show what a replay would touch; nothing is done."""
    return _shown(ask, _which(ask, sent=False), None)


def replay(ask: Ask) -> Page:
    """Try the first few again, or all of them."""
    which = _which(ask, sent=True)
    canary = ask.given("canary")
    if canary and not (canary.isascii() and canary.isdigit() and 0 < int(canary[:6]) < 10_000):  # noqa: PLR2004
        raise RefusalError(malformed("`canary` is a number of runs, or nothing for all."))
    selection = acting.chosen(ask, which).first(int(canary) if canary else None)
    return _shown(ask, which, acting.replay(ask, selection, ask.given("reason")))


def _shown(ask: Ask, which: Which, done: Replayed | None) -> Page:
    selection = acting.chosen(ask, which)
    values = {
        "which": which,
        "words": {name: getattr(which, name) for name in _WORDS},
        "selection": selection,
        "first": selection.targets[:_SHOWN],
        "done": done,
        "at_once": acting.AT_ONCE,
        "reason": ask.given("reason"),
    }
    return Page(template="replay.html", values=values)


DOORS: Final = (
    page("plan-replay", "/replay", plan, "What a replay would touch.", act=Act.REPLAY),
    form("replay", "/replay", replay, "Try parked runs again.", act=Act.REPLAY),
)
