"""Where an installation lives and what it was told: the environment, and files in its home."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from interlock.bootstrap.vaults import URL, Vaults
from interlock.connectors.port import Connection, Outbound
from interlock.estate.kinds import System
from interlock.estate.kinds.declared import duration_of
from interlock.foundation.clock import SystemClock
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import UsageError
from interlock.foundation.secrets.expiry import without_notes
from interlock.foundation.secrets.lookup import Named, Secrets
from interlock.foundation.secrets.reference import is_reference
from interlock.foundation.secrets.secret import Secret

DEFAULT_BOUND: Final = timedelta(minutes=15)
"""When nobody says how long a vendor may take: the longest that any documents (F3)."""
DEFAULT_TIMEOUT: Final = timedelta(seconds=10)
COLLECTOR: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process was told."""

    home: Path
    values: Mapping[str, str]
    secrets: Secrets
    database: str
    """``sqlite:PATH`` or ``postgresql://…``."""
    engine: str
    """The engine's own database."""
    worker: str
    """The slot of this process: unique and stable."""
    workers: int
    """How many processes share the systems' limits."""
    collector: str | None = None
    """Where spans go (OTLP over HTTP); by OpenTelemetry's own variable."""

    def named(self, text: str) -> str:
        """Return `text`, or what the setting says when it is ``setting:NAME``.

        Raises:
            UsageError: There is no such setting; says where it was looked for.
        """
        if not text.startswith("setting:"):
            return text
        name = text.removeprefix("setting:")
        if name in self.values:
            return self.values[name]
        raise UsageError(
            f"there is no setting `{name}`",
            hint=f"Set INTERLOCK_{name.upper()} or put it into {self.home / 'settings.json'}.",
        )

    def secret(self, named: Named) -> Mapping[str, str]:
        """Return the values of the secret that a reference, or one for each field, names.

        A note of when it ends is none of them: as a signing secret it could be guessed.
        """
        return without_notes(self.secrets.get(named).fields)

    def credential(self, system: System, *, fresh: bool = False) -> Secret:
        """Return how we log in to `system`, as it is now."""
        return self.secrets.get(system.spec.auth.credential, fresh=fresh)

    def bound(self, system: System) -> timedelta:
        """Return how long a request to `system` can still be applied after it left."""
        given = system.spec.requestBound
        found = None if given is None else duration_of(self.named(given))
        return found if isinstance(found, timedelta) else DEFAULT_BOUND

    def connection(self, system: System, credential: Mapping[str, str]) -> Connection:
        """Return how to reach `system`, logging in with `credential`."""
        options = self._options(system.name)
        inbound = system.spec.inbound
        if inbound is not None and inbound.overlap is not None:
            options.setdefault("overlap", str(inbound.overlap / timedelta(seconds=1)))
        if inbound is not None and inbound.changes is not None:
            options["changes"] = inbound.changes
        return Connection(
            system=system.name,
            url=self.named(system.spec.url),
            credential=without_notes(credential),
            scheme=system.spec.auth.scheme,
            timeout=self.timeout_of(system.name),
            options={str(name): str(value) for name, value in options.items()},
            declared=getattr(system.spec, "options", None),
            outbound=self._outbound(system),
        )

    def timeout_of(self, name: str) -> timedelta:
        """Return how long the connection `name` waits for an answer."""
        given = self.values.get(f"{name}_timeout", "10s")
        try:
            found = duration_of(given)
        except ValueError as error:
            raise UsageError(f"the setting {name}_timeout is wrong", hint=str(error)) from None
        return found if isinstance(found, timedelta) else DEFAULT_TIMEOUT

    def _options(self, name: str) -> dict[str, object]:
        try:
            found = json.loads(self.values.get(f"{name}_options", "{}"))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UsageError(
                f"the setting {name}_options is no JSON object",
                hint=f'Such as INTERLOCK_{name.upper()}_OPTIONS=\'{{"overlap": "10"}}\'.',
            )
        return found

    def _outbound(self, system: System) -> Outbound:
        way = system.spec.outbound
        networks = " ".join(way.networks)
        hint = (
            f"If it is meant, declare `outbound: {{networks: [...]}}` of system `{system.name}`."
        )
        return Outbound(
            allowed=allowed_of(networks, hint=hint),
            proxy=None if way.proxy is None else self.told(way.proxy),
            authorities=None if way.authorities is None else self.named(way.authorities),
        )

    def told(self, text: str) -> str:
        """Return what `text` means: a setting, the only value of a secret, or itself."""
        if is_reference(text):
            return next(iter(self.secret(text).values()), "")
        return self.named(text)


def read_settings(
    home: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings of this process: the environment wins over ``HOME/settings.json``."""
    env = os.environ if environment is None else environment
    where = home or Path(env.get("INTERLOCK_HOME", ".interlock"))
    values: dict[str, str] = {}
    file = where / "settings.json"
    if file.is_file():
        values.update({str(k): str(v) for k, v in json.loads(file.read_text("utf-8")).items()})
    prefix = "INTERLOCK_"
    for name, value in env.items():
        if name.startswith(prefix) and not name.startswith(f"{prefix}SECRET_"):
            values[name.removeprefix(prefix).lower()] = value
    database = values.get("database", f"sqlite:{where / 'interlock.db'}")
    engine = values.get("engine", f"sqlite:///{where / 'engine.db'}")
    if database.startswith("postgres") and "engine" not in values:
        engine = database
    return Settings(
        home=where,
        values=values,
        secrets=_secrets(env, where / "secrets", values),
        database=database,
        engine=engine,
        worker=values.get("worker", "worker-1"),
        workers=int(values.get("workers", "1")),
        collector=env.get(COLLECTOR) or values.get("collector"),
    )


def _secrets(env: Mapping[str, str], folder: Path, values: Mapping[str, str]) -> Secrets:
    outside = Secrets(env, folder, settings=values)
    if URL not in values:
        return outside
    vault = Vaults(values, outside, SystemClock())
    return Secrets(env, folder, settings=values, vault=vault)
