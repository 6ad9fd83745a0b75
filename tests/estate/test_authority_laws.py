"""What holds for the authority function whatever is declared and whatever is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from interlock.estate.authority import Ruling, authority
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts

SYSTEMS = ("crm", "erp", "billing")
ENTITIES = ("us", "de")
START = datetime(2027, 1, 1, tzinfo=UTC)
HEAD = "".join(
    f"""---
apiVersion: interlock/v1
kind: System
metadata: {{name: {name}}}
spec: {{type: erp, connector: x, url: x, auth: {{scheme: a, credential: "secret:x"}}}}
"""
    for name in SYSTEMS
) + "".join(
    f"""---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {{name: {name}}}
spec: {{country: DE, currency: EUR, timezone: Europe/Berlin}}
"""
    for name in ENTITIES
)
system = st.sampled_from(SYSTEMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One transfer of a cutover."""

    origin: str
    to: str
    day: int
    only: tuple[str, ...]

    def __str__(self) -> str:
        at = (START + timedelta(days=self.day)).isoformat()
        only = f", legalEntities: [{', '.join(self.only)}]" if self.only else ""
        return f"{{entity: order, from: {self.origin}, to: {self.to}, at: {at}{only}}}"


moves = st.builds(
    Move,
    origin=system,
    to=system,
    day=st.integers(0, 5),
    only=st.sampled_from([(), ("de",), ("us",), ENTITIES]),
)


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    parts = [f"default: {draw(system)}"]
    if draw(st.booleans()):
        parts.append(f"legalEntities: {{de: {draw(system)}}}")
    if draw(st.booleans()):
        when = draw(
            st.sampled_from(
                [
                    'stage == "active"',
                    'order.stage == "active"',
                    'stage == "active" && order.entity == "de"',
                    "has(order.stage)",
                ]
            )
        )
        parts.append(f"handoff: {{to: {draw(system)}, when: '{when}'}}")
    told = draw(st.lists(moves, max_size=4))
    cutover = f"""---
apiVersion: interlock/v1
kind: Cutover
metadata: {{name: move}}
spec: {{transfers: [{", ".join(map(str, told))}]}}
"""
    entity = f"""---
apiVersion: interlock/v1
kind: Entity
metadata: {{name: order}}
spec:
  domain: contract
  authority: {{{", ".join(parts)}}}
  identity: {{crm: Order.Id}}
  legalEntity: entity
  fields: {{stage: {{type: string}}, entity: {{type: string}}, total: {{type: money}}}}
"""
    reading = read_texts({"e.estate.yaml": HEAD + entity + cutover})
    assert reading.problems == ()
    return reading.estate


records = st.fixed_dictionaries(
    {"stage": st.sampled_from(["draft", "active", None]), "entity": st.sampled_from(ENTITIES)}
)
days = st.integers(-1, 6).map(lambda day: START + timedelta(days=day, hours=1))


def asked(
    here: Estate, state: Mapping[str, object] | None, entity: str | None, at: datetime | None
) -> Ruling:
    return authority(here, "order", "total", state=state, legal_entity=entity, at=at)


@given(estates(), records, days)
def test_when_everything_is_known_there_is_exactly_one_answer(
    here: Estate, record: Mapping[str, object], at: datetime
) -> None:
    ruling = asked(here, record, None, at)

    assert ruling.certain
    assert ruling.candidates == {ruling.system}
    assert ruling == asked(here, record, str(record["entity"]), at)


@given(estates(), records, days, st.data())
def test_whoever_turns_out_to_be_the_authority_was_a_candidate(
    here: Estate, record: Mapping[str, object], at: datetime, data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from(["stage", "entity"])))
    part = {name: record[name] for name in names}
    state = data.draw(st.sampled_from([part, None]))
    entity = data.draw(st.sampled_from([str(record["entity"]), None]))
    moment = data.draw(st.sampled_from([at, None]))

    truth = asked(here, record, None, at).system
    guess = asked(here, state, entity, moment)

    assert truth in guess.candidates
    assert not guess.certain or guess.system == truth


@given(estates(), records)
def test_before_the_first_cutover_it_is_as_declared(
    here: Estate, record: Mapping[str, object]
) -> None:
    before = asked(here, record, None, START - timedelta(days=1))

    assert before == asked(
        Estate(systems=here.systems, entities=here.entities, legal_entities=here.legal_entities),
        record,
        None,
        None,
    )
