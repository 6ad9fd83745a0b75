"""What every page works with: the store of the installation, its estate, who may come in."""

import threading
from dataclasses import dataclass, field
from typing import Final

from interlock.access import Scope
from interlock.access.commands import Access
from interlock.bootstrap.house import Store
from interlock.cases.case import Case
from interlock.checks.inspection import Inspection
from interlock.checks.inspector import report
from interlock.checks.report import Report
from interlock.estate.estate import Estate
from interlock.foundation.database import Database
from interlock.foundation.errors import UsageError
from interlock.insight import domains

_NONE: Final = Estate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One installation, as its console sees it."""

    store: Store
    access: Access
    secure: bool
    """Whether browsers reach it by TLS: then cookies go nowhere else."""
    hosts: frozenset[str]
    """What a browser may call it; any other name is somebody's trick (DNS rebinding)."""
    _inspected: dict[str, tuple[Inspection, Report]] = field(default_factory=dict, repr=False)
    _current: list[Estate] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def database(self) -> Database:
        """Return the database, to be looked at: no page waits for a worker's writes."""
        return self.store.database.reader()

    @property
    def writing(self) -> Database:
        """Return the database, to be changed by the commands of the rooms below."""
        return self.store.database

    def look(self) -> None:
        """Look which estate is deployed now: once for each request, never within one."""
        try:
            found = self.store.archive.current()
        except UsageError:
            found = _NONE
        self._current[:] = [found]

    def estate(self) -> Estate:
        """Return the deployed estate; an empty one, while there is none."""
        return self._current[0] if self._current else _NONE

    def inspection(self) -> Inspection:
        """Return the deployed estate, ready to be asked; worked out once."""
        return self._known()[0]

    def report(self) -> Report:
        """Return what the checks say about the deployed estate, as of when it was first asked."""
        return self._known()[1]

    def _known(self) -> tuple[Inspection, Report]:
        estate = self.estate()
        now = self.store.clock.now()
        key = f"{estate.digest} {now.date()}"
        with self._lock:
            found = self._inspected.get(key)
            if found is None:
                inspection = Inspection(estate=estate, now=now)
                found = (inspection, report(inspection))
                self._inspected.clear()
                self._inspected[key] = found
        return found

    def scope_of_case(self, case: Case) -> Scope:
        """Return what a case is about."""
        estate = self.estate()
        if case.integration:
            domain = domains.of_integration(estate, case.integration)
        else:
            domain = domains.of_system(estate, case.system)
        return Scope(case.legal_entity, domain)

    def scope_of_run(self, integration: str, legal_entity: str | None) -> Scope:
        """Return what a run is about."""
        return Scope(legal_entity or "", domains.of_integration(self.estate(), integration))

    def scope_of_break(self, name: str, legal_entity: str) -> Scope:
        """Return what a difference between systems is about."""
        return Scope(legal_entity, domains.of_reconciliation(self.estate(), name))
