"""The same call twice is done once: `Idempotency-Key` on everything that changes something."""

import hashlib
import json
from collections.abc import Callable

from interlock.access import answered
from interlock.access.answered import Asked, Earlier
from interlock.console.desk import Desk
from interlock.console.door import Json, RefusalError
from interlock.foundation.plain import plain
from interlock.intake.api import problems
from interlock.intake.api.call import key_of
from interlock.intake.api.problems import Problem


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

    What was refused changed nothing: its key is free for another try.

    Raises:
        RefusalError: The key is of another call, or the first has not been answered yet.
    """
    earlier = answered.begin(desk.writing, desk.store.clock, asked)
    if earlier is not None:
        return _again(earlier)
    try:
        found = work()
        body = json.dumps(plain(found.value))
        answered.end(desk.writing, asked, found.status, body)
    except Exception:
        answered.give_back(desk.writing, asked)
        raise
    return found


def _again(earlier: Earlier) -> Json:
    if not earlier.same:
        raise RefusalError(problems.key_reused())
    if not earlier.status:
        raise RefusalError(problems.still_answering(), {"retry-after": "1"})
    return Json(
        value=json.loads(earlier.body),
        status=earlier.status,
        headers={"idempotent-replayed": "true"},
    )
