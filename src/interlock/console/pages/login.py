"""Coming in and going out."""

from typing import Final

from interlock.access import commands
from interlock.access.session import new_secret, same
from interlock.console.door import Ask, Door, Goto, Kind, Page, RefusalError, form
from interlock.intake.api.problems import Problem

_WRONG: Final = 403


def local(path: str) -> str:
    """Return a path of this console to go to; the first page for everything else."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine and "\\" not in path else "/"


def login(ask: Ask) -> Page | Goto:
    """Show the log-in; what its form must bring along is in a cookie of this browser."""
    door = ask.cookie or new_secret()
    values = {"door": door, "next": local(ask.text("next")), "wrong": False, "name": ""}
    if not ask.cookie:
        return Goto(path=ask.url, cookies={"door": door})
    return Page(template="login.html", values=values)


def enter(ask: Ask) -> Page | Goto:
    """Let somebody in, with a session that is new whatever the browser had before."""
    if not ask.cookie or not same(ask.cookie, ask.given("door")):
        raise RefusalError(
            Problem(
                name="forged",
                status=403,
                title="This did not come from the log-in of this console",
                detail="Open the log-in again; cookies must be allowed for this address.",
            )
        )
    name, after = ask.given("name"), local(ask.given("next"))
    secret = commands.log_in(ask.desk.access, name, ask.given("password"))
    if secret is None:
        values = {"door": ask.cookie, "next": after, "wrong": True, "name": name[:64]}
        return Page(template="login.html", values=values, status=_WRONG)
    return Goto(path=after, cookies={"session": secret, "door": None})


def leave(ask: Ask) -> Goto:
    """End the session."""
    if ask.viewer.session is not None:
        commands.log_out(ask.desk.access, ask.viewer.session)
    return Goto(path="/login", cookies={"session": None})


DOORS: Final = (
    Door(
        name="login",
        method="GET",
        path="/login",
        act=None,
        handle=login,
        kind=Kind.OPEN,
        about="The log-in.",
    ),
    Door(
        name="enter",
        method="POST",
        path="/login",
        act=None,
        handle=enter,
        kind=Kind.OPEN,
        about="Log in.",
    ),
    form("leave", "/logout", leave, "Log out.", act=None),
)
