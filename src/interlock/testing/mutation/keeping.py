"""Defects of how runs, events, cases and the trail are kept."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from interlock.audit import Entry
from interlock.connectors.port import Event
from interlock.estate.binding import BindingError
from interlock.flow.commands import Begin, begin
from interlock.flow.run import State
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import Query, query
from interlock.intake.inbox import Taken, Via
from interlock.testing.mutation.defects import Defect, Patch, Replacement, constant, returning

_FLOW = "interlock.flow"


def _without(name: str, *cut: str) -> Replacement:
    """Return the queries with parts of one left out."""

    def of(original: Mapping[str, Query]) -> Mapping[str, Query]:
        text = original[name].sqlite
        for part in cut:
            if part not in text:
                raise AssertionError(f"`{name}` has no `{part}` any more")
            text = text.replace(part, "")
        return {**original, name: query(name, text)}

    return of


def _swallowing(original: Callable[..., Taken]) -> Callable[..., Taken]:
    def take(inbox: object, system: str, event: Event, via: Via = Via.DELIVERY) -> Taken:
        with suppress(UnavailableError):
            return original(inbox, system, event, via)
        return Taken(new=True)

    return take


def _always_new(original: Callable[..., int | None]) -> Callable[..., int | None]:
    def generation(wanted: Any, last: Any) -> int | None:  # noqa: ANN401 (as the original)
        found = original(wanted, last)
        done = last is not None and last.state is State.COMPLETED
        return last.generation + 1 if found is None and done else found

    return generation


def _renamed(action: str) -> Replacement:
    def of(original: Callable[..., Entry]) -> Callable[..., Entry]:
        return lambda self, *given: replace(original(self, *given), action=action)

    return of


def _unsigned(original: Callable[..., bool]) -> Callable[..., bool]:
    def apply(self: object, estate: object, *, author: str, approver: str, at: datetime) -> bool:
        del approver
        return original(self, estate, author=author, approver=author, at=at)

    return apply


def _first_value(original: Callable[..., object]) -> Callable[..., object]:
    def back(bound: Any, value: object, currency: str | None) -> object:  # noqa: ANN401 (as it is)
        try:
            return original(bound, value, currency)
        except BindingError:
            return "north" if bound.name == "legal_entity" else None

    return back


def _lossy(original: Callable[..., object]) -> Callable[..., object]:
    def out(bound: Any, value: object, currency: str | None) -> object:  # noqa: ANN401 (as it is)
        found = original(bound, value, currency)
        if bound.name != "amount" or not isinstance(found, (str, Decimal)):
            return found
        return type(found)(str(int(float(found) * 100) / 100))

    return out


def _more(
    original: Callable[..., tuple[dict[str, object], str, str | None]],
) -> Callable[..., object]:
    def spelled(gate: object, effect: Any, asker: object) -> object:  # noqa: ANN401 (as it is)
        body, obj, key_field = original(gate, effect, asker)
        return ({**body, "terms": "net 30"} if obj == "customer" else body), obj, key_field

    return spelled


def _last_arm(_: Callable[..., object]) -> Callable[..., object]:
    def branch(self: Any, step: Any, frame: Any, _path: str) -> object:  # noqa: ANN401 (as it is)
        after, last = self.steps(step.arms[-1].steps, frame)
        return after.with_name(step.name, last), last

    return branch


def _as_named(_: Callable[..., object]) -> Callable[..., object]:
    return lambda self, step, key, path: self._read(step, key, f"{path}/{key}")


def _quietly(original: Callable[..., object]) -> Callable[..., object]:
    def put(self: Any, step: Any, frame: Any, path: str) -> object:  # noqa: ANN401 (as it is)
        return {} if step.system == "crm" else original(self, step, frame, path)

    return put


def _begun_anew(self: Any, connection: Any, wanted: Begin, *_: object) -> Iterator[str]:  # noqa: ANN401 (as it is)
    now = self._clock.now()
    yield str(begin(connection, wanted, now))


def _nothing(*_: object) -> Iterator[str]:
    yield from ()


DEFECTS: Final = (
    Defect(
        name="no fencing",
        what="a worker that was overtaken writes, and sends, all the same (F24)",
        patches=[
            Patch(f"{_FLOW}.store:QUERIES", _without("progress", " AND segment = :segment")),
            Patch(f"{_FLOW}.exchange:Exchanges._still_ours", returning(None)),
        ],
        mix={"worker_stalled": 0.1, "response_lost": 0.05},
    ),
    Defect(
        name="zombies send",
        what="a worker that stood still beyond its lease goes on sending",
        patches=[Patch(f"{_FLOW}.exchange:Exchanges._still_ours", returning(None))],
        mix={"worker_stalled": 0.1, "response_lost": 0.05},
    ),
    Defect(
        name="lease for ever",
        what="the run of a dead worker is never taken over (F23)",
        patches=[Patch(f"{_FLOW}.store:LEASE", constant(timedelta(days=3650)))],
    ),
    Defect(
        name="acknowledge before commit",
        what="an event counts as taken in though the database was away",
        patches=[Patch("interlock.intake.inbox:Inbox.take", _swallowing)],
    ),
    Defect(
        name="event begins anew",
        what="an event about a completed deal begins another run of it",
        patches=[
            Patch(f"{_FLOW}.commands:_generation", _always_new),
            Patch("interlock.intake.inbox:Inbox._changed", constant(_begun_anew)),
        ],
    ),
    Defect(
        name="changes ignored",
        what="an amended or withdrawn deal goes on as it was (F21)",
        patches=[Patch("interlock.intake.inbox:Inbox._changed", constant(_nothing))],
    ),
    Defect(
        name="merges not followed",
        what="a merged buyer is read as if it still stood (F20)",
        patches=[Patch(f"{_FLOW}.core.walk:Walk._follow", _as_named)],
    ),
    Defect(
        name="intent not recorded",
        what="the trail does not hear of a write before it leaves",
        patches=[Patch(f"{_FLOW}.reporting:Reporter.intended", _renamed("step.noted"))],
    ),
    Defect(
        name="failure drops the run",
        what="a run that needs a person tells nobody",
        patches=[Patch(f"{_FLOW}.reporting:Reporter.parked", _renamed("run.noted"))],
    ),
    Defect(
        name="one person, two hats",
        what="the author of an estate approves it",
        patches=[Patch(f"{_FLOW}.archive:EstateArchive.apply", _unsigned)],
    ),
    Defect(
        name="unknown value has a default",
        what="an unknown enum value is read as the first one (F19)",
        patches=[Patch("interlock.estate.binding:_back", _first_value)],
    ),
    Defect(
        name="money as float",
        what="amounts become cents by way of binary floating point",
        patches=[Patch("interlock.estate.binding:_out", _lossy)],
    ),
    Defect(
        name="writes beyond authority",
        what="a field travels that its system owns",
        patches=[Patch("interlock.gate.door:Gate._spelled", _more)],
    ),
    Defect(
        name="wrong books",
        what="every invoice goes to the default books",
        patches=[Patch(f"{_FLOW}.core.walk:Walk._branch", _last_arm)],
    ),
    Defect(
        name="nothing reported back",
        what="the CRM is never told of invoice and payment",
        patches=[Patch(f"{_FLOW}.core.walk:Walk._put", _quietly)],
    ),
    Defect(
        name="no retry",
        what="the first transient failure is a case",
        patches=[
            Patch(
                f"{_FLOW}.core.walk:next_move",
                lambda original: (
                    lambda effort, terms, now: original(
                        effort, replace(terms, retry=replace(terms.retry, limit=1)), now
                    )
                ),
            )
        ],
    ),
    Defect(
        name="events wake nobody",
        what="a run that waits is not told of what arrives",
        patches=[
            Patch(f"{_FLOW}.commands:wake", returning(None)),
        ],
    ),
    Defect(
        name="breaker never closes",
        what="a connection that broke once stays broken (F14)",
        patches=[Patch("interlock.gate.breaker:FIRST_REST", constant(timedelta(days=3650)))],
    ),
    Defect(
        name="secrets are not masked",
        what="a credential that the vendor echoes is kept in the trail",
        patches=[
            Patch("interlock.proving.vendor:masked", lambda _: lambda text, _secrets=(): text)
        ],
    ),
    Defect(
        name="cases are opened twice",
        what="every report of the same run opens a case of its own",
        patches=[Patch("interlock.cases.intake:_again", lambda _: lambda _before, asked: asked)],
        why_it_lives=(
            "a parked run says only once what it asks, so that nothing is reported twice; "
            "tests/cases holds this line"
        ),
    ),
    Defect(
        name="cases never close",
        what="a case outlives the run that went on",
        patches=[Patch("interlock.cases.intake:_ENDS", constant({}))],
    ),
    Defect(
        name="inbox forgets",
        what="the same delivery is taken in each time that it comes",
        patches=[Patch("interlock.intake.inbox:identity_of", lambda _: _numbered())],
        why_it_lives=(
            "an event begins a run by its business key and wakes it by its content: a second "
            "delivery finds both there. The inbox saves work; other defences keep the promise"
        ),
    ),
    Defect(
        name="adopts whatever it finds",
        what="a document that differs from the intended one is taken for ours (F16)",
        patches=[Patch("interlock.gate.record:difference", returning(None))],
        why_it_lives=(
            "nobody else writes under our references in a universe; tests/flow holds this line"
        ),
    ),
)


def _numbered() -> Callable[[Event], str]:
    count = iter(range(10**9))
    return lambda event: f"{event.id}#{next(count)}"
