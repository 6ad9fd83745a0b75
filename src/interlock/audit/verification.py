"""Was the record touched? Finds every changed, removed, added, reordered or cut-off entry.

Four independent memories are compared: each entry's own hash and its predecessor's; the heads
that are kept of the streams; the Merkle seals over the order of all streams; and the witness
file outside the database. Each finding names the stream and the position, or the seal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from interlock.audit.chain import GENESIS, Head
from interlock.audit.finding import Fault, Report
from interlock.audit.notes import Verifier
from interlock.audit.verify_seals import Seals
from interlock.audit.verify_streams import Streams
from interlock.audit.witness import Witness
from interlock.foundation.database import Database


def verify(
    database: Database,
    expected_heads: Mapping[str, Head],
    *,
    verifier: Verifier | None = None,
    witness: Witness | None = None,
) -> Report:
    """Return what the four memories say about the record.

    `expected_heads` are read before this is called: what is appended meanwhile shows as `ADDED`
    and is taken back by `without_new_entries`.
    """
    streams = Streams(database, expected_heads)
    seals = Seals(database, verifier, witness)
    findings = (*streams.findings(), *seals.findings())
    return Report(
        entries=streams.entries,
        streams=streams.streams,
        sealed=seals.sealed,
        seals=seals.seals,
        witnessed=seals.witnessed,
        findings=findings,
        unknown=tuple(_unknown(seals, verifier, witness)),
        restorations=tuple(seals.restorations),
    )


def without_new_entries(report: Report, heads_now: Mapping[str, Head]) -> Report:
    """Return `report` without what only looked added because its run went on meanwhile."""

    def grew(where: str, stream: str) -> bool:
        position = int(where.rpartition("#")[2])
        return heads_now.get(stream, GENESIS).position >= position

    kept = tuple(
        finding
        for finding in report.findings
        if finding.fault is not Fault.ADDED or not grew(finding.where, finding.stream)
    )
    return replace(report, findings=kept)


def _unknown(seals: Seals, verifier: Verifier | None, witness: Witness | None) -> Iterator[str]:
    if not seals.seals and not seals.witnessed:
        yield "nothing is sealed yet: whoever can rewrite the whole database leaves no trace"
        return
    if verifier is None:
        yield "the seals' signatures: name the trail's public key"
    if witness is None or not seals.witnessed:
        yield "the seals' memory outside the database: name the witness file"
