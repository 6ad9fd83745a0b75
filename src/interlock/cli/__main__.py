"""``python -m interlock.cli``: the command without its script."""

from interlock.cli.main import run

run()
