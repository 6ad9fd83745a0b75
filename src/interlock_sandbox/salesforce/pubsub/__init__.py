"""The simulated Pub/Sub API: change events of the org's records over gRPC.

Read `bus` first (what changed becomes events with replay ids), `service` (GetTopic, GetSchema),
`subscriber` (Subscribe), `avro` (how events are written), `interface` (the messages).
"""
