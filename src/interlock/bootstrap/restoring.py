"""Notice that the record is older than its witness, and write nothing until a person looked."""

from interlock.audit.sealing import missing_at, seal_restored_at
from interlock.bootstrap.house import Store
from interlock.flow import restoration
from interlock.flow.restoration import Restoration


def read_only_if_older(store: Store) -> Restoration | None:
    """Begin a restoration if the witness file knows of entries that the record does not have.

    A worker asks before it takes anything up: a database that came back from a backup looks like
    any other, and only what is kept outside of it can tell.
    """
    lost = missing_at(store.database, store.home)
    if not lost:
        return restoration.under_way(store.database)
    reason = f"the witness knows of {lost} entries that this database does not have"
    return begin(store, by=store.settings.worker, reason=reason)


def begin(store: Store, *, by: str, reason: str) -> Restoration:
    """Begin a restoration, and let the witness begin again where the record ends.

    Raises:
        UsageError: Nobody says why.
    """
    begun = restoration.begin(store.database, store.clock, by=by, reason=reason)
    seal_restored_at(store.database, store.clock, store.home)
    return begun
