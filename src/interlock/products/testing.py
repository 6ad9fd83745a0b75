"""What the contract of a table promises, asked of its rows before anything is published.

Every promise is a number of offences with bounds (ODCS `quality`). What nobody needs to write is
asked too: keys tell rows apart, what is required is there, no amount lacks its currency, and there
is at least one row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from interlock.estate.kinds.product import Quality
from interlock.estate.table import Column, Table
from interlock.foundation.errors import UsageError
from interlock.products.mirror import Mirror
from interlock.products.staging import Stage, quoted
from interlock.products.version import Published

_NONE_VALID: Final = "TRUE"
"""Where no value is valid, every one is invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of one test."""

    name: str
    column: str
    found: int
    """How many offences, or rows of `rowCount`."""
    least: Decimal | None
    most: Decimal | None
    where: str = ""
    """The keys of some of the rows."""

    @property
    def passed(self) -> bool:
        """Whether the promise is kept."""
        enough = self.least is None or self.found >= self.least
        return enough and (self.most is None or self.found <= self.most)

    @property
    def bounds(self) -> str:
        """Return what was promised."""
        if self.least is not None and self.least == self.most:
            return str(self.least)
        bounds = {"at least": self.least, "at most": self.most}
        return " and ".join(
            f"{word} {bound}" for word, bound in bounds.items() if bound is not None
        )

    @property
    def told(self) -> str:
        """Return what was promised and what was found."""
        place = f" of `{self.column}`" if self.column else ""
        rows = f", such as {self.where}" if self.where else ""
        return f"{self.name}{place}: {self.found}, and it must be {self.bounds}{rows}"


def tested(table: Table, stage: Stage, mirror: Mirror) -> list[Tested]:
    """Return every promise of a table, and whether it is kept.

    Raises:
        UsageError: A test cannot be understood.
    """
    return [*_given(table, stage), *_said(table, stage, mirror)]


def _given(table: Table, stage: Stage) -> Iterator[Tested]:
    """Yield what holds of every table."""
    for column in table.columns:
        if column.required:
            yield _none("required", column, stage, f"{quoted(column.name)} IS NULL")
    again = stage.again([column.name for column in table.key])
    yield _none("primaryKey", table.key[0], stage, again)
    for figure in table.figures.values():
        amount = next(each for each in table.columns if each.name == figure.sum)
        lacking = f"{quoted(figure.sum)} IS NOT NULL AND {quoted(figure.currency)} IS NULL"
        yield _none("an amount without a currency", amount, stage, lacking)
    if not any(test.metric == "rowCount" for test in table.quality):
        rows = stage.count("TRUE")
        yield Tested(name="rowCount", column="", found=rows, least=Decimal(1), most=None)


def _none(name: str, column: Column, stage: Stage, wrong: str) -> Tested:
    return Tested(
        name=name,
        column=column.name,
        found=stage.count(wrong),
        least=None,
        most=Decimal(0),
        where=stage.some(wrong),
    )


def _said(table: Table, stage: Stage, mirror: Mirror) -> Iterator[Tested]:
    """Yield what the contract says itself."""
    for column in table.columns:
        for test in column.spec.quality:
            yield _quality(test, column.name, stage, mirror)
    for test in table.quality:
        yield _quality(test, "", stage, mirror)


def _quality(test: Quality, column: str, stage: Stage, mirror: Mirror) -> Tested:
    if test.implementation is not None:
        found, keys = mirror.wrong(test.implementation)
        name, where = test.implementation, ", ".join(keys)
    else:
        wrong = _wrong(test, column, stage)
        name = test.metric or ""
        found = stage.count(wrong)
        where = "" if test.metric == "rowCount" else stage.some(wrong)
    least, most = _bounds(test)
    return Tested(name=name, column=column, found=found, least=least, most=most, where=where)


def _bounds(test: Quality) -> tuple[Decimal | None, Decimal | None]:
    if test.mustBe is not None:
        return test.mustBe, test.mustBe
    least, most = test.mustBeGreaterOrEqualTo, test.mustBeLessOrEqualTo
    if least is None and most is None:
        return None, Decimal(0)
    return least, most


def _wrong(test: Quality, column: str, stage: Stage) -> str:
    """Return the condition under which a row counts."""
    if test.metric == "rowCount":
        return "TRUE"
    if test.metric == "duplicateValues":
        names = [str(each) for each in test.arguments.get("properties", ())] or [column]
        return stage.again(names)
    if not column:
        raise UsageError(
            f"`{test.metric}` is asked of a column", hint="Write it at the column that is meant."
        )
    if test.metric == "invalidValues":
        values = test.arguments.get("validValues", ())
        listed = ", ".join(stage.literal(column, str(each)) for each in values)
        return (
            f"{quoted(column)} IS NOT NULL AND {quoted(column)} NOT IN ({listed})"
            if listed
            else _NONE_VALID
        )
    return f"{quoted(column)} IS NULL"


def other_columns(table: Table, version: str, before: Published | None) -> Iterator[str]:
    """Yield how the columns differ from what was published under this version, if they may not.

    Under one version nothing differs; under one major version nothing is taken away.
    """
    if before is None:
        return
    now = {column.name: (column.logical, column.required) for column in table.columns}
    was = {each.name: (each.logical, each.required) for each in before.columns}
    if version == before.contract and now != was:
        names = sorted(name for name in {*now, *was} if now.get(name) != was.get(name))
        listed = ", ".join(f"`{name}`" for name in names)
        yield f"{listed} differ from what was published as version {version}: raise the version"
    elif version.partition(".")[0] == before.contract.partition(".")[0]:
        for name in was:
            if name not in now or now[name][0] != was[name][0]:
                yield (
                    f"`{name}` is not what it was in version {before.contract}: "
                    "readers break, so raise the major version"
                )
