"""From the slate to the report: breaks in order, each with what a person must see."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

from interlock.foundation.ids import derived
from interlock.foundation.money import Money, exponent
from interlock.reconciliation.cause import MATCHED, Cause
from interlock.reconciliation.finding import Break, Difference, Part, Suggestion
from interlock.reconciliation.passes import spelled
from interlock.reconciliation.slate import Slate

NO_KEY: Final = "it has no key: nothing can be found by it"
ALIKE: Final = "missing on both, but for case, signs or leading zeros the same as"
_MISSING: Final = f"'{Cause.MISSING_DOWNSTREAM}', '{Cause.MISSING_UPSTREAM}'"
_PART: Final = (
    "{'side': side, 'system': system, 'ref': ref, 'legal_entity': legal_entity, "
    "'currency': currency, 'amount': amount, 'about': about}"
)
LETTERS: Final = 3
SAMPLE: Final = 25
"""Records on a tie-out sheet that an auditor may look up."""
_UNVALUED: Final = frozenset({Cause.DRIFT})
"""Causes that put no money at stake."""
_BETWEEN: Final = frozenset({Cause.AMOUNT, Cause.ROUNDING, Cause.TAX})
"""Causes where only what lies between the sides is at stake."""


def breaks(slate: Slate) -> Iterator[Break]:
    """Yield every break, in the order of its id."""
    slate.run(
        f"CREATE TEMP TABLE alike AS SELECT {spelled('key')} AS spelled, "  # noqa: S608 (names of ours)
        f"list(DISTINCT key ORDER BY key) AS keys FROM piece WHERE cause IN ({_MISSING}) "
        f"AND {spelled('key')} <> '' GROUP BY ALL HAVING count(DISTINCT key) > 1"
    )
    found = slate.rows(
        "SELECT p.brk, p.cause, p.key, parts, differences, sid, alike.keys FROM (SELECT brk, "  # noqa: S608 (names of ours)
        f"any_value(cause) AS cause, any_value(key) AS key, list({_PART} ORDER BY side, ref) AS "
        f"parts, min(n) AS n FROM piece WHERE cause <> '{MATCHED}' GROUP BY brk) p "
        "LEFT JOIN (SELECT 'k:' || key AS brk, differences FROM judged WHERE cause IS NOT NULL) "
        "j ON j.brk = p.brk LEFT JOIN suggested s ON s.n = p.n "
        f"LEFT JOIN alike ON alike.spelled = {spelled('p.key')} AND p.cause IN ({_MISSING}) "
        "ORDER BY p.brk"
    )
    for row in found:
        yield _break(slate, row)


def _break(slate: Slate, row: tuple[object, ...]) -> Break:
    name, cause, key, parts_, differences, suggestion, alike = row
    cause_ = Cause(str(cause))
    parts = [_part(slate, each) for each in cast("list[Mapping[str, object]]", parts_)]
    linked = str(name).startswith("g:")
    there = {part.side for part in parts}
    whole = cause_ is Cause.DUPLICATE
    return Break(
        id="B" + derived(slate.comparison.name, str(name), length=12),
        cause=cause_,
        key=None if key is None else str(key),
        parts=parts,
        absent=() if whole else tuple(s for s in slate.comparison.sides if s not in there),
        differences=() if whole else tuple(_differences(slate, differences)),
        money=_at_stake(parts, cause_, linked=linked),
        legal_entity=next((part.legal_entity for part in parts if part.legal_entity), ""),
        note=_note(key, cast("list[str] | None", alike)),
        suggestion="" if suggestion is None else f"M{suggestion}"[:13],
    )


def _note(key: object, alike: Sequence[str] | None) -> str:
    if key is None:
        return NO_KEY
    others = [each for each in alike or () if each != key]
    return f"{ALIKE}: {', '.join(others[:3])}" if others else ""


def _part(slate: Slate, found: Mapping[str, object]) -> Part:
    amount = cast("Decimal | None", found["amount"])
    text = cast("Mapping[str, str | None]", found)
    currency = text["currency"] or ""
    return Part(
        side=slate.comparison.sides[cast("int", found["side"])],
        system=text["system"] or "",
        ref=text["ref"] or "",
        legal_entity=text["legal_entity"] or "",
        currency=currency,
        about=text["about"] or "",
        amount=None if amount is None else plainly(amount, currency),
    )


def plainly(amount: Decimal, currency: str) -> Decimal:
    """Return an amount with as many decimals as its currency has, or more if it really has."""
    rounded = amount.quantize(_unit(currency))
    return rounded if amount == rounded else amount.normalize()


@lru_cache(maxsize=1_000)
def _unit(currency: str) -> Decimal:
    known = len(currency) == LETTERS and currency.isascii() and currency.isupper()
    return Decimal(1).scaleb(-exponent(currency) if known else 0)


def _differences(slate: Slate, found: object) -> Iterator[Difference]:
    for each in cast("list[Mapping[str, object]]", found or []):
        column = slate.comparison.columns[int(str(each["number"]))]
        values = cast("Mapping[str, str | None]", each["values"])
        told = {side: _shown(value, number=column.number) for side, value in values.items()}
        yield Difference(
            column=column.name,
            values={side: told[side] for side in column.sides},
            authority=column.authority,
        )


def _shown(value: str | None, *, number: bool) -> str | None:
    if value is None or not number:
        return value
    return format(Decimal(value).normalize(), "f")


def _at_stake(parts: list[Part], cause: Cause, *, linked: bool) -> Money | None:
    """Return what the break is worth: the difference, or the whole of what is in question."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        if part.amount is not None and part.currency:
            sums[part.side] = sums.get(part.side, Decimal(0)) + part.amount
    if not sums or cause in _UNVALUED:
        return None
    currency = next(part.currency for part in parts if part.currency)
    between = max(sums.values()) - min(sums.values())
    only_between = linked or cause in _BETWEEN or cause is Cause.IN_FLIGHT
    if only_between and len(sums) > 1:
        return Money(between, currency)
    return Money(max((abs(amount) for amount in sums.values()), default=Decimal(0)), currency)


