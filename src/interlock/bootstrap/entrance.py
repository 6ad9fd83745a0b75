"""Who may come in to an installation, and what a password costs there."""

from interlock.access.commands import Access
from interlock.access.password import Passwords
from interlock.bootstrap.house import Store


def access_of(store: Store) -> Access:
    """Return the accounts of an installation.

    `password_memory` (KiB) and `password_passes` change what a new hash costs.
    """
    told = store.settings.values
    passwords = Passwords(
        passes=int(told.get("password_passes", "3")),
        memory=int(told.get("password_memory", "65536")),
    )
    return Access(database=store.database, clock=store.clock, passwords=passwords)
