"""The exchange itself: a write, or a look-up by the vendor's id or by our reference."""

from dataclasses import replace

from interlock.connectors.port import CallFailed, Connector, Kind, Outcome, Record, Verdict
from interlock.gate.effect import Mode
from interlock.gate.permit import Permit


def exchanged(connector: Connector, permit: Permit, traceparent: str) -> Outcome:
    """Do the one exchange that `permit` allows. Never raises for a vendor's behaviour."""
    if permit.request is not None:
        return connector.write(replace(permit.request, traceparent=traceparent))
    try:
        return looked_at(connector, permit)
    except CallFailed as failed:
        return failed.outcome


def looked_at(connector: Connector, permit: Permit) -> Outcome:
    """Do the one look that `permit` allows; what surely is not there is rejected, not found.

    Raises:
        CallFailed: It could not be found out.
    """
    record = _looked_up(connector, permit)
    if record is None:
        return Outcome(
            verdict=Verdict.REJECTED,
            kind=Kind.NOT_FOUND,
            message=f"no {permit.obj} `{permit.effect.key}` in `{permit.effect.system}`",
        )
    return Outcome(verdict=Verdict.DONE, record=record, existing=True)


def _looked_up(connector: Connector, permit: Permit) -> Record | None:
    effect = permit.effect
    if effect.ref is not None and effect.mode is Mode.READ:
        return connector.read(permit.obj, effect.ref)
    if permit.key_field is None:
        outcome = Outcome(
            verdict=Verdict.UNCERTAIN,
            kind=Kind.NOT_FOUND,
            message=f"nothing says how to look up a {permit.obj} in `{effect.system}`",
        )
        raise CallFailed(outcome)
    return connector.find(permit.obj, permit.key_field, effect.key)
