"""Who we are to the vault: a token that others keep alive, or an AppRole that we log in with.

Source: Vault API documentation, "Token auth method" and "AppRole auth method"; OpenBao's is the
same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from interlock.connectors.kit.exchange import Answer
from interlock.foundation.clock import Clock, from_iso
from interlock.foundation.errors import UsageError
from interlock.foundation.secrets.secret import VALUE, Secret

MARGIN: Final = timedelta(seconds=60)
"""How long before its end a login is made anew; a tenth of its life if that is shorter."""
Ask = Callable[[str, str, Mapping[str, str], Mapping[str, str]], Answer]
"""Method, path, headers and body -> the answer of success."""
Read = Callable[[bool], Secret]
"""Reads a secret of ours from outside the vault; afresh if so told."""


class Session(Protocol):
    """Proves who we are."""

    def token(self, ask: Ask) -> str:
        """Return a token that is good now, as far as is known."""
        ...

    def refused(self) -> bool:
        """Take note that the vault refused the token; tell whether to try with another one."""
        ...

    def ends(self) -> datetime | None:
        """Return when nothing can be read any more; ``None`` if that is not foreseen."""
        ...


@dataclass(slots=True)
class Token:
    """A token that somebody else gets and keeps in a file or a variable (an agent's sink).

    It is renewed at half of its life where the vault lets us; else its end is told.
    """

    read: Read
    clock: Clock
    _value: str = field(default="", repr=False)
    _ends: datetime | None = None
    _renew_at: datetime | None = None
    _renewable: bool = False

    def token(self, ask: Ask) -> str:
        found = _only(self.read(False))  # noqa: FBT003 (remembered will do)
        now = self.clock.now()
        if found != self._value:
            self._value = found
            self._learn(_data(ask("GET", "/v1/auth/token/lookup-self", _shown(found), {})), now)
        elif self._renewable and self._renew_at is not None and now >= self._renew_at:
            answer = ask("POST", "/v1/auth/token/renew-self", _shown(found), {})
            self._granted(_part(answer, "auth"), now)
        return found

    def _learn(self, told: Mapping[str, object], now: datetime) -> None:
        self._renewable = told.get("renewable") is True
        expires = told.get("expire_time")
        self._ends = from_iso(expires) if isinstance(expires, str) and expires else None
        self._renew_at = None if self._ends is None else now + (self._ends - now) / 2

    def _granted(self, told: Mapping[str, object], now: datetime) -> None:
        life = _life(told)
        self._ends = now + life if life else None
        self._renew_at = now + life / 2 if life else None

    def refused(self) -> bool:
        before, self._value = self._value, ""
        return _only(self.read(True)) != before  # noqa: FBT003 (afresh)

    def ends(self) -> datetime | None:
        return None if self._renewable else self._ends


@dataclass(slots=True)
class AppRole:
    """A role id and a secret id; logs in again before a login is over."""

    role: str
    read: Read
    clock: Clock
    _value: str = field(default="", repr=False)
    _again_at: datetime | None = None

    def token(self, ask: Ask) -> str:
        now = self.clock.now()
        if not self._value or (self._again_at is not None and now >= self._again_at):
            proof = {"role_id": self.role, "secret_id": _only(self.read(True))}  # noqa: FBT003 (afresh)
            told = _part(ask("POST", "/v1/auth/approle/login", {}, proof), "auth")
            value = told.get("client_token")
            if not isinstance(value, str) or not value:
                raise UsageError("the vault's login gave no token", hint="Is it a vault?")
            life = _life(told)
            self._value = value
            self._again_at = now + life - min(MARGIN, life / 10) if life else None
        return self._value

    def refused(self) -> bool:
        had, self._value = self._value, ""
        return bool(had)

    def ends(self) -> datetime | None:
        return None


def _only(secret: Secret) -> str:
    if len(secret.fields) == 1:
        return next(iter(secret.fields.values()))
    if VALUE in secret.fields:
        return secret.fields[VALUE]
    raise UsageError(
        f"{secret.where} has several values, and one is needed for the vault",
        hint="Pick one with #KEY.",
    )


def _shown(token: str) -> Mapping[str, str]:
    return {"X-Vault-Token": token}


def _data(answer: Answer) -> Mapping[str, object]:
    return _part(answer, "data")


def _part(answer: Answer, name: str) -> Mapping[str, object]:
    found = answer.mapping().get(name)
    return found if isinstance(found, dict) else {}


def _life(told: Mapping[str, object]) -> timedelta | None:
    seconds = told.get("lease_duration")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        return None
    return timedelta(seconds=min(seconds, 10**8))
