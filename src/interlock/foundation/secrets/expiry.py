"""When a credential ends: what its own values tell, without asking anybody."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cryptography import x509

from interlock.foundation.clock import from_iso

WARNED: Final = timedelta(days=21)
"""How long before its end people are told: somebody may be on holiday."""
EXPIRES: Final = "expires"
"""A field that says when the others end; ``NAME_expires`` says it of ``NAME`` alone."""
_CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"
_JWT: Final = re.compile(r"eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """One end."""

    what: str
    """For people, such as ``the certificate in `certificate```."""
    at: datetime | None
    """``None``: it has an end, and it cannot be read."""
    warned: timedelta = WARNED
    hard: bool = True
    """After it the system refuses us; else it is only our own rule that is broken."""

    def soon(self, now: datetime) -> bool:
        """Tell whether people should do something about it by now."""
        return self.at is not None and now >= self.at - self.warned

    def over(self, now: datetime) -> bool:
        """Tell whether it has ended."""
        return self.at is not None and now >= self.at


def is_note(name: str) -> bool:
    """Tell whether a field notes an end: it is no part of what one logs in with."""
    return name == EXPIRES or name.endswith(f"_{EXPIRES}")


def without_notes(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Return the values that are used, without the notes of their ends."""
    return {name: value for name, value in fields.items() if not is_note(name)}


def expiries(fields: Mapping[str, str]) -> Iterator[Expiry]:
    """Yield every end that the values of a credential tell: certificates, JWTs, what was noted."""
    for name, value in fields.items():
        if is_note(name):
            of = name.removesuffix(EXPIRES).removesuffix("_")
            what = f"`{of}`, as noted beside it" if of else "the credential, as noted in it"
            yield Expiry(what=what, at=_noted(value))
        elif _CERTIFICATE in value:
            yield from _certificates(name, value)
        elif found := _JWT.fullmatch(value.strip()):
            yield from _token(name, found[1])


def end_of(day: date) -> datetime:
    """Return when something ends whose last day is `day`: with that day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _noted(value: str) -> datetime | None:
    try:
        return end_of(date.fromisoformat(value))
    except ValueError:
        pass
    try:
        return from_iso(value)
    except ValueError:
        return None


def _certificates(name: str, value: str) -> Iterator[Expiry]:
    what = f"the certificate in `{name}`"
    try:
        ends = [found.not_valid_after_utc for found in _loaded(value)]
    except ValueError:
        ends = []
    yield Expiry(what=what, at=min(ends, default=None))


def _loaded(value: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(value.encode())


def _token(name: str, payload: str) -> Iterator[Expiry]:
    """Yield the end of a JSON Web Token (RFC 7519 section 4.1.4), which need not have one."""
    try:
        padded = payload + "=" * (-len(payload) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
        until = claims.get("exp")
        at = None if until is None else datetime.fromtimestamp(float(until), UTC)
    except (ValueError, TypeError, AttributeError, OverflowError, OSError):
        yield Expiry(what=f"the token in `{name}`", at=None)
        return
    if at is not None:
        yield Expiry(what=f"the token in `{name}`", at=at)
