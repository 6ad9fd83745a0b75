"""The only door to a system.

Every exchange answers the same questions in the same order: authority, contract, policy, quota,
idempotency, intent, send, record. `effect` is what is asked, `permit` the answer, `door` asks the
questions and opens; `quota` and `breaker` are what all integrations share of one system. Nothing
else in the house can reach a connector's write.
"""
