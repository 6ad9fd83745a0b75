"""The inspection room: questions to an estate that are answered before anything runs; pure.

Start with `finding` (what an answer is) and `inspection` (what a check may look at). `lineage`
proves for every written field where its value comes from; a check is one file in a folder named
after its topic; `catalogue` is the list of them. `waivers` and `baseline` set findings aside,
`report` is what doors show. Nothing here reads a file or a clock.
"""

from interlock.checks.finding import Complaint, Finding, Severity
from interlock.checks.inspection import Inspection

__all__ = ["Complaint", "Finding", "Inspection", "Severity"]
