"""Answers as HTTP has them; templates escape everything that they are given."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from interlock.access import Act
from interlock.console.assets import address_of
from interlock.console.door import Ask, Door, File, Goto, Json, Page
from interlock.console.guard import cookie_name
from interlock.foundation.clock import iso
from interlock.foundation.plain import plain
from interlock.intake.api.problems import MEDIA_TYPE, Problem

_TICKED: Final = re.compile(r"`([^`]{1,200})`")
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


@cache
def environment() -> Environment:
    """Return the templates: escaped always, and a word that is not there is an error."""
    env = Environment(
        loader=PackageLoader("interlock.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(moment=moment, ago=ago, iso=iso, amount=amount, words=words, ticked=ticked)
    env.globals.update(asset=address_of, Act=Act)
    return env


def moment(at: datetime | None) -> str:
    """Return a moment for people: UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago a moment was, or how soon it will be, in one unit."""
    span = abs(now - at)
    if span >= 2 * _DAY:
        said = f"{span // _DAY} days"
    elif span >= 2 * _HOUR:
        said = f"{span // _HOUR} hours"
    else:
        said = f"{span // timedelta(minutes=1)} min"
    return f"{said} ago" if at <= now else f"in {said}"


def amount(value: Decimal) -> str:
    """Return an amount with thousands apart; every digit that it has stays."""
    return f"{value:,f}"


def words(name: str) -> str:
    """Return a word of ours as people write it."""
    return name.replace("-", " ").replace("_", " ")


def ticked(text: str) -> Markup:
    """Return a sentence of ours with what stands in backticks as code; all of it escaped."""
    return Markup(_TICKED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


def response_of(ask: Ask, door: Door, found: Page | Goto | Json | File) -> Response:
    """Return an answer as it goes out."""
    match found:
        case Page():
            return Response(shown(ask, door, found), found.status, media_type="text/html")
        case Goto():
            response = Response(status_code=303, headers={"location": found.path})
            for name, value in found.cookies.items():
                _cookie(ask, response, name, value)
            return response
        case File():
            named = {"content-disposition": f'attachment; filename="{found.name}"'}
            return Response(found.body, headers=named if found.name else {}, media_type=found.kind)
        case Json():
            return Response(
                json.dumps(plain(found.value), ensure_ascii=False),
                found.status,
                dict(found.headers),
                "application/json",
            )


def _cookie(ask: Ask, response: Response, name: str, value: str | None) -> None:
    called = cookie_name(ask.desk, name)
    secure = ask.desk.secure
    if value is None:
        response.delete_cookie(called, path="/", secure=secure, httponly=True, samesite="lax")
    else:
        response.set_cookie(called, value, path="/", secure=secure, httponly=True, samesite="lax")


def shown(ask: Ask, door: Door, page: Page) -> str:
    """Return a page as HTML."""
    from interlock.console.catalogue import menu_of

    values: Mapping[str, object] = {
        "ask": ask,
        "viewer": ask.viewer,
        "now": ask.now,
        "here": door,
        "menu": menu_of(ask.viewer),
        **page.values,
    }
    return environment().get_template(page.template).render(values)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as programs read it (RFC 9457)."""
    return Response(
        json.dumps(problem.document(), ensure_ascii=False),
        problem.status,
        dict(headers or {}),
        MEDIA_TYPE,
    )
