"""REL001: the estate is to change while a system is frozen.

Around a vendor's release or a cutover nothing else may change, or nobody will know what broke it.

Bad: a check on a pull request on 2027-03-06, with a release window of that day::

    windows: [{environment: production, start: 2027-03-06, end: 2027-03-07}]
    freeze: {before: 2d, after: 1d}

Good: wait; or waive it, with a reason.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.release.span import Span, span_of
from interlock.checks.subject import of
from interlock.estate.kinds import Declared
from interlock.foundation.place import Place


@check("REL001", severity=Severity.ERROR, title="A change during a freeze")
def frozen(inspection: Inspection) -> Iterator[Complaint]:
    for release in inspection.estate.releases.values():
        if release.spec.status != "cancelled" and release.spec.freeze:
            for index, window in enumerate(release.spec.windows):
                span = span_of(window, release.spec.freeze)
                place = release.place_of("spec", "windows", index)
                yield from _inside(inspection, release, span, place)
    for cutover in inspection.estate.cutovers.values():
        span = span_of(cutover.spec.freeze, {})
        place = cutover.place_of("spec", "freeze")
        yield from _inside(inspection, cutover, span, place)


def _inside(
    inspection: Inspection, declared: Declared, span: Span | None, place: Place
) -> Iterator[Complaint]:
    if span is not None and span.start <= inspection.now < span.end:
        yield Complaint(
            subject=of(declared, "freeze"),
            what=f"`{declared.name}` freezes changes until {span.end:%Y-%m-%d %H:%M} UTC",
            hint="Wait until then; or waive it, with a reason.",
            where=place,
        )
