"""What a run's history adds up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from interlock.connectors.port import Verdict
from interlock.estate.plan import Retry
from interlock.flow.core.effort import Effort
from interlock.flow.core.facts import (
    Answered,
    Arrived,
    Changed,
    Emitted,
    Ended,
    Fact,
    Failed,
    Handled,
    Intended,
    Opened,
    Proven,
    Started,
    TakingBack,
)
from interlock.foundation.altered import altered

CHANGE = "change"
"""The path of the question what to do about a change that came after the pivot."""

SKIPPED = object()
"""The result of a step that a person chose to skip."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a run stands. Built by `fold`; never stored."""

    retry: Retry
    started: Started | None = None
    efforts: Mapping[str, Effort] = field(default_factory=dict)
    results: Mapping[str, object] = field(default_factory=dict)
    """Path -> what the step came to."""
    refs: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """(entity, key, system) -> the vendor's id, as seen in this run."""
    begun: Mapping[str, Intended] = field(default_factory=dict)
    """Writes by path, in the order of their first intent: undone from the end."""
    opened: Mapping[str, datetime] = field(default_factory=dict)
    proofs: Mapping[str, Proven] = field(default_factory=dict)
    looked: Mapping[str, int] = field(default_factory=dict)
    """How often each proof was looked for in vain, since its count was reset."""
    failed: Failed | None = None
    change: Changed | None = None
    back: TakingBack | None = None
    accepted: frozenset[str] = frozenset()
    """Proofs that a person accepted."""
    answers: tuple[Answered, ...] = ()
    corrections: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Path -> canonical fields that a person corrected."""
    corrected_by: Mapping[str, str] = field(default_factory=dict)

    def effort(self, path: str) -> Effort:
        """Return what has been tried at `path`."""
        return self.efforts.get(path) or Effort()


def fold(progress: Progress, facts: Iterable[Fact]) -> Progress:
    """Return the progress after `facts`."""
    for fact in facts:
        progress = after(progress, fact)
    return progress


def after(progress: Progress, fact: Fact) -> Progress:
    """Return the progress after one more fact."""
    if isinstance(fact, Intended):
        return _intended(progress, fact)
    if isinstance(fact, Ended):
        return _ended(progress, fact)
    if isinstance(fact, Answered):
        return _answered(progress, fact)
    return _noted(progress, fact)


def _noted(progress: Progress, fact: Fact) -> Progress:  # noqa: C901, PLR0911 (one arm a fact)
    match fact:
        case Started():
            return altered(progress, started=fact)
        case Arrived():
            return altered(progress, results={**progress.results, fact.path: fact.value})
        case Emitted():
            return altered(progress, results={**progress.results, fact.path: None})
        case Opened():
            return altered(progress, opened={**progress.opened, fact.path: fact.at})
        case Proven():
            count = progress.looked.get(fact.path, 0) + (not fact.held)
            return altered(
                progress,
                proofs={**progress.proofs, fact.path: fact},
                looked={**progress.looked, fact.path: count},
            )
        case Failed():
            return altered(progress, failed=fact)
        case Changed():
            return _changed(progress, fact)
        case Handled():
            return _handled(progress, fact)
        case TakingBack():
            return altered(progress, back=fact, failed=None)
        case _:
            return progress


def _changed(progress: Progress, fact: Changed) -> Progress:
    """A change asks anew, whatever was decided about an earlier one."""
    results = {path: value for path, value in progress.results.items() if path != CHANGE}
    accepted = progress.accepted - {CHANGE}
    return altered(progress, change=fact, results=results, accepted=accepted)


def _handled(progress: Progress, fact: Handled) -> Progress:
    if fact.then == "retry":
        return _again(progress, fact.path)
    return altered(progress, failed=None, results={**progress.results, fact.path: SKIPPED})


def _intended(progress: Progress, fact: Intended) -> Progress:
    effort = progress.effort(fact.path)
    if fact.since is None:
        effort = effort.sending(fact.at)
    else:
        effort = effort.supposing(fact.since, fact.at, shows=fact.entity is not None)
    begun = progress.begun if fact.path in progress.begun else {**progress.begun, fact.path: fact}
    return altered(progress, begun=begun, efforts={**progress.efforts, fact.path: effort})


def _ended(progress: Progress, fact: Ended) -> Progress:
    effort = progress.effort(fact.path).ended(fact, progress.retry)
    efforts = {**progress.efforts, fact.path: effort}
    if fact.verdict is not Verdict.DONE:
        return altered(progress, efforts=efforts)
    refs = progress.refs
    if fact.entity is not None and fact.ref is not None:
        refs = {**refs, (fact.entity, fact.key, fact.system): fact.ref}
    results = {**progress.results, fact.path: fact.value}
    return altered(progress, efforts=efforts, refs=refs, results=results)


def _answered(progress: Progress, fact: Answered) -> Progress:
    path = progress.failed.path if progress.failed else ""
    answered = altered(progress, answers=(*progress.answers, fact))
    match fact.answer:
        case "retry" | "correct":
            return _again(_corrected(answered, fact, path), path)
        case "skip":
            return altered(answered, failed=None, results={**progress.results, path: SKIPPED})
        case "accept":
            return altered(answered, failed=None, accepted=progress.accepted | {path})
        case "compensate" | "deny":
            why = TakingBack(at=fact.at, why=f"{fact.answer} by {fact.by}: {fact.reason}")
            return altered(answered, failed=None, back=why)
        case "approve":
            return altered(answered, results={**progress.results, fact.path: fact.by})


def _corrected(progress: Progress, fact: Answered, path: str) -> Progress:
    if fact.answer != "correct" or not fact.correction:
        return progress
    known = progress.corrections.get(path, {})
    return altered(
        progress,
        corrections={**progress.corrections, path: {**known, **fact.correction}},
        corrected_by={**progress.corrected_by, path: fact.by},
    )


def _again(progress: Progress, path: str) -> Progress:
    """Try again. Nothing that is done is forgotten."""
    efforts = dict(progress.efforts)
    if path in efforts:
        efforts[path] = efforts[path].afresh()
    # What was read at the start may have been mended at its source: read it again, unless
    # something was written on the strength of it.
    results = dict(progress.results)
    if not progress.begun:
        results = {}
        efforts = {}
    return altered(
        progress,
        failed=None,
        efforts=efforts,
        results=results,
        opened={},
        looked={**progress.looked, path: 0},
    )
