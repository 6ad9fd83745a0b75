"""Asks a vendor's cheapest authenticated reads, and tells a no from not knowing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from interlock.connectors.checkup import Checkup, Held, Permission, Quota
from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict

NOBODY: Final = "interlock-doctor-asks-for-nobody"
"""A reference that no record has."""


def _told_nothing(_: Answer) -> Sequence[Quota]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One read, and what its answer proves."""

    what: str
    """The permission that it needs, for people."""
    call: Call
    grant: str
    """What to give whom where it is refused."""
    quotas: Callable[[Answer], Sequence[Quota]] = _told_nothing
    granted: Callable[[Answer], bool] = lambda _: True
    """For vendors that say no in an answer of success (F9)."""
    refusals: frozenset[str] = frozenset()
    """Codes that mean no here besides those that the vendor's table calls ``auth``."""
    optional: bool = False
    """Only asked for its quotas: a no is no lack."""
    writes: bool = False
    """Whether its answer tells that we may change something."""


def examined(channel: Channel, probes: Iterable[Probe]) -> Checkup:
    """Return what the vendor says to `probes`; a refused login is not tried again and again."""
    permissions: list[Permission] = []
    quotas: list[Quota] = []
    for probe in probes:
        permission, found, locked_out = _asked(channel, probe)
        permission = replace(permission, writes=probe.writes)
        quotas += found
        if permission.held is Held.YES or not probe.optional or locked_out:
            permissions.append(permission)
        if locked_out:
            break
    return Checkup(permissions=permissions, quotas=quotas)


def _asked(channel: Channel, probe: Probe) -> tuple[Permission, Sequence[Quota], bool]:
    try:
        answer = channel.ask(probe.call)
        held = Held.YES if probe.granted(answer) else Held.NO
        quotas = probe.quotas(answer)
    except CallFailed as failure:
        permission = refused(probe.what, probe.grant, failure.outcome, probe.refusals)
        outcome = failure.outcome
        locked_out = outcome.kind is Kind.AUTH and outcome.verdict is Verdict.BLOCKED
        return permission, (), locked_out
    grant = "" if held is Held.YES else probe.grant
    return Permission(what=probe.what, held=held, grant=grant), quotas, False


def refused(
    what: str, grant: str, outcome: Outcome, refusals: frozenset[str] = frozenset()
) -> Permission:
    """Return what a failed question means: a no, or that nobody knows."""
    no = outcome.kind is Kind.AUTH or outcome.code in refusals
    said = " ".join(filter(None, (outcome.code or str(outcome.kind), outcome.message)))
    held = Held.NO if no else Held.UNKNOWN
    return Permission(what=what, held=held, said=said, grant=grant if no else "")


def asked_for_nobody(what: str, grant: str, ask: Callable[[], object]) -> Permission:
    """Return what it means to `ask` for something that is not there: no failure is a yes."""
    try:
        ask()
    except CallFailed as failure:
        return refused(what, grant, failure.outcome)
    return Permission(what=what, held=Held.YES)
