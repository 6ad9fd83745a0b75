"""Building one product: read what changed, make its rows, test them, publish them or say why not.

The valid version is the newest in the database. Files and PostgreSQL follow it: what a build that
was killed left undone there is done by the next one. Whoever is refused leaves everything as it
was, and somebody is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from interlock.audit import trail
from interlock.audit.entry import Entry
from interlock.estate.estate import Estate
from interlock.estate.kinds.product import BUILT
from interlock.foundation.clock import Clock
from interlock.foundation.database import VIOLATED, Connection, Database
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.foundation.ids import Ids
from interlock.gate.paging import Source
from interlock.products import lineage, publishing, store, warehouse
from interlock.products.built import Built, Outcome
from interlock.products.composing import Book, Composer, row_tests
from interlock.products.definition import Definition, definition_of
from interlock.products.mirror import Mirror, Stored, open_mirror
from interlock.products.reading import Brought, Reader
from interlock.products.refusal import Kind, Reason, Refusal
from interlock.products.staging import open_stage
from interlock.products.testing import Tested, other_columns, tested
from interlock.products.version import Version
from interlock.products.versioning import next_version, read_at

ACTOR: Final = "products"
_UNREAD: Final = frozenset({Kind.SOURCE, Kind.AUTHORITY})
"""Reasons that say that it could not be told, and not that something is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Builds what an estate declares."""

    estate: Estate
    source: Source
    database: Database
    clock: Clock
    ids: Ids
    home: Path
    warehouse: str | None = None
    """Where PostgreSQL is, if the tables are wanted there."""

    def build(self, name: str, *, whole: bool = False) -> Built:
        """Build `name`; with `whole`, everything is read anew.

        Raises:
            UsageError: There is no such product, or it is not to be built.
            UnavailableError: Another build of it is at work, or there is no room.
        """
        now = self.clock.now()
        definition = definition_of(self.estate, name, now)
        if definition.product.spec.status not in BUILT:
            raise UsageError(
                f"`{name}` is {definition.product.spec.status}",
                hint="Only what is `active` or `deprecated` is built: change its `status`.",
            )
        told = lineage.Told(definition=definition, build=self.ids.new("build"), at=now)
        work = _Work(self, definition, now)
        try:
            with open_mirror(work.folder) as mirror:
                built = work.carry_out(mirror, whole=whole)
        except Refusal as refusal:
            built = work.refused(refusal)
            lineage.tell(
                self.home / "products",
                told.started(),
                told.failed(self.clock.now(), str(refusal), refusal.tests),
            )
            return built
        lineage.tell(
            self.home / "products",
            told.started(),
            told.completed(self.clock.now(), built.tests),
        )
        return built


class _Work:
    """One build under way."""

    def __init__(self, builder: Builder, definition: Definition, now: datetime) -> None:
        self._builder = builder
        self._definition = definition
        self._now = now
        self.folder = publishing.folder_of(builder.home, definition.name)

    def carry_out(self, mirror: Mirror, *, whole: bool) -> Built:
        before = self._valid()
        whole = not mirror.of_shape(self._definition.shape) or whole
        reader = Reader(
            definition=self._definition,
            source=self._builder.source,
            clock=self._builder.clock,
            mirror=mirror,
        )
        brought = reader.read(whole=whole)
        made = self._made(mirror, brought)
        _must_be_told(mirror)
        self._must_fit(before)
        tests: tuple[Tested, ...] = ()
        if before is not None and not made and self._stands(mirror, before):
            # What was tested then is what is there now.
            version, outcome = self._confirmed(mirror, before), Outcome.UNCHANGED
        else:
            version, outcome, tests = self._tested(mirror, before)
            mirror.hold(version.digest)
        reader.seen()
        return Built(
            name=self._definition.name,
            outcome=outcome,
            version=version,
            tests=tests,
            records=sum(brought.records.values()),
            changed=len(brought.changed),
            made=made,
            whole=bool(brought.whole),
            undelivered=self._delivered(mirror, version),
            folder=self.folder / publishing.CURRENT,
        )

    def _stands(self, mirror: Mirror, before: Version) -> bool:
        """Tell whether the rows are those that were published, and their files are there."""
        return mirror.holds(before.digest) and publishing.written(self.folder, before.number)

    def _tested(
        self, mirror: Mirror, before: Version | None
    ) -> tuple[Version, Outcome, tuple[Tested, ...]]:
        """Publish the rows if they keep what is promised, unless they are published already."""
        table = self._definition.table
        digest = mirror.digest()
        contract = self._definition.product.spec.port.version
        with open_stage(table) as stage:
            stage.fill(mirror.lines())
            tests = tuple(tested(table, stage, mirror))
            broken = [Reason(kind=Kind.CONTRACT, what=t.told) for t in tests if not t.passed]
            if broken:
                raise Refusal(broken, tests)
            if before is not None and (before.digest, before.contract) == (digest, contract):
                if not publishing.written(self.folder, before.number):
                    publishing.write(self.folder, before.number, self._definition, stage)
                return self._confirmed(mirror, before), Outcome.UNCHANGED, tests
            version = replace(
                next_version(self._definition, mirror, stage, before),
                digest=digest,
                published_at=self._builder.clock.now(),
                tests=len(tests),
            )
            publishing.write(self.folder, version.number, self._definition, stage)
        self._publish(version)
        return version, Outcome.PUBLISHED, tests

    def _valid(self) -> Version | None:
        with self._builder.database.transaction() as connection:
            return store.newest(connection, self._definition.name)

    def _made(self, mirror: Mirror, brought: Brought) -> int:
        """Make the rows anew of every record that changed, or by which others were made."""
        table = self._definition.table
        bases = {base for name in brought.looked for base in mirror.bases_of(name)}
        bases |= {
            f"{system}\n{ref}" for entity, system, ref in brought.changed if entity == table.entity
        }
        composer = Composer(
            estate=self._builder.estate,
            table=table,
            sources=self._definition.sources,
            at=self._now,
            tests=row_tests(table),
        )
        for base in sorted(bases):
            system, _, ref = base.partition("\n")
            mirror.forget_base(base)
            record = mirror.record(table.entity, system, ref)
            if record is not None:
                self._compose(mirror, composer, base, record)
        return len(bases)

    def _compose(self, mirror: Mirror, composer: Composer, base: str, record: Stored) -> None:
        book = Book(mirror=mirror)
        try:
            lines = composer.rows(book, record)
        except Refusal as refusal:
            lines = []
            mirror.trouble(base, refusal.reasons[0].kind, refusal.reasons[0].what)
        mirror.lay(base, lines, frozenset(book.looked_at))

    def _must_fit(self, before: Version | None) -> None:
        table, version = self._definition.table, self._definition.product.spec.port.version
        differing = list(other_columns(table, version, before))
        if differing:
            raise Refusal([Reason(kind=Kind.CONTRACT, what=what) for what in differing])

    def _confirmed(self, mirror: Mirror, before: Version) -> Version:
        """Note that what is published was found to be right still."""
        with self._builder.database.transaction() as connection:
            store.was_read(connection, before.name, before.number, read_at(mirror))
            self._say(connection, "product.confirmed", {"version": before.number})
        return before

    def _publish(self, version: Version) -> None:
        """Make a version whose files are written the valid one."""
        said = {
            "version": version.number,
            "contract": version.contract,
            "rows": version.rows,
            "digest": version.digest,
            "estate": version.estate,
            "figures": [
                {"figure": s.figure, **s.by, "currency": s.currency, "amount": str(s.amount)}
                for s in version.sums
            ],
        }
        try:
            with self._builder.database.transaction() as connection:
                store.publish(connection, version)
                self._say(connection, "product.published", said)
        except VIOLATED as error:
            raise UnavailableError(
                f"`{version.name}` was published by somebody else meanwhile",
                hint="Build it again: what this build read may be older.",
            ) from error

    def _delivered(self, mirror: Mirror, version: Version) -> str:
        """Let files and PostgreSQL follow the valid version; return why they could not."""
        publishing.point(self.folder, version.number)
        if self._builder.warehouse is None:
            return ""
        try:
            warehouse.deliver(
                self._builder.warehouse, self._definition.table, version, mirror.lines()
            )
        except UnavailableError as error:
            return error.what
        return ""

    def refused(self, refusal: Refusal) -> Built:
        """Ask somebody, and return that nothing was published."""
        first = refusal.reasons[0]
        said = {
            "kind": str(first.kind),
            "product": self._definition.name,
            "message": "; ".join(reason.what for reason in refusal.reasons)[:2_000],
            "system": first.system,
            "route": self._definition.product.metadata.owner or "",
            "estate": self._builder.estate.digest,
        }
        with self._builder.database.transaction() as connection:
            self._say(connection, "product.refused", said)
        unread = all(reason.kind in _UNREAD for reason in refusal.reasons)
        return Built(
            name=self._definition.name,
            outcome=Outcome.UNKNOWN if unread else Outcome.REFUSED,
            version=self._valid(),
            reasons=refusal.reasons,
            tests=refusal.tests,
            folder=self.folder / publishing.CURRENT,
        )

    def _say(self, connection: Connection, action: str, said: Mapping[str, object]) -> None:
        stream = f"product:{self._definition.name}"
        entry = Entry(action=action, at=self._builder.clock.now(), actor=ACTOR, data=said)
        trail.tell(connection, stream, [entry])


def _must_be_told(mirror: Mirror) -> None:
    """Refuse if there is a record of which no row could be made."""
    count, troubles = mirror.troubles()
    if not count:
        return
    reasons = [Reason(kind=Kind(kind), what=what) for kind, what in troubles]
    if count > len(reasons):
        reasons.append(Reason(kind=reasons[0].kind, what=f"and {count - len(reasons)} more"))
    raise Refusal(reasons)
