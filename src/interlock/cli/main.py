"""Registers the commands; each is imported only when it is asked for."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from interlock import __version__
from interlock.foundation.errors import InterlockError, UsageError

FINE, FINDINGS, UNKNOWN, WRONG_USE = 0, 1, 2, 3

COMMANDS = {
    "init": "interlock.cli.init:init",
    "check": "interlock.cli.check:check",
    "schema": "interlock.cli.schema:schema",
    "asyncapi": "interlock.cli.asyncapi:asyncapi",
    "explain": "interlock.cli.explain:app",
    "apply": "interlock.cli.apply:apply",
    "demo": "interlock.cli.demo:demo",
    "sandbox": "interlock.cli.sandbox:sandbox",
    "worker": "interlock.cli.worker:worker",
    "status": "interlock.cli.status:status",
    "trace": "interlock.cli.trace:trace",
    "cases": "interlock.cli.cases:app",
    "events": "interlock.cli.events:app",
    "replay": "interlock.cli.replay:replay",
    "audit": "interlock.cli.audit:app",
}
"""Command -> where it is."""

app = App(
    name="interlock",
    version=__version__,
    help=(
        "Check, enforce and prove the connections between ERP, CRM and billing.\n\n"
        "Exit codes: 0 fine, 1 findings, 2 could not tell, 3 wrong use.\n\n"
        "Example: interlock demo"
    ),
)
for _name, _target in COMMANDS.items():
    app.command(_target, name=_name)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run one command; the only place that turns errors into exit codes."""
    try:
        result = app(arguments, exit_on_error=False, print_error=True)
    except InterlockError as error:
        print(f"interlock: {error}", file=sys.stderr)
        sys.exit(WRONG_USE if isinstance(error, UsageError) else UNKNOWN)
    except CycloptsError:
        # It has said what was wrong with the arguments.
        sys.exit(WRONG_USE)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read us has read enough: `interlock trace X | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FINE)
    sys.exit(result if isinstance(result, int) else FINE)
