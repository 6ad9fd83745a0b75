"""What a system cannot tell any more is a question for its owner; the poll goes on behind it."""

from datetime import timedelta

from interlock.cases import Answer, Case, State, commands, store
from interlock.cases.commands import Decision
from interlock.connectors.port import Changes
from interlock.estate.capability import Guarantee
from interlock.foundation.queries import load_schema
from interlock.gate.permit import NotNow
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller
from tests.flow.conftest import MakeWorld, World

GAP = "nobody knows what was deleted in March"


class Forgetful:
    """A feed that has forgotten a month."""

    def changes(
        self, system: str, obj: str, cursor: str | None, criticality: str
    ) -> Changes | NotNow:
        return Changes(events=(), cursor="later", gap="" if cursor == "later" else GAP)

    def earlier(self, system: str, cursor: str, by: timedelta) -> str | None:
        return None


def _polled(here: World) -> list[Case]:
    inbox = Inbox(here.shop.store, here.shop.archive, here.clock)
    poller = Poller(here.database, inbox, Forgetful(), here.clock)
    for _ in range(3):
        poller.poll("source", "document", "low")
    here.database.create(load_schema("interlock.cases"))
    commands.collect(here.database)
    with here.database.transaction() as connection:
        return store.queue(connection)


def test_a_gap_is_one_case_of_the_systems_owner(world: MakeWorld) -> None:
    (case,) = _polled(world(Guarantee.KEY))

    assert (case.kind, case.system, case.owner) == ("gap", "source", "group:ops")
    assert case.message == f"document: {GAP}"
    assert "Compare" in case.remedy


def test_it_closes_when_somebody_says_what_comparing_brought(world: MakeWorld) -> None:
    here = world(Guarantee.KEY)
    (case,) = _polled(here)

    def nobody(*_: object, **__: object) -> None:
        raise AssertionError("no run waits for this")

    said = Decision(answer=Answer.ACCEPT, by="ana", reason="two records, both put right")
    after = commands.answer(here.database, case.id, said, tell=nobody, clock=here.clock)

    assert (after.state, after.answered_by) == (State.CLOSED, "ana")
    assert _polled(here) == []
