"""JSON with exact decimals, both ways: a decimal is written as the number that it is."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

_MARK: Final = "\x00decimal:"
_MARKED: Final = re.compile(r'"\\u0000decimal:([-0-9.]+)"')


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return _MARK + format(value, "f")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def dump(value: object) -> bytes:
    """Return `value` as JSON."""
    text = json.dumps(value, separators=(",", ":"), default=_plain)
    return _MARKED.sub(r"\1", text).encode()


def load(raw: bytes) -> Any:  # noqa: ANN401 (whatever was sent)
    """Return what `raw` says; numbers with a point are decimals."""
    return json.loads(raw, parse_float=Decimal)
