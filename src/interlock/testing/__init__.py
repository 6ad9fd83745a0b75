"""What developers test with: the connector conformance suite and its traps.

`conformance` says what every connector must prove, `bench` what it brings along, `transports`
spoil a conversation in one exact way, `vendors` starts a simulated vendor. Nothing in the
product imports this room.
"""
