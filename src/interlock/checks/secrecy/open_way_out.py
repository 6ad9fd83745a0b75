"""SEC008: a system may be found anywhere, even where a cloud machine keeps its own credentials.

`outbound.networks` are the addresses besides public ones that a system's host may be found at. A
network that holds nearly everything, or the metadata service of a cloud, allows what the rule is
there to refuse: that a name which was bound anew leads our credentials inside.

Bad: ``outbound: {networks: [0.0.0.0/0]}``, ``[169.254.169.254]``

Good: ``outbound: {networks: [10.20.30.0/24]}``
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

_WIDEST: Final = {4: 8, 6: 32}
"""Version -> the shortest prefix of a network of somebody's own: 10.0.0.0/8, a provider's /32."""
_METADATA: Final = (
    IPv4Network("169.254.0.0/16"),
    IPv6Network("fe80::/10"),
    IPv6Network("fd00:ec2::254/128"),
)
"""Link-local addresses, and where Amazon's machines ask by IPv6."""


@check("SEC008", severity=Severity.ERROR, title="A way out that leads anywhere")
def open_way_out(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        for number, text in enumerate(system.spec.outbound.networks):
            why = _too_open(ip_network(text, strict=False))
            if why:
                yield Complaint(
                    subject=of(system, "outbound", "networks", str(number)),
                    what=f"`{system.name}` may be found in {text}: {why}",
                    hint="Declare the network that it really is in, such as 10.20.30.0/24.",
                    where=system.place_of("spec", "outbound", "networks"),
                )


def _too_open(network: IPv4Network | IPv6Network) -> str:
    if network.prefixlen < _WIDEST[network.version]:
        return "that is nearly everywhere"
    same = (each for each in _METADATA if each.version == network.version)
    if any(network.overlaps(each) for each in same):
        return "there a cloud keeps the credentials of this machine"
    return ""
