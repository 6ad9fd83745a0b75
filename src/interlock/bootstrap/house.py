"""Build the parts, hand them to a door, close them again."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from interlock import __version__
from interlock.audit import Entry, tables, trail
from interlock.bootstrap.settings import Settings, read_settings
from interlock.connectors import catalogue
from interlock.connectors.port import Connector
from interlock.connectors.rotating import Rotating
from interlock.estate.estate import Estate
from interlock.estate.kinds import System
from interlock.estate.reading.load import read_texts
from interlock.flow.archive import EstateArchive
from interlock.flow.desk import Workshop
from interlock.flow.restoration import Restorations
from interlock.flow.store import RunStore
from interlock.foundation.clock import Clock, SystemClock
from interlock.foundation.database import Database, open_database
from interlock.foundation.errors import InvariantError, UsageError
from interlock.foundation.ids import Ids, RandomIds
from interlock.foundation.queries import load_schema
from interlock.foundation.telemetry import SILENT, Telemetry
from interlock.gate.breaker import Turn
from interlock.gate.door import Gate
from interlock.gate.quota import Limit
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What reading commands need: no system is opened."""

    home: Path
    settings: Settings
    database: Database
    runs: RunStore
    archive: EstateArchive
    clock: Clock
    ids: Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that works on runs."""

    store: Store
    shop: Workshop
    gate: Gate
    connectors: Mapping[str, Connector]
    inbox: Inbox
    poller: Poller


@contextmanager
def open_store(home: Path | None = None) -> Iterator[Store]:
    """Open the database of an installation, making its tables if need be."""
    settings = read_settings(home)
    database = open_database(settings.database)
    try:
        create_tables(database)
        yield Store(
            home=settings.home,
            settings=settings,
            database=database,
            runs=RunStore(database),
            archive=EstateArchive(database, compiled),
            clock=SystemClock(),
            ids=RandomIds(),
        )
    finally:
        database.close()


@contextmanager
def open_existing(home: Path | None = None) -> Iterator[Store]:
    """Open the database of an installation that is there already.

    Raises:
        UsageError: There is none: "no open cases" in the wrong folder would read as fine.
    """
    settings = read_settings(home)
    kind, _, path = settings.database.partition(":")
    if kind == "sqlite" and not Path(path).is_file():
        raise UsageError(
            f"there is no installation in `{settings.home}`",
            hint="Name it with --home or INTERLOCK_HOME; `interlock apply DIR` makes one.",
        )
    with open_store(home) as store:
        yield store


def create_tables(database: Database) -> None:
    """Create every room's tables that do not exist yet."""
    tables.create(database)
    for room in (
        "flow",
        "intake",
        "intake.api",
        "relay",
        "reconciliation",
        "products",
        "cases",
        "insight",
        "access",
    ):
        database.create(load_schema(f"interlock.{room}"))


def compiled(texts: Mapping[str, str]) -> Estate:
    """Return the estate that was applied as `texts`.

    Raises:
        InvariantError: It cannot be understood any more; it could when it was applied.
    """
    reading = read_texts(texts, capabilities=catalogue.every())
    if reading.problems:
        raise InvariantError(
            f"an applied estate cannot be read any more: {reading.problems[0].what}",
            hint="This release reads estates differently from the one that applied it.",
        )
    return reading.estate


@contextmanager
def open_house(home: Path | None = None) -> Iterator[House]:
    """Open everything: the database and every system of the current estate."""
    with open_existing(home) as store, open_telemetry(store.settings) as telemetry:
        estate = store.archive.current()
        connectors = {name: connector_of(store, system) for name, system in estate.systems.items()}
        windows = {
            name: Window(
                connector=connector,
                bound=store.settings.bound(estate.systems[name]),
                counted_as=counted_as(estate.systems[name]),
            )
            for name, connector in connectors.items()
        }
        gate = Gate(
            windows,
            store.clock,
            limits=limits_of(estate, store.settings.workers),
            report=broken_connections(store, estate),
        )
        inbox = Inbox(store.runs, store.archive, store.clock)
        shop = Workshop(
            store=store.runs,
            archive=store.archive,
            gate=gate,
            clock=store.clock,
            telemetry=telemetry,
            transform_of=Transforms().of,
            restorations=Restorations(store.database, store.clock),
            worker=store.settings.worker,
        )
        poller = Poller(store.database, inbox, gate, store.clock)
        yield House(
            store=store,
            shop=shop,
            gate=gate,
            connectors=connectors,
            inbox=inbox,
            poller=poller,
        )


