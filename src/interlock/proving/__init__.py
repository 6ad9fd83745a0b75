"""Where the promise is put to the proof: hostile universes on virtual time, and the invariants.

The flow core, the gate, the vendors' error tables, the inbox, the cases and the trail are the
real ones. Only time, the vendors and the people are simulated; the oracle (`invariants`) reads
the vendors' ledgers and what the installation tells the public, never the engine's own tables.
"""
