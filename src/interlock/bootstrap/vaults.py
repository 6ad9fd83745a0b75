"""Opens the vault that the settings name, when the first secret is asked of it."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from interlock.connectors.port import Connection, Outbound
from interlock.foundation.clock import Clock
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import UsageError
from interlock.foundation.secrets.lookup import Secrets
from interlock.foundation.secrets.reference import Reference, is_reference
from interlock.foundation.secrets.secret import Secret, Source

URL: Final = "vault_url"
PATIENCE: Final = timedelta(seconds=5)
_HINT: Final = "If it is meant, allow it: INTERLOCK_VAULT_NETWORKS=NETWORK/BITS."


class Vaults:
    """Opens the vault late: most commands need none, and its client costs time to import."""

    def __init__(self, values: Mapping[str, str], outside: Secrets, clock: Clock) -> None:
        self._values = values
        self._outside = outside
        self._clock = clock
        self._lock = threading.Lock()
        self._opened: Source | None = None

    def read(self, reference: Reference, *, fresh: bool) -> Secret:
        """Return what stands there."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
        return self._opened.read(reference, fresh=fresh)

    def _open(self) -> Source:
        from interlock.connectors.kit.http import Wire
        from interlock.vault.session import AppRole, Session, Token
        from interlock.vault.vault import Vault

        role = self._values.get("vault_role_id")
        session: Session
        if role is not None:
            session = AppRole(role, self._read("vault_secret_id"), self._clock)
        else:
            session = Token(self._read("vault_token"), self._clock)
        allowed = allowed_of(self._values.get("vault_networks", ""), hint=_HINT)
        connection = Connection(
            system="vault",
            url=self._values[URL],
            credential={},
            scheme="",
            timeout=PATIENCE,
            outbound=Outbound(allowed=allowed, proxy=self._values.get("vault_proxy")),
        )
        namespace = self._values.get("vault_namespace", "")
        return Vault(Wire(connection, self._clock), session, self._clock, namespace)

    def _read(self, setting: str) -> "partial[Secret]":
        given = self._values.get(setting, "")
        if not is_reference(given) or given.startswith(("vault:", "secret:")):
            raise UsageError(
                f"the setting {setting} does not say where our login to the vault stands",
                hint=f"INTERLOCK_{setting.upper()}=file:/path, env:NAME or keyring:SERVICE/NAME.",
            )
        return partial(_looked_up, self._outside, given)


def _looked_up(outside: Secrets, named: str, fresh: bool) -> Secret:  # noqa: FBT001 (a port)
    return outside.get(named, fresh=fresh)
