"""``interlock explain``: who owns a value, what starts a record, why a check asks (R5).

The answers come from the function and the plans that decide at run time, not from a document.
Exit codes: 0 answered, 2 it depends on what was not given, 3 wrong use.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cyclopts import App

from interlock.checks.lineage.explanation import Asked, what_starts, who_owns
from interlock.checks.report import Rule
from interlock.cli.estate_at import Opened, open_estate
from interlock.cli.rendering.explanation import (
    latency_json,
    latency_text,
    owner_json,
    owner_text,
    trigger_json,
    trigger_text,
)
from interlock.cli.terminal import Json, print_json, print_table, written
from interlock.foundation.errors import UsageError

_COLUMNS: Final = ("code", "severity", "title")
UNKNOWN: Final = 2
"""The exit code of an answer that is not certain."""
app = App(name="explain", help="Who owns a value, what starts a record, why a check asks.")


@app.command
def owner(
    field: str,
    directory: Path = Path(),
    *,
    as_of: str | None = None,
    legal_entity: str | None = None,
    json: Json = False,
) -> int:
    """Say which system may originate FIELD, why, and what carries it where.

    Example: ``interlock explain owner customer.payment_hold --legal-entity de``

    Args:
        field: ``ENTITY.FIELD``
        directory: The folder of the estate.
        as_of: A date or moment (ISO 8601); now if it is not given.
        legal_entity: For records of this legal entity.
        json: One JSON object instead of sentences.
    """
    opened = open_estate(directory)
    entity, _, name = field.partition(".")
    if not name:
        raise UsageError(f"`{field}` is not a field", hint="Write ENTITY.FIELD.")
    at = _moment(as_of) if as_of else opened.inspection.now
    asked = Asked(entity=entity, field=name, at=at, legal_entity=legal_entity)
    found = who_owns(opened.inspection, asked)
    shown = owner_json if json else owner_text
    sys.stdout.write(shown(asked, found, opened.sources))
    return _answered(opened) if found.ruling.certain else UNKNOWN


@app.command
def trigger(entity: str, directory: Path = Path(), *, json: Json = False) -> int:
    """Say which event makes, changes or carries records of ENTITY, and by which step.

    Example: ``interlock explain trigger invoice``

    Args:
        entity: The entity.
        directory: The folder of the estate.
        json: One JSON object instead of sentences.
    """
    opened = open_estate(directory)
    found = what_starts(opened.inspection, entity)
    shown = trigger_json if json else trigger_text
    sys.stdout.write(shown(entity, found, opened.sources))
    return _answered(opened)


@app.command
def latency(integration: str, directory: Path = Path(), *, json: Json = False) -> int:
    """Say whether somebody may wait for INTEGRATION, and which steps forbid it.

    Example: ``interlock explain latency quote-to-cash``

    Args:
        integration: The integration.
        directory: The folder of the estate.
        json: One JSON object instead of sentences.
    """
    from interlock.checks.lineage.explanation import plan_of
    from interlock.estate.latency import latency_of

    opened = open_estate(directory)
    estate = opened.inspection.estate
    found = latency_of(estate, plan_of(estate, integration))
    shown = latency_json if json else latency_text
    sys.stdout.write(shown(integration, found, opened.sources))
    return _answered(opened)


@app.command
def checks(*, markdown: bool = False, out: Path | None = None, json: Json = False) -> int:
    """List every check: its code, how much it weighs and what it finds.

    Example: ``interlock explain checks``

    Args:
        markdown: The whole catalogue, with what to do, as a page.
        out: With --markdown: write it into this file instead.
        json: One JSON object instead of a table.
    """
    from interlock.checks.catalogue import CHECKS
    from interlock.cli.rendering.catalogue import page

    if markdown:
        return written(page(CHECKS), out)
    if json:
        listed = [(one.code, one.severity.value, one.title) for one in CHECKS]
        print_json({"checks": [dict(zip(_COLUMNS, each, strict=True)) for each in sorted(listed)]})
    else:
        rows = sorted((one.code, one.severity.value, one.title) for one in CHECKS)
        print_table(f"{len(rows)} checks", _COLUMNS, rows)
        print("interlock explain check CODE says why, and what bad and good look like")
    return 0


@app.command
def check(code: str, *, json: Json = False) -> int:
    """Say what the check CODE asks, why it matters, and what bad and good look like.

    Example: ``interlock explain check AUT001``

    Args:
        code: As `interlock check` shows it.
        json: One JSON object instead of text.
    """
    from interlock.checks.inspector import every_rule
    from interlock.expression.errors import did_you_mean

    known = every_rule()
    found = known.get(code.upper())
    if found is None:
        what = f"there is no check `{code}`{did_you_mean(code.upper(), known)}"
        raise UsageError(what, hint="`interlock explain checks` lists them.")
    if json:
        said = {"severity": found.severity.value, "title": found.title}
        print_json({"code": found.code, **said, "documentation": found.documentation})
    else:
        print(f"{found.severity.value}: {_headed(found)}")
    return 0


def _headed(rule: Rule) -> str:
    """Return what a rule says; those of a check's own file begin with its code already."""
    told = rule.documentation
    return told if told.startswith(rule.code) else f"{rule.code}: {rule.title}\n\n{told}"


def _answered(opened: Opened) -> int:
    """Return 0; or 2 when parts of the estate were not understood: the answer may lack them."""
    if not opened.problems:
        return 0
    said = f"{len(opened.problems)} problems kept parts of the estate from being understood"
    sys.stderr.write(f"{said}; `interlock check` shows them\n")
    return UNKNOWN


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "Write it like 2027-01-31 or 2027-01-31T22:00:00Z."
        raise UsageError(f"`{text}` is not a date", hint=hint) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
