"""The nouns of the console: a door, what is asked at it, who asks, and what is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from interlock.access import Act, Grant, Scope
from interlock.access import may as granted
from interlock.access.session import Session
from interlock.console.desk import Desk
from interlock.intake.api.problems import Problem


class Kind(StrEnum):
    """Who comes through a door, and how what goes wrong is told."""

    OPEN = "open"
    """Anybody: the log-in, health, the look of the pages."""
    PAGE = "page"
    """A person with a browser."""
    API = "api"
    """A program with a token, or a person's browser."""


class RefusalError(Exception):
    """What is asked is not done; the problem says why and what to do."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks, and what was granted."""

    name: str
    grants: tuple[Grant, ...]
    acts: frozenset[Act] = frozenset(Act)
    """What a token is limited to; of a person everything."""
    session: Session | None = None

    def may(self, act: Act, scope: Scope | None = None) -> bool:
        """Tell whether this may be done on that; without a scope, on anything at all."""
        return act in self.acts and granted(self.grants, act, scope)

    def sees(self, scope: Scope) -> bool:
        """Tell whether it may be looked at."""
        return self.may(Act.SEE, scope)

    def reaches(self, act: Act, domain: str) -> bool:
        """Tell whether this may be done in a domain, for one legal entity at least."""
        return act in self.acts and any(
            granted((grant,), act, Scope(grant.legal_entity, domain)) for grant in self.grants
        )

    @property
    def csrf(self) -> str:
        """Return what a form must bring along."""
        return "" if self.session is None else self.session.csrf


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request that came through a door: everything checked that does not depend on it."""

    desk: Desk
    viewer: Viewer
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)
    """Of an API call: JSON that fits the door's schema."""
    url: str = ""
    """Path and query, as they were asked for."""
    cookie: str = ""
    """Of the log-in page."""
    origin: str = ""

    @property
    def now(self) -> datetime:
        """Return the present moment."""
        return self.desk.store.clock.now()

    def text(self, name: str) -> str:
        """Return what the address says under `name`, once; empty when it says nothing."""
        return _single(self.query, name)

    def with_query(self, **words: str) -> str:
        """Return this address with some words changed: for the next page, another form."""
        kept = {name: list(values) for name, values in self.query.items()}
        kept.update({name: [value] for name, value in words.items()})
        return f"{self.url.partition('?')[0]}?{urlencode(kept, doseq=True)}"

    def given(self, name: str) -> str:
        """Return what the form says under `name`, once; empty when it says nothing."""
        return _single(self.form, name)


LONGEST_VALUE: Final = 4_000


def _single(values: Mapping[str, Sequence[str]], name: str) -> str:
    found = values.get(name, ())
    if len(found) > 1:
        # Two readers would read two things (parameter pollution).
        raise RefusalError(malformed(f"`{name}` stands twice."))
    if found and len(found[0]) > LONGEST_VALUE:
        raise RefusalError(malformed(f"`{name}` is too long."))
    return found[0].strip() if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the console."""

    template: str
    values: Mapping[str, object]
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Goto:
    """Look there: what comes after every change that a form made."""

    path: str
    cookies: Mapping[str, str | None] = field(default_factory=dict)
    """Name of the house -> value; ``None`` takes it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Json:
    """What a program is answered; `value` as the house has it."""

    value: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something to keep."""

    body: bytes
    kind: str
    name: str = ""
    """Under which name; empty: it is shown."""
    forever: bool = False
    """Its address changes when it does."""


Answer = Page | Goto | Json | File


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A word of the address, for the description."""

    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One method at one address: everything about it that others must know."""

    name: str
    method: str
    path: str
    act: Act | None
    """What must be granted, at least somewhere; ``None``: it is open."""
    handle: Callable[[Ask], Answer]
    kind: Kind
    about: str
    menu: str = ""
    """What it is called in the menu; empty: it is not there."""
    parameters: tuple[Parameter, ...] = ()
    schema: Mapping[str, object] | None = None
    """JSON Schema of the body of an API call."""
    status: int = 200
    """Of the answer, when all is well."""

    @property
    def mutating(self) -> bool:
        """Tell whether it changes something."""
        return self.method not in {"GET", "HEAD"}


def page(
    name: str,
    path: str,
    handle: Callable[[Ask], Answer],
    about: str,
    *,
    menu: str = "",
    act: Act = Act.SEE,
) -> Door:
    """Return the door of a page."""
    return Door(
        name=name,
        method="GET",
        path=path,
        act=act,
        handle=handle,
        kind=Kind.PAGE,
        about=about,
        menu=menu,
    )


def form(
    name: str, path: str, handle: Callable[[Ask], Answer], about: str, *, act: Act | None
) -> Door:
    """Return the door that a form of a page goes to."""
    return Door(
        name=name, method="POST", path=path, act=act, handle=handle, kind=Kind.PAGE, about=about
    )


def malformed(detail: str) -> Problem:
    """Return the problem of a request that makes no sense."""
    return Problem(
        name="malformed", status=400, title="This request makes no sense", detail=detail
    )


def not_there(what: str = "") -> RefusalError:
    """Return the refusal that says nothing of whether there is such a thing for others."""
    return RefusalError(
        Problem(
            name="not-found",
            status=404,
            title=f"There is no such {what or 'page'}, or not for you",
            detail="What you may see depends on your roles; ask an administrator if it should.",
        )
    )


def forbidden(act: Act) -> RefusalError:
    """Return the refusal of what was not granted."""
    return RefusalError(
        Problem(
            name="forbidden",
            status=403,
            title=f"You may not {act} here",
            detail="Ask an administrator for a role that may, for this legal entity and domain.",
        )
    )
