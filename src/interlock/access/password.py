"""Passwords of local accounts: Argon2id (RFC 9106), and nothing that can be read back."""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from interlock.foundation.errors import UsageError

SHORTEST: Final = 12
"""Characters. NIST SP 800-63B: length, and no rules about signs."""
LONGEST: Final = 512
"""A hash of a megabyte is work that a stranger would let us do."""
AT_ONCE: Final = 2
"""Passwords worked on at the same time: each takes 64 MiB, and strangers may send many."""


@dataclass(frozen=True)
class Passwords:
    """Hashes and verifies; what it costs is said in the hash itself."""

    passes: int = 3
    memory: int = 65_536
    """KiB. RFC 9106, the second recommended choice."""

    @cached_property
    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.passes, memory_cost=self.memory, parallelism=4)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("the password of nobody")

    @cached_property
    def _turns(self) -> threading.BoundedSemaphore:
        return threading.BoundedSemaphore(AT_ONCE)

    def hashed(self, password: str) -> str:
        """Return the hash of a new password.

        Raises:
            UsageError: It is too short, or absurdly long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise UsageError(
                f"a password has {SHORTEST} to {LONGEST} characters",
                hint="A few words that have nothing to do with each other are easy to keep.",
            )
        return self._hasher.hash(password)

    def fits(self, kept: str | None, given: str) -> bool:
        """Tell whether `given` is the password; without one it takes as long to say no."""
        if len(given) > LONGEST:
            return False
        try:
            with self._turns:
                self._hasher.verify(kept or self._nobody, given)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None
