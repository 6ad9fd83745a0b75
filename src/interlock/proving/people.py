"""The people of a simulated company: they look at their cases, mend what is wrong, and answer."""

import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from interlock.cases import commands, store
from interlock.cases.case import Answer, Case, CaseKind
from interlock.cases.commands import Decision
from interlock.flow import commands as flow
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import Database
from interlock.foundation.errors import RefusedError, UsageError
from interlock.proving.faults import Weather
from interlock.proving.story import Story

TRANSIENT: Final = frozenset(
    {"transport", "outage", "quota", "locked", "auth", "malformed", "uncertain", "exhausted"}
)
"""Causes that heal by themselves: none of them may ever become a person's work (I15)."""


@dataclass(slots=True, kw_only=True)
class People:
    """Whoever answers the cases of one universe."""

    database: Database
    story: Story
    weather: Weather
    clock: VirtualClock
    rng: random.Random
    asked: Counter[str] = field(default_factory=Counter)
    """Cause -> how many cases."""
    bothered: list[str] = field(default_factory=list)
    """Cases that a transient problem made."""
    _seen: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Read the cases and answer some of them."""
        commands.collect(self.database)
        with self.database.transaction() as connection:
            cases = store.queue(connection, limit=500)
        for case in cases:
            self._note(case)
            if case.kind is not CaseKind.CONNECTION and self.rng.random() < 0.7:  # noqa: PLR2004 (people are slow)
                self._answer(case)

    def _note(self, case: Case) -> None:
        if case.id in self._seen:
            return
        self._seen.add(case.id)
        self.asked[case.cause] += 1
        if case.kind is not CaseKind.CONNECTION and case.cause in TRANSIENT:
            self.bothered.append(f"{case.key} {case.step}: {case.cause} {case.message}")

    def _answer(self, case: Case) -> None:
        answer = self._decided(case)
        self.weather.facing("people", "case.answered")
        times = 2 if self.weather.strikes("answered_twice") else 1
        for _ in range(times):
            decision = Decision(answer=answer, by="ana", reason="so we decided")
            # The run may have gone on meanwhile, or the second click comes too late.
            with contextlib.suppress(RefusedError, UsageError):
                commands.answer(
                    self.database, case.id, decision, tell=flow.answer, clock=self.clock
                )

    def _decided(self, case: Case) -> Answer:
        """Mend what is wrong at its source, then say what to do."""
        deal = self.story.deals.get(case.key)
        if deal is not None and case.kind is CaseKind.CHANGE:
            keep = not deal.withdrawn and self.rng.random() < 0.5  # noqa: PLR2004 (either)
            return Answer.ACCEPT if keep else Answer.COMPENSATE
        if deal is not None and deal.flaw:
            self.story.mend(deal)
        return Answer.RETRY
