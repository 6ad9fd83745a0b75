"""Which systems must agree about what, how closely, and who is asked when they do not."""

from typing import Any, Literal

from pydantic import Field as Given

from interlock.estate.kinds.declared import Declared, Duration, Formula, Name, Part, Text


class SourceSpec(Part):
    """The records of one or several systems, in the words of one entity."""

    systems: tuple[Name, ...] = ()
    """Whose records; the system of the side's own name if left out. Several systems that keep
    the books of different legal entities are one side."""
    entity: Name | None = None
    """In whose words; the reconciliation's own if left out."""
    key: Formula | None = None
    """What the record has in common with the others; its key if left out. In the words of the
    entity; `id` is its key and `ref` the system's own id."""
    where: Formula | None = None
    """Which records count; all if left out."""
    each: Name | None = None
    """A field that is a list: its elements are compared, each as `element`, and not the header."""
    dated: Formula | None = None
    """The date by which it counts in a period; without it, it counts in every one."""
    run: Formula | None = None
    """The business key of the run that is about it, where that is not its own key."""
    fields: dict[Name, Formula] = Given(default_factory=dict)
    """What is compared, under names that the sides share; the entity's fields if left out."""


class SideSpec(SourceSpec):
    """One side."""

    also: tuple[SourceSpec, ...] = ()
    """Records of other entities that are on this side as well, such as what reverses documents."""
    summed: bool = False
    """Records of one key, currency and legal entity are one: their numbers are added up."""

    def sources(self) -> tuple[SourceSpec, ...]:
        """Return everything whose records are on this side."""
        return (self, *self.also)


class PassSpec(Part):
    """One more look at what equal keys left alone."""

    match: Literal["one-to-one", "one-to-many", "many-to-one"]
    """How many of the first side belong to how many of the second."""
    on: tuple[Name, ...] = ()
    """Fields that must be equal; the currency always must be."""
    mode: Literal["automatic", "suggested"] = "automatic"
    """``suggested``: nothing is matched until a person says so."""
    linked: bool = False
    """What the fields join belongs together even if sums differ: the difference is the break."""
    choose: bool = False
    """The many are chosen: those, and only those, whose sum is the one."""
    tolerance: Text = "0"
    """Up to this much may be left over."""


class WriteOff(Part):
    """What one person may decide alone."""

    limit: dict[str, Any] = Given(default_factory=dict)
    """Currency to amount; above it, and in any other currency, a second person must agree."""


class ReconciliationSpec(Part):
    """Which systems must agree about what."""

    covers: tuple[Name, ...]
    """The integrations whose outcome it watches."""
    entity: Name
    """What is compared."""
    systems: tuple[Name, ...] = ()
    """Which systems must agree: one side each, the first is upstream. Or `sides`."""
    sides: dict[Name, SideSpec] = Given(default_factory=dict)
    """The sides, where they differ by more than the system; the first is upstream."""
    schedule: dict[str, Any] = Given(default_factory=dict)
    """``cron`` and ``timezone``: when workers carry it out; and ``settle``: how long a record is
    left to come to rest."""
    compare: tuple[dict[str, Any], ...] = ()
    """What is special about a field: ``tolerance`` up to which a difference is none (a number, or
    one for each currency), ``days`` by which dates may differ, and its ``role``."""
    tolerance: dict[str, Any] = Given(default_factory=dict)
    """Currency to amount: of all money that `compare` says nothing about."""
    rounding: dict[str, Any] = Given(default_factory=dict)
    """Currency to amount: up to it a difference is rounding; one smallest unit if unsaid."""
    void: tuple[Text, ...] = ("void", "canceled", "cancelled", "reversed")
    """Statuses of what does not count any more."""
    passes: tuple[PassSpec, ...] = ()
    """More ways to match than by equal keys, in order; between two sides only."""
    closes: Duration | None = None
    """How long after the end of a month its books are open: the deadline of its breaks."""
    writeOff: WriteOff = Given(default_factory=WriteOff)  # noqa: N815 (spelling of the file)
    """What one person may write off or carry forward alone."""
    route: str | None = None
    """``group:NAME`` that is asked about differences."""

    def whole(self) -> dict[str, SideSpec]:
        """Return every side with its systems and its entity."""
        given = self.sides or {system: SideSpec() for system in self.systems}
        return {
            name: side.model_copy(
                update={
                    **self._filled(side, name),
                    "also": tuple(
                        each.model_copy(update=self._filled(each, name)) for each in side.also
                    ),
                }
            )
            for name, side in given.items()
        }

    def _filled(self, source: SourceSpec, name: str) -> dict[str, object]:
        return {"systems": source.systems or (name,), "entity": source.entity or self.entity}


class Reconciliation(Declared):
    """A regular comparison of systems."""

    kind: Literal["Reconciliation"]
    spec: ReconciliationSpec
