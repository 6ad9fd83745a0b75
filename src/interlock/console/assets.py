"""The look of the pages: files of our own and htmx, each under an address that changes with it."""

import hashlib
from functools import cache
from importlib import resources
from typing import Final

from interlock.console.door import Ask, Door, File, Kind, not_there

KINDS: Final = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


@cache
def _content(name: str) -> bytes:
    return resources.files("interlock.console").joinpath("static", name).read_bytes()


@cache
def address_of(name: str) -> str:
    """Return where a file is served: another content, another address."""
    return f"/static/{hashlib.sha256(_content(name)).hexdigest()[:12]}/{name}"


def asset(ask: Ask) -> File:
    """Return a file; only those that are named here."""
    name = ask.path["name"]
    if name not in KINDS or address_of(name) != f"/static/{ask.path['digest']}/{name}":
        raise not_there("file")
    return File(body=_content(name), kind=KINDS[name], forever=True)


DOORS: Final = (
    Door(
        name="asset",
        method="GET",
        path="/static/{digest}/{name}",
        act=None,
        handle=asset,
        kind=Kind.OPEN,
        about="The look of the pages.",
    ),
)
