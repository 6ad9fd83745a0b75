"""What people must decide: one case for each run that cannot go on, one for a broken connection.

`case` (the nouns and the moves), `remedies` (what to do, by kind of failure), `intake` (audit
entries become cases; pure), `store`, `commands` (collect, assign, answer: the only functions that
change something). Nobody opens a case: what happened is in the trail, and cases follow from it.
"""

from interlock.cases.case import ANSWERS, MOVES, Answer, Case, CaseKind, State, Which

__all__ = ["ANSWERS", "MOVES", "Answer", "Case", "CaseKind", "State", "Which"]