def connector_of(store: Store, system: System) -> Rotating:
    """Open the connector of a system; it follows its credential when that is changed.

    Raises:
        UsageError: The system cannot be reached as it is declared and set up.
    """

    def opened(credential: Mapping[str, str]) -> Connector:
        connection = store.settings.connection(system, credential)
        return catalogue.open_connector(
            connection, store.clock, store.ids, name=system.spec.connector
        )

    return Rotating(lambda fresh: store.settings.credential(system, fresh=fresh), opened)


@contextmanager
def open_telemetry(settings: Settings) -> Iterator[Telemetry]:
    """Open telemetry that sends spans to the collector, if one is named; else it costs nothing.

    A collector that is away loses spans, never a run: spans leave in batches, on a thread.
    """
    if settings.collector is None:
        yield SILENT
        return
    from interlock.foundation.exporting import exporting, otlp_exporter

    told = {"service.instance.id": settings.worker}
    telemetry = exporting(otlp_exporter(settings.collector), version=__version__, resource=told)
    try:
        yield telemetry
    finally:
        telemetry.close()


def limits_of(estate: Estate, workers: int) -> dict[str, Limit]:
    """Return the limits of every account, system and operation: this process's share of them."""
    found: dict[str, Limit] = {}
    for name, system in estate.systems.items():
        declared = system.spec.limits
        given = {
            counted_as(system): declared,
            **{f"{name}.{o}": each for o, each in declared.operations.items()},
        }
        for key, limit in given.items():
            rate = None if limit.perSecond is None else float(limit.perSecond)
            whole = Limit(concurrency=limit.concurrency, per_second=rate, per_day=limit.perDay)
            found[key] = whole.shared_by(workers)
    return found


def counted_as(system: System) -> str:
    """Return under which name what a system is asked is counted: its account's, or its own."""
    account = system.spec.limits.account
    return system.name if account is None else f"account:{account}"


def broken_connections(store: Store, estate: Estate) -> Callable[[str, Turn], None]:
    """Write down that a connection broke or healed: one entry, hence one case, for all runs."""

    def report(system: str, turn: Turn) -> None:
        stream = f"connection:{system}"
        said = {
            "system": system,
            "kind": str(turn.kind),
            "message": turn.message,
            "route": estate.systems[system].metadata.owner or "",
        }
        action = "connection.broken" if turn.broken else "connection.healed"
        entry = Entry(action=action, at=store.clock.now(), actor=store.settings.worker, data=said)
        with store.database.transaction() as connection:
            trail.tell(connection, stream, [entry])

    return report


class Transforms:
    """The Python functions beside an estate, compiled once per estate."""

    def __init__(self) -> None:
        self._modules: dict[tuple[str, str], ModuleType] = {}
        self._lock = threading.Lock()

    def of(self, estate: Estate, name: str) -> Callable[..., object]:
        """Return the function that ``module:function`` means in `estate`.

        Raises:
            InvariantError: There is no such function.
        """
        module_name, _, function = name.partition(":")
        key = (estate.digest, module_name)
        with self._lock:
            module = self._modules.get(key)
            if module is None:
                module = self._modules[key] = _loaded(estate, module_name)
        found: Callable[..., object] | None = getattr(module, function, None)
        if found is None:
            raise InvariantError(
                f"`{module_name}.py` of the estate has no function `{function}`",
                hint="`interlock check` finds this before deploy.",
            )
        return found


def _loaded(estate: Estate, name: str) -> ModuleType:
    source = estate.sources.get(f"{name}.py")
    if source is None:
        raise InvariantError(
            f"the estate has no `{name}.py`", hint="Put the transform beside the estate's files."
        )
    module = ModuleType(f"interlock_estate_{estate.digest[:12]}_{name}")
    code = compile(source, f"{name}.py", "exec")
    exec(code, module.__dict__)  # noqa: S102 (the estate's own reviewed and digested code)
    return module
