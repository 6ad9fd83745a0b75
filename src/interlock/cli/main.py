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
    "openapi": "interlock.cli.openapi:openapi",
    "explain": "interlock.cli.explain:app",
    "schema": "interlock.cli.schema:schema",
    "connectors": "interlock.cli.connectors:connectors",
    "asyncapi": "interlock.cli.asyncapi:asyncapi",
    "apply": "interlock.cli.apply:apply",
    "changes": "interlock.cli.changes:changes",
    "worker": "interlock.cli.worker:worker",
    "console": "interlock.cli.console:app",
    "sync": "interlock.cli.sync:sync",
    "doctor": "interlock.cli.doctor:doctor",
    "status": "interlock.cli.status:status",
    "trace": "interlock.cli.trace:trace",
    "view": "interlock.cli.view:view",
    "reconcile": "interlock.cli.reconcile:reconcile",
    "breaks": "interlock.cli.breaks:app",
    "tie-out": "interlock.cli.tie_out:app",
    "product": "interlock.cli.product:app",
    "cases": "interlock.cli.cases:app",
    "calls": "interlock.cli.calls:app",
    "replay": "interlock.cli.replay:replay",
    "events": "interlock.cli.events:app",
    "account": "interlock.cli.account:app",
    "audit": "interlock.cli.audit:app",
    "restored": "interlock.cli.restored:app",
    "verify": "interlock.cli.verify:verify",
    "simulate": "interlock.cli.simulate:simulate",
    "matrix": "interlock.cli.matrix:matrix",
    "demo": "interlock.cli.demo:demo",
    "sandbox": "interlock.cli.sandbox:sandbox",
}
"""Command -> where it is, in the order of a project: declare, run, look after, try out."""

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
    app.command(_target, name=_name, sort_key=list(COMMANDS).index(_name))


def run(arguments: Sequence[str] | None = None) -> None:
    """Run one command; the only place that turns errors into exit codes."""
    if set(sys.argv[1:] if arguments is None else arguments) <= {"--help", "-h"}:
        # The list of commands says what each is for, which only its own file knows.
        for name in COMMANDS:
            app[name]
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
