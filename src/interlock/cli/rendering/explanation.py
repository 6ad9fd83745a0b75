"""Answers of `explain`: as sentences with places, and as JSON."""

import json
from collections.abc import Iterator
from typing import Final

from interlock.checks.durations import spoken
from interlock.checks.lineage.explanation import Asked, Owner, Start
from interlock.cli.rendering.excerpt import Sources
from interlock.estate.authority import Ruling
from interlock.estate.latency import Latency, LatencyClass


def owner_text(asked: Asked, owner: Owner, sources: Sources) -> str:
    """Return who owns a field, for people."""
    return "\n".join(_owner(asked, owner, sources)) + "\n"


def _owner(asked: Asked, owner: Owner, sources: Sources) -> Iterator[str]:
    named = f"{asked.entity}.{asked.field}"
    ruling = owner.ruling
    head = ruling.system or f"not decided, one of {', '.join(sorted(ruling.candidates))}"
    yield f"{named} as of {asked.at:%Y-%m-%d}: {head}"
    yield f"  {ruling.because} ({sources.position(ruling.place)})"
    for name, each in owner.by_legal_entity:
        yield f"  for legal entity {name}: {each.system or ', '.join(sorted(each.candidates))}"
    for system, path, place in owner.held_in:
        yield f"  in {system} it is `{path}` ({sources.position(place)})"
    for one in owner.written:
        whence = ", ".join(one.sources) or "a constant"
        by = f"{one.integration}/{one.step}"
        yield f"  {by} writes it into {one.system}: {whence} ({sources.position(one.place)})"


def owner_json(asked: Asked, owner: Owner, sources: Sources) -> str:
    """Return who owns a field, for programs."""
    content = {
        "entity": asked.entity,
        "field": asked.field,
        "asOf": asked.at.isoformat(),
        "legalEntity": asked.legal_entity,
        **_ruling(owner.ruling, sources),
        "byLegalEntity": {name: _ruling(each, sources) for name, each in owner.by_legal_entity},
        "heldIn": [
            {"system": system, "path": path, "place": sources.position(place)}
            for system, path, place in owner.held_in
        ],
        "writtenBy": [
            {
                "integration": one.integration,
                "step": one.step,
                "system": one.system,
                "sources": list(one.sources),
                "place": sources.position(one.place),
            }
            for one in owner.written
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _ruling(ruling: Ruling, sources: Sources) -> dict[str, object]:
    return {
        "system": ruling.system,
        "candidates": sorted(ruling.candidates),
        "because": ruling.because,
        "place": sources.position(ruling.place),
    }


def trigger_text(entity: str, starts: tuple[Start, ...], sources: Sources) -> str:
    """Return what makes and moves records of an entity, for people."""
    if not starts:
        return f"nothing makes or moves a {entity}\n"
    return "\n".join(line for start in starts for line in _start(start, entity, sources)) + "\n"


def _start(start: Start, entity: str, sources: Sources) -> Iterator[str]:
    trigger = start.trigger
    when = f" when {trigger.when.text}" if trigger.when else ""
    place = sources.position(trigger.place)
    yield f"{trigger.entity} in {trigger.system}{when} starts {start.integration} ({place})"
    for step in start.steps:
        place = sources.position(step.place)
        yield f"  {step.id}: {step.operation} writes the {entity} into {step.system} ({place})"


def trigger_json(entity: str, starts: tuple[Start, ...], sources: Sources) -> str:
    """Return what makes and moves records of an entity, for programs."""
    content = {
        "entity": entity,
        "starts": [
            {
                "integration": start.integration,
                "system": start.trigger.system,
                "entity": start.trigger.entity,
                "when": start.trigger.when.text if start.trigger.when else None,
                "place": sources.position(start.trigger.place),
                "steps": [
                    {
                        "step": step.id,
                        "system": step.system,
                        "operation": step.operation,
                        "place": sources.position(step.place),
                    }
                    for step in start.steps
                ],
            }
            for start in starts
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


_MEANS: Final = {
    LatencyClass.INTERACTIVE: "a caller may wait for the outcome",
    LatencyClass.DEFERRED: "a caller is answered at once (202), the outcome comes later",
    LatencyClass.BATCH: "it is done with many others, when it is their time",
}


def latency_text(integration: str, latency: Latency, sources: Sources) -> str:
    """Return whether somebody may wait, for people."""
    return "\n".join(_latency(integration, latency, sources)) + "\n"


def _latency(integration: str, latency: Latency, sources: Sources) -> Iterator[str]:
    yield f"{integration} is {latency.found}: {_MEANS[latency.found]}"
    for reason in latency.reasons:
        yield f"  {reason.what} ({sources.position(reason.place)})"
    if latency.tolerance is not None:
        yield f"  tolerated are {spoken(latency.tolerance)}"


def latency_json(integration: str, latency: Latency, sources: Sources) -> str:
    """Return whether somebody may wait, for programs."""
    tolerance = latency.tolerance
    content = {
        "integration": integration,
        "latency": latency.found.value,
        "reasons": [
            {
                "what": reason.what,
                "financial": reason.financial,
                "place": sources.position(reason.place),
            }
            for reason in latency.reasons
        ],
        "toleranceSeconds": None if tolerance is None else tolerance.total_seconds(),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
