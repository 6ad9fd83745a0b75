"""A declared reconciliation, ready to be carried out: from the entity table, hardly more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from interlock.estate.authority import authority
from interlock.estate.estate import Estate
from interlock.estate.kinds import Entity, Reconciliation
from interlock.estate.kinds.declared import duration_of
from interlock.estate.kinds.reconciliation import PassSpec, SourceSpec
from interlock.expression import Expression, compile_expression
from interlock.foundation.errors import UsageError
from interlock.foundation.money import FOUR_DECIMAL, THREE_DECIMAL, ZERO_DECIMAL
from interlock.gate.masking import SHOWN
from interlock.reconciliation.comparison import Column, Comparison, Match, Mode, Pass, Role

SETTLE: Final = timedelta(0)
CLOSES: Final = timedelta(days=5)
"""How long books stay open after a month when nobody says."""
_BY_NAME: Final[Mapping[str, Role]] = {
    "currency": Role.CURRENCY,
    "legal_entity": Role.LEGAL_ENTITY,
    "tax": Role.TAX,
    "status": Role.STATUS,
    "account": Role.ACCOUNT,
    "rate": Role.RATE,
    "amount": Role.AMOUNT,
    "total": Role.AMOUNT,
}
_BY_TYPE: Final[Mapping[str, Role]] = {
    "money": Role.MONEY,
    "currency": Role.CURRENCY,
    "date": Role.DATE,
    "timestamp": Role.DATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How some records of one side are read; a side may have several of these."""

    name: str
    systems: tuple[str, ...]
    entity: str
    cells: Mapping[str, Expression]
    key: Expression | None = None
    where: Expression | None = None
    each: str | None = None
    dated: Expression | None = None
    run: Expression | None = None

    @property
    def reads(self) -> frozenset[str]:
        """Return the fields that are looked at; what the others hold matters to nobody here."""
        asked = [*self.cells.values(), self.key, self.where, self.dated, self.run]
        paths = [read.path for each in asked if each is not None for read in each.reads]
        named = {
            path[1] if path[0] == self.entity and len(path) > 1 else path[0] for path in paths
        }
        return frozenset(named | {"currency"} | ({self.each} if self.each else set()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What is compared, how it is read, and who is asked."""

    comparison: Comparison
    sides: Sequence[Side]
    summed: frozenset[str] = frozenset()
    """Sides whose records of one key are added up."""
    roles: Mapping[str, Role]
    covers: tuple[str, ...]
    settle: timedelta = SETTLE
    closes: timedelta = CLOSES
    route: str = ""
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    """Currency to what one person may write off."""
    personal: frozenset[str] = frozenset()
    """Names whose values are nobody's business but their owner's."""


def definition_of(estate: Estate, name: str) -> Definition:
    """Return the reconciliation `name` of an estate.

    Raises:
        UsageError: There is none of that name.
    """
    declared = estate.reconciliations.get(name)
    if declared is None:
        known = ", ".join(sorted(estate.reconciliations)) or "none"
        raise UsageError(f"there is no reconciliation `{name}`", hint=f"Declared are: {known}.")
    spec = declared.spec
    whole = spec.whole()
    sides = [
        _side(estate, each, source) for each, given in whole.items() for source in given.sources()
    ]
    roles = _roles(estate, declared, sides)
    return Definition(
        comparison=Comparison(
            name=name,
            sides=tuple(whole),
            columns=tuple(_columns(estate, declared, sides, roles)),
            passes=tuple(map(_pass, spec.passes)),
            void=frozenset(spec.void),
            rounding=_units() | _amounts(spec.rounding),
        ),
        sides=sides,
        summed=frozenset(each for each, given in whole.items() if given.summed),
        roles=roles,
        covers=spec.covers,
        settle=_span(spec.schedule.get("settle"), SETTLE),
        closes=spec.closes or CLOSES,
        route=spec.route or declared.metadata.owner or "",
        limits=_amounts(spec.writeOff.limit),
        personal=frozenset(_personal(estate, sides)),
    )


def _side(estate: Estate, name: str, given: SourceSpec) -> Side:
    entity = estate.entities[given.entity or ""]
    fields = given.fields or {each: each for each in _bound(entity, given.systems)}
    return Side(
        name=name,
        systems=given.systems,
        entity=entity.name,
        cells={each: compile_expression(text) for each, text in fields.items()},
        key=None if given.key is None else compile_expression(given.key),
        where=None if given.where is None else compile_expression(given.where),
        each=given.each,
        dated=None if given.dated is None else compile_expression(given.dated),
        run=None if given.run is None else compile_expression(given.run),
    )


def _bound(entity: Entity, systems: Sequence[str]) -> Iterator[str]:
    """Yield the fields that a system of this side holds; lists are compared by `each`."""
    for name, each in entity.spec.fields.items():
        if each.list is None and any(system in each.in_ for system in systems):
            yield name


def _roles(estate: Estate, declared: Reconciliation, sides: Sequence[Side]) -> dict[str, Role]:
    said = {
        str(e.get("field")): Role(str(e["role"])) for e in declared.spec.compare if "role" in e
    }
    names = dict.fromkeys(name for side in sides for name in side.cells)
    roles = {name: said.get(name) or _role(estate, name, sides) for name in names}
    amounts = [name for name, role in roles.items() if role is Role.AMOUNT]
    money = [name for name, role in roles.items() if role is Role.MONEY]
    if not amounts and money and len(money) == 1:
        roles[money[0]] = Role.AMOUNT
    for extra in amounts[1:]:
        roles[extra] = Role.MONEY
    return roles


def _role(estate: Estate, name: str, sides: Sequence[Side]) -> Role:
    if name in _BY_NAME:
        return _BY_NAME[name]
    for side in sides:
        entity = estate.entities[side.entity]
        source = side.cells[name].text if name in side.cells else ""
        if source and source == entity.spec.legalEntity:
            return Role.LEGAL_ENTITY
        declared = entity.field(source)
        if declared is not None and str(declared.type) in _BY_TYPE:
            return _BY_TYPE[str(declared.type)]
    if name.endswith("_account"):
        return Role.ACCOUNT
    return Role.DATE if name.endswith(("_date", "_on")) or name == "date" else Role.PLAIN


def _columns(
    estate: Estate, declared: Reconciliation, sides: Sequence[Side], roles: Mapping[str, Role]
) -> Iterator[Column]:
    special: dict[str, Mapping[str, Any]] = {
        str(each.get("field")): each for each in declared.spec.compare
    }
    otherwise = _amounts(declared.spec.tolerance)
    for name, role in roles.items():
        holders = tuple(dict.fromkeys(side.name for side in sides if name in side.cells))
        if len(holders) > 1:
            said = special.get(name, {})
            money = role in {Role.AMOUNT, Role.MONEY, Role.TAX}
            yield Column(
                name=name,
                role=role,
                sides=holders,
                tolerance=_tolerance(said.get("tolerance"), otherwise if money else {}),
                days=int(str(said.get("days", 0))),
                authority=_authority(estate, sides, name),
            )


def _authority(estate: Estate, sides: Sequence[Side], name: str) -> str:
    """Return whose value a field is, where all sides mean the same field."""
    side = next(side for side in sides if name in side.cells)
    source = side.cells[name].text
    if estate.entities[side.entity].field(source) is None:
        return ""
    return authority(estate, side.entity, source).system or ""


def _personal(estate: Estate, sides: Sequence[Side]) -> Iterator[str]:
    for side in sides:
        entity = estate.entities[side.entity]
        for name, expression in side.cells.items():
            read = {part for each in expression.reads for part in each.path}
            fields = [entity.field(part) for part in read]
            if any(found is not None and found.class_ not in SHOWN for found in fields):
                yield name


def _pass(given: PassSpec) -> Pass:
    return Pass(
        match=Match(given.match),
        on=given.on,
        mode=Mode(given.mode),
        linked=given.linked,
        choose=given.choose,
        tolerance=Decimal(given.tolerance),
    )


def _tolerance(said: object, otherwise: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    if said is None:
        return otherwise
    return _amounts(said) if isinstance(said, Mapping) else {"": Decimal(str(said))}


def _amounts(given: Mapping[str, object]) -> dict[str, Decimal]:
    return {str(code): Decimal(str(amount)) for code, amount in given.items()}


def _units() -> dict[str, Decimal]:
    """Return the smallest unit of every currency: what rounding leaves."""
    whole = dict.fromkeys(ZERO_DECIMAL, Decimal(1))
    thousandths = dict.fromkeys(THREE_DECIMAL, Decimal("0.001"))
    return {
        "": Decimal("0.01"),
        **whole,
        **thousandths,
        **dict.fromkeys(FOUR_DECIMAL, Decimal("0.0001")),
    }


def _span(given: object, otherwise: timedelta) -> timedelta:
    found = otherwise if given is None else duration_of(given)
    return found if isinstance(found, timedelta) else otherwise
