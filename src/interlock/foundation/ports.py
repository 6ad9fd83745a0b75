"""A port to listen on, for whoever has to name it before somebody listens there."""

import random
import socket
from pathlib import Path
from typing import Final

from interlock.foundation.errors import UnavailableError

FIRST: Final = 10_000
"""Below it well-known services are at home."""
USUAL_RANGE: Final = 32_768
"""From where on most systems choose ports themselves."""
ATTEMPTS: Final = 100
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """Return a port of loopback that nobody listens on and the system gives to nobody unasked.

    A port of the system's own choice, once it is closed again, may be given to anybody else's
    connection before it is listened on, or while a worker that listens there is started again.

    Raises:
        UnavailableError: None was found.
    """
    draw = random.SystemRandom()
    end = _chosen_by_the_system()
    for _ in range(ATTEMPTS):
        port = draw.randrange(FIRST, end)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise UnavailableError(
        f"no port between {FIRST} and {end} is free", hint="See what listens there."
    )


def _chosen_by_the_system() -> int:
    """Return the first port that the system may choose by itself."""
    try:
        first = int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return USUAL_RANGE
    return first if first > 2 * FIRST else USUAL_RANGE
