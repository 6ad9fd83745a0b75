"""When what we log in with ends: by its own word, by its lease, and by what the estate says."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from interlock.estate.kinds import System
from interlock.foundation.secrets.expiry import Expiry, end_of, expiries
from interlock.foundation.secrets.secret import Secret

LEASE_WARNED: Final = timedelta(minutes=10)
"""A lease is short by nature: only its last minutes are worth a word."""


def ends_of(system: System, secret: Secret) -> Iterator[Expiry]:
    """Yield every end of a system's credential."""
    yield from expiries(secret.fields)
    if secret.ends is not None:
        yield Expiry(what=f"the lease of {secret.where}", at=secret.ends, warned=LEASE_WARNED)
    auth = system.spec.auth
    if auth.expires is not None:
        yield Expiry(what="the credential, as the estate says", at=end_of(auth.expires))
    if auth.rotate is not None and secret.changed is not None:
        yield Expiry(
            what=f"its turn to be changed, every {auth.rotate.days} days",
            at=secret.changed + auth.rotate,
            hard=False,
        )
