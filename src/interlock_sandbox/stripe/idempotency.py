"""Idempotency keys as documented: the first answer is kept, 500s too, for a window.

Nothing is kept for a validation error's duration of zero: answers before execution began (rate
limits, validation, a concurrent twin) are not kept. The same key with other parameters is an
error (docs.stripe.com/api/idempotent_requests).
"""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from starlette.responses import Response


@dataclass(slots=True)
class Kept:
    """The answer that a key got."""

    print_: str
    at: float
    status: int = 0
    body: bytes = b""


@dataclass(slots=True)
class Idempotency:
    """The keys of one account."""

    window_seconds: float = 86_400.0
    kept: dict[str, Kept] = field(default_factory=dict)

    def begin(
        self, key: str, path: str, body: bytes, now: float
    ) -> Kept | Literal["new", "mismatch", "in_use"]:
        """Return what is known of `key`: an answer to repeat, or why not."""
        print_ = hashlib.sha256(path.encode() + b"\0" + body).hexdigest()
        known = self.kept.get(key)
        if known is None or now - known.at > self.window_seconds:
            self.kept[key] = Kept(print_=print_, at=now)
            return "new"
        if known.print_ != print_:
            return "mismatch"
        return "in_use" if known.status == 0 else known

    def end(self, key: str, response: Response) -> None:
        """Keep the answer, unless execution never began."""
        if response.status_code in {400, 401, 404, 409, 429}:
            self.kept.pop(key, None)
            return
        known = self.kept.get(key)
        if known is not None:
            known.status, known.body = response.status_code, bytes(response.body)
