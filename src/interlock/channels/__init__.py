"""Brokers: addresses that keep events until they are taken, in order.

`port` says what a broker must do; `nats`, `rabbitmq` and `kafka` do it through one library,
FastStream, and `redis` through the client below it;
`line` keeps one connected from a thread of its own. What the events mean is not known here.
"""
