"""Change Data Capture over the Pub/Sub API (gRPC): where to look, as it happens.

Read `stream` first (one line: flow control, positions), then `notices` (Avro and the header of a
change event), `wire` (TLS, pinned addresses, errors), `messages` (what goes over it).
"""