def suggestions(slate: Slate) -> Iterator[Suggestion]:
    """Yield every suggested match, in the order of its id."""
    found = slate.rows(
        f"SELECT sid, list({_PART} ORDER BY side, ref), any_value(balance), any_value(by_what) "  # noqa: S608 (names of ours)
        "FROM suggested JOIN (SELECT n, ref, about, system, legal_entity, currency, amount "
        "FROM piece) USING (n) GROUP BY sid ORDER BY sid"
    )
    for sid, parts, balance, by_what in found:
        yield Suggestion(
            id=f"M{sid}"[:13],
            parts=[_part(slate, each) for each in cast("list[Mapping[str, object]]", parts)],
            on=str(by_what),
            balance=plainly(Decimal(str(balance)), ""),
        )


def sample(slate: Slate, seed: int, size: int = SAMPLE) -> Iterator[list[Part]]:
    """Yield what is matched by its key for `size` keys: those whose MD5 with the seed is least.

    Anybody can draw the same ones again: ``md5(SEED:KEY)``.
    """
    drawn = (
        "SELECT key FROM side_0 WHERE kh IS NOT NULL AND NOT late "
        "AND kh NOT IN (SELECT kh FROM suspect) ORDER BY md5(? || ':' || key) LIMIT ?"
    )
    everything = " UNION ALL ".join(
        f"SELECT {index} AS side, key, ref, about, system, legal_entity, currency, amount "  # noqa: S608 (names of ours)
        f"FROM side_{index} WHERE NOT late"
        for index in range(len(slate.comparison.sides))
    )
    found = slate.rows(
        f"SELECT key, list({_PART} ORDER BY side, ref) FROM ({everything}) "  # noqa: S608 (names of ours)
        f"WHERE key IN ({drawn}) GROUP BY key ORDER BY key",
        [str(seed), size],
    )
    for _, parts in found:
        yield [_part(slate, each) for each in cast("list[Mapping[str, object]]", parts)]


def outside(slate: Slate) -> dict[str, int]:
    """Return how many records of each side count after the cut-off and belong to nothing."""
    found = {}
    for index, side in enumerate(slate.comparison.sides):
        ((late,),) = slate.rows(f"SELECT count(*) FROM side_{index} WHERE late")  # noqa: S608 (names of ours)
        ((used,),) = slate.rows(
            f"SELECT count(*) FROM piece WHERE late AND side = {index}"  # noqa: S608 (names of ours)
        )
        found[side] = int(str(late)) - int(str(used))
    return found
