"""Serve localstripe on a port of loopback, with nothing kept on disk.

Runs inside the counterparty's own environment, as a process of its own: localstripe is GPL-3, and
no line of the product imports it. Its own command listens on every address and keeps what it
knows in a file for ever. Usage: ``run_localstripe.py PORT``.
"""

import sys

from aiohttp import web  # type: ignore[import-not-found]  # not in this environment
from localstripe.resources import store  # type: ignore[import-not-found]  # as above
from localstripe.server import app  # type: ignore[import-not-found]  # as above

if __name__ == "__main__":
    store.dump_to_disk = lambda: None
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
