"""``python -m interlock.console``: the process that `interlock console` becomes."""

import argparse
import json
import sys
from pathlib import Path

from interlock.console.serving import listening_of, serve
from interlock.foundation.errors import InterlockError, UsageError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="interlock console")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--listen", default="127.0.0.1:8321")
    parser.add_argument("--address", default="")
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> int:
    """Serve until told to stop."""
    said = _arguments()

    def ready(address: str) -> None:
        told = json.dumps({"state": "ready", "address": address})
        sys.stdout.write((told if said.json else f"the console is at {address}") + "\n")
        sys.stdout.flush()

    try:
        files = (said.certificate, said.key) if said.certificate and said.key else None
        serve(said.home, listening_of(said.listen, said.address, files), ready)
    except InterlockError as error:
        sys.stderr.write(f"interlock: {error}\n")
        return 3 if isinstance(error, UsageError) else 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
