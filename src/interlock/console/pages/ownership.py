"""Ownership: who may originate which field, where it is held, and why."""

from datetime import UTC, datetime
from typing import Final

from interlock.checks.lineage.explanation import Asked, who_owns
from interlock.console.door import Ask, Page, RefusalError, malformed, not_there, page
from interlock.foundation.errors import UsageError
from interlock.insight.ownership import matrix


def moment_of(ask: Ask) -> datetime:
    """Return as of when it is asked; now, if the address does not say.

    Raises:
        RefusalError: It is no date.
    """
    text = ask.text("as_of")
    if not text:
        return ask.now
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise RefusalError(malformed("`as_of` is a date such as 2027-01-31.")) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ownership(ask: Ask) -> Page:
    """Show the matrix of an entity."""
    estate, at = ask.desk.estate(), moment_of(ask)
    entities = sorted(estate.entities)
    name = ask.text("entity") or (entities[0] if entities else "")
    if name and name not in estate.entities:
        raise not_there("entity")
    values = {
        "entities": entities,
        "matrix": matrix(estate, name, at) if name else None,
        "at": at,
        "as_of": ask.text("as_of"),
    }
    return Page(template="ownership.html", values=values)


def asked_of(ask: Ask) -> Asked:
    """Return which field is asked about, and for which records."""
    return Asked(
        entity=ask.path["entity"],
        field=ask.path["field"],
        at=moment_of(ask),
        legal_entity=ask.text("legal_entity") or None,
    )


def field(ask: Ask) -> Page:
    """Explain who owns a field, and what carries it where."""
    asked = asked_of(ask)
    try:
        found = who_owns(ask.desk.inspection(), asked)
    except UsageError as error:
        raise not_there("field") from error
    estate = ask.desk.estate()
    values = {
        "asked": asked,
        "found": found,
        "legal_entities": sorted(estate.legal_entities),
        "as_of": ask.text("as_of"),
        "declared": estate.entities[asked.entity].spec.fields[asked.field],
    }
    return Page(template="field.html", values=values)


DOORS: Final = (
    page("ownership", "/ownership", ownership, "Who owns which field.", menu="Ownership"),
    page("field", "/ownership/{entity}/{field}", field, "Why a system owns a field."),
)
