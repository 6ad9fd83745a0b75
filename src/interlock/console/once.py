"""The same call twice is done once: `Idempotency-Key` on everything that changes something."""

import hashlib
import json
from collections.abc import Callable
from typing import Final

from interlock.access import answered
from interlock.access.answered import Asked, Earlier
from interlock.console.desk import Desk
from interlock.console.door import Json, RefusalError
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError
from interlock.foundation.plain import plain
from interlock.intake.api import problems
from interlock.intake.api.call import key_of
from interlock.intake.api.problems import Problem

_REFUSALS: Final = (RefusalError, UsageError, RefusedError, UnavailableError)
"""What a command raises before it has changed anything."""
_BROKEN: Final = Problem(
    name="broken",
    status=500,
    title="This call broke off, and may have been carried out",
    detail="Look at what it was to change; if nothing was, ask again with another key.",
)


def asked_of(account: str, header: str, *parts: bytes) -> Asked:
    """Return what is asked under which key.

    Raises:
        RefusalError: There is no key.
    """
    key = key_of(header)
    if isinstance(key, Problem):
        raise RefusalError(key)
    lengths = b"".join(b"%d:" % len(part) + part for part in parts)
    return Asked(account=account, key=key, fingerprint=hashlib.sha256(lengths).hexdigest())


def done_once(desk: Desk, asked: Asked, work: Callable[[], Json]) -> Json:
    """Do the work, or repeat what was answered when it was done.

    What was refused changed nothing: its key is free for another try. What broke off may have
    changed something: it is not done again under its key, and whoever asks again is told so.

    Raises:
        RefusalError: The key is of another call, or the first has not been answered yet, or broke.
    """
    earlier = answered.begin(desk.writing, desk.store.clock, asked)
    if earlier is not None:
        return _again(earlier)
    try:
        found = work()
        body = json.dumps(plain(found.value))
    except _REFUSALS:
        answered.give_back(desk.writing, asked)
        raise
    except Exception:
        answered.end(desk.writing, asked, _BROKEN.status, _BROKEN.text())
        raise
    answered.end(desk.writing, asked, found.status, body)
    return found


def _again(earlier: Earlier) -> Json:
    if not earlier.same:
        raise RefusalError(problems.key_reused())
    if earlier.status == _BROKEN.status:
        raise RefusalError(_BROKEN)
    if not earlier.status:
        raise RefusalError(problems.still_answering(), {"retry-after": "1"})
    return Json(
        value=json.loads(earlier.body),
        status=earlier.status,
        headers={"idempotent-replayed": "true"},
    )
