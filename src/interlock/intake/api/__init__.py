"""Calls of users' programs: answered at once, worked on behind it (R24).

`call` (what a call is), `counter` (takes calls, each once by its Idempotency-Key), `dispatch`
(turns what was taken into runs), `state` (what became of one), `problems` (RFC 9457).
"""
