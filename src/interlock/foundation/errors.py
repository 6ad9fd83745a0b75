"""Errors, grouped by what the reader can do about them.

* InterlockError
  - DeclarationError   a declared file is wrong      -> a person edits the file
  - UsageError         the command was misused       -> a person types another one
  - UnavailableError   the world is busy or away     -> wait and try again
  - RefusedError       the rules said no             -> a person decides
  - InvariantError     we are wrong                  -> crash loudly
"""

from interlock.foundation.place import Place


class InterlockError(Exception):
    """Something that a person should read: what happened, where, and what to do next."""

    def __init__(self, what: str, *, hint: str = "", where: Place | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  hint: {self.hint}" if self.hint else head


class DeclarationError(InterlockError):
    """A declared file is wrong; a person edits the file."""


class UsageError(InterlockError):
    """The command or function was misused; a person calls it differently."""


class UnavailableError(InterlockError):
    """Something needed is busy or away; waiting may heal it."""


class RefusedError(InterlockError):
    """A rule of the estate forbids it; a person decides."""


class InvariantError(InterlockError):
    """Our own promise is broken; nothing may go on as if it held."""
