"""Looks secrets up by reference."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UsageError
from interlock.foundation.secrets.places import Environment, Files, Keyring, Remembered
from interlock.foundation.secrets.reference import Reference, reference_of
from interlock.foundation.secrets.secret import VALUE, Secret, Source, secret_with

Named = str | Mapping[str, str]
"""One reference, or one for each field of a credential."""
_ELSEWHERE: Final = "ref_"


class Secrets:
    """Finds a value at the place that it is said to be at.

    ``secret:NAME`` is a name that every installation gives a place of its own: the setting
    ``ref_NAME`` if there is one, else ``INTERLOCK_SECRET_NAME``, else ``HOME/secrets/NAME.json``.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        vault: Source | None = None,
    ) -> None:
        self._environment = environment
        self._folder = folder.absolute()
        self._settings = settings or {}
        self._sources: dict[str, Source] = {
            "env": Environment(environment),
            "file": Files(),
            "keyring": Remembered(Keyring(), SystemClock()),
        }
        if vault is not None:
            self._sources["vault"] = vault

    def get(self, named: Named, *, fresh: bool = False) -> Secret:
        """Return what `named` means now.

        Raises:
            UsageError: It is nowhere, or may not be used as it is; says where it was looked for.
            UnavailableError: Its place does not answer now.
        """
        if isinstance(named, str):
            return self._picked(reference_of(named), fresh=fresh)
        parts = {name: self.get(each, fresh=fresh) for name, each in named.items()}
        fields = {name: _only(name, part) for name, part in parts.items()}
        changes = [part.changed for part in parts.values()]
        where = ", ".join(dict.fromkeys(part.where for part in parts.values()))
        known = [each for each in changes if each is not None]
        oldest = min(known) if known and len(known) == len(changes) else None
        ends = [part.ends for part in parts.values() if part.ends is not None]
        return replace(secret_with(fields, where, oldest), ends=min(ends, default=None))

    def _picked(self, reference: Reference, *, fresh: bool) -> Secret:
        found = self._found(reference, fresh=fresh)
        if not reference.key:
            return found
        if reference.key not in found.fields:
            raise UsageError(
                f"{found.where} has no `{reference.key}`",
                hint=f"It has: {', '.join(sorted(found.fields))}.",
            )
        told = secret_with({VALUE: found.fields[reference.key]}, found.where, found.changed)
        return replace(told, ends=found.ends)

    def _found(self, reference: Reference, *, fresh: bool) -> Secret:
        if reference.scheme == "secret":
            reference = self._placed(reference.path)
        source = self._sources.get(reference.scheme)
        if source is None:
            raise UsageError(
                f"`{reference}` is in a vault, and no vault is set up",
                hint="Set INTERLOCK_VAULT_URL; see docs/secrets.md.",
            )
        return source.read(reference, fresh=fresh)

    def _placed(self, name: str) -> Reference:
        """Return the place of a secret that the estate only names."""
        plain = name.replace("-", "_").replace("/", "_")
        elsewhere = self._settings.get(f"{_ELSEWHERE}{plain.lower()}")
        if elsewhere is not None:
            place = reference_of(elsewhere)
            if place.scheme == "secret":
                raise UsageError(
                    f"the setting {_ELSEWHERE}{plain.lower()} names a name",
                    hint="It must say the place: env:, file:, keyring: or vault:.",
                )
            return place
        variable = f"INTERLOCK_SECRET_{plain.upper()}"
        file = self._folder / f"{name.replace('/', '_')}.json"
        if variable in self._environment:
            return Reference("env", variable)
        if file.is_file():
            return Reference("file", str(file))
        raise UsageError(
            f"there is no secret `{name}`",
            hint=f"Looked at the environment variable {variable} and the file {file}.",
        )


def _only(name: str, secret: Secret) -> str:
    """Return the value for the field `name` of a credential."""
    if len(secret.fields) == 1:
        return next(iter(secret.fields.values()))
    if name in secret.fields:
        return secret.fields[name]
    raise UsageError(
        f"{secret.where} has several values, and none is called `{name}`",
        hint=f"Pick one with #KEY; it has: {', '.join(sorted(secret.fields))}.",
    )
