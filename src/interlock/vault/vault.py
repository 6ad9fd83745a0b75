"""Reads secrets from a vault and remembers them for a moment, so that no call waits for it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.exchange import Answer, Call, Intent, segment, with_json
from interlock.connectors.kit.http import Wire
from interlock.connectors.kit.masking import masked
from interlock.connectors.port import CallFailed
from interlock.foundation.clock import Clock, from_iso
from interlock.foundation.errors import InterlockError, UnavailableError, UsageError
from interlock.foundation.secrets.reference import Reference
from interlock.foundation.secrets.secret import Secret, secret_with
from interlock.vault.session import Session

REFRESH: Final = timedelta(seconds=30)
"""How long a value is taken for the newest without asking; a refused login asks at once."""
_AWAY: Final = frozenset({412, 429, 472, 473, 500, 502, 503, 504})
"""Sealed, on standby, in maintenance (API documentation, "HTTP status codes")."""


@dataclass(frozen=True, slots=True)
class _Known:
    secret: Secret
    asked: datetime


class _RefusedError(Exception):
    """The vault said 403: the token is over, or a policy lacks."""


class Vault:
    """One vault, one login. `Secrets` asks it by ``vault:MOUNT/PATH#KEY``."""

    def __init__(self, wire: Wire, session: Session, clock: Clock, namespace: str = "") -> None:
        self._wire = wire
        self._session = session
        self._clock = clock
        self._headers = {"X-Vault-Namespace": namespace} if namespace else {}
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._away_until = clock.now()

    def read(self, reference: Reference, *, fresh: bool) -> Secret:
        """Return what stands there.

        While the vault is away, or somebody else is asking it, what is known goes on being used
        until its lease is over; whoever wants it `fresh` waits, and is told.
        """
        known = self._known.get(reference.path)
        if known is None or fresh or _over(known.secret, self._clock.now()):
            with self._lock:
                return self._asked(reference)
        if self._is_new(known) or not self._lock.acquire(blocking=False):
            return known.secret
        try:
            return self._asked(reference)
        except UnavailableError:
            self._away_until = self._clock.now() + REFRESH
            return known.secret
        except UsageError:
            # It was taken away. That is said once now, and again to whoever asks in a while.
            self._away_until = self._clock.now() + REFRESH
            raise
        finally:
            self._lock.release()

    def _is_new(self, known: _Known) -> bool:
        now = self._clock.now()
        return now - known.asked < REFRESH or now < self._away_until

    def _asked(self, reference: Reference) -> Secret:
        found = self._read(reference)
        self._known[reference.path] = _Known(found, self._clock.now())
        return found

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _read(self, reference: Reference) -> Secret:
        mount, slash, path = reference.path.partition("/")
        if not slash or not path:
            raise UsageError(
                f"`{reference}` does not say mount and path", hint="vault:MOUNT/PATH#KEY"
            )
        address = f"/v1/{segment(mount)}/data/" + "/".join(map(segment, path.split("/")))
        try:
            answer = self._with_token(address)
        except _RefusedError:
            try:
                again = self._session.refused()
                if not again:
                    raise _forbidden(reference) from None
                answer = self._with_token(address)
            except _RefusedError:
                raise _forbidden(reference) from None
        return self._secret(reference, answer)

    def _with_token(self, address: str) -> Answer:
        token = self._session.token(self._ask)
        return self._ask("GET", address, {"X-Vault-Token": token}, {})

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, str]
    ) -> Answer:
        kind, content = with_json(body) if body else ({}, b"")
        call = Call(
            intent=Intent.READ,
            method=method,
            path=path,
            headers={**self._headers, **kind, "X-Vault-Request": "true"},
            content=content,
        )
        try:
            answer = self._wire.exchange(call, headers)
        except CallFailed as failure:
            raise _away(failure.outcome.message) from None
        if answer.status == HTTPStatus.FORBIDDEN:
            raise _RefusedError
        if answer.status in _AWAY:
            raise _away(_said(answer, (*headers.values(), *body.values())))
        if answer.status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
            raise UsageError(
                f"the vault refused {method} {path.partition('/data/')[0]}: "
                + _said(answer, (*headers.values(), *body.values())),
                hint="Check the login: INTERLOCK_VAULT_TOKEN or _ROLE_ID and _SECRET_ID.",
            )
        return answer

    def _secret(self, reference: Reference, answer: Answer) -> Secret:
        told = answer.document if isinstance(answer.document, dict) else {}
        outer = told.get("data")
        kept = outer.get("data") if isinstance(outer, dict) else None
        if answer.status == HTTPStatus.NOT_FOUND or not isinstance(kept, dict) or not kept:
            raise UsageError(
                f"the vault has nothing at `vault:{reference.path}`",
                hint="Is it deleted, or is the mount no KV version 2?",
            )
        fields = {str(name): _text(reference, str(name), value) for name, value in kept.items()}
        made = secret_with(fields, f"vault {reference.path}", _created(outer))
        return replace(made, ends=self._ends(told.get("lease_duration")))

    def _ends(self, lease: object) -> datetime | None:
        ends = [self._session.ends()]
        if isinstance(lease, int) and lease > 0:
            ends.append(self._clock.now() + timedelta(seconds=min(lease, 10**8)))
        return min((each for each in ends if each is not None), default=None)


def _over(secret: Secret, now: datetime) -> bool:
    return secret.ends is not None and now >= secret.ends


def _created(outer: object) -> datetime | None:
    metadata = outer.get("metadata") if isinstance(outer, dict) else None
    created = metadata.get("created_time") if isinstance(metadata, dict) else None
    try:
        return from_iso(created) if isinstance(created, str) else None
    except ValueError:
        return None


def _text(reference: Reference, name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UsageError(
        f"`{name}` at `vault:{reference.path}` is not text", hint="Keep every value as text."
    )


def _said(answer: Answer, secrets: tuple[str, ...]) -> str:
    told = answer.document if isinstance(answer.document, dict) else {}
    errors = told.get("errors")
    words = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
    return f"status {answer.status} {masked(words, secrets)}".strip()


def _away(why: str) -> UnavailableError:
    return UnavailableError(
        f"the vault does not answer: {why}",
        hint="Is it sealed, and does INTERLOCK_VAULT_URL lead to it?",
    )


def _forbidden(reference: Reference) -> InterlockError:
    return UsageError(
        f"the vault refuses us `vault:{reference.path}`",
        hint="The token is over, or its policy lacks `read` on MOUNT/data/PATH.",
    )
