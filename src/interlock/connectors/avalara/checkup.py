"""What we ask AvaTax: whether it knows us. It tells no quota."""

from collections.abc import Iterator

from interlock.connectors.kit.checkup import Probe
from interlock.connectors.kit.exchange import Answer, Call, Intent


def probes() -> Iterator[Probe]:
    """Return what to ask: a ping answers 200 to strangers too, and says so in its body."""
    yield Probe(
        what="log in",
        call=Call(intent=Intent.READ, method="GET", path="/api/v2/utilities/ping"),
        grant="Check account id and licence key; a reset of the key ends the old one at once.",
        granted=_known,
    )


def _known(answer: Answer) -> bool:
    found = answer.mapping().get("authenticated")
    if not isinstance(found, bool):
        raise answer.malformed("it does not say whether we are known")
    return found
