"""Read models: answers to questions, made from the trail alone. One file per question.

`trace` (what happened to this transaction, over all systems?), `summary` (how many runs stand
where, for how much money?). Nothing here changes anything that another room reads.
"""
