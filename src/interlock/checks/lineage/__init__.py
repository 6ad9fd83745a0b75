"""Where every written value comes from: authority as information flow (R1-R4).

`among` (what is known of a value), `shapes` (values, records and lists that carry their sources),
`evaluation` (an expression over shapes), `guards` (what a condition tells), `tracing` (a walk
over a plan), `worlds` and `judgement` (which authority rules hold where). Only explicit flows
count: what a condition reads decides *whether* a value is written, it does not flow into it.
"""

from interlock.checks.lineage.shapes import Source
from interlock.checks.lineage.tracing import Sources, trace, trace_sources
from interlock.checks.lineage.write import Write

__all__ = ["Source", "Sources", "Write", "trace", "trace_sources"]
