"""Read models: answers to questions, made from the trail and the estate. One file per question.

`trace` (what happened to this transaction, over all systems?), `summary` and `stages` (how many
stand where, for how much money?), `pressing` (what is at risk, and whose is it?), `freshness`
(when did systems last agree?), `ownership` (who owns which field?), `landscape` (who feeds whom?).
Nothing here changes anything that another room reads.
"""
