"""Do the systems agree? Every difference has one cause, and every side ties to the cent.

`comparison` (what is compared, in which passes), `row` (a record as it is compared), `slate` (the
rows of all sides in an engine that stays within its memory), `keyed`, `passes` and `causes` (who
belongs together, and why not), `totals` (the line that must tie), `finding` (breaks).
"""

from interlock.reconciliation.cause import Cause
from interlock.reconciliation.comparison import Column, Comparison, Match, Mode, Pass, Role
from interlock.reconciliation.finding import Break, Report, Total
from interlock.reconciliation.row import Row

__all__ = [
    "Break",
    "Cause",
    "Column",
    "Comparison",
    "Match",
    "Mode",
    "Pass",
    "Report",
    "Role",
    "Row",
    "Total",
]
