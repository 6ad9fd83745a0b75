"""Brokers: addresses that keep events until they are taken, in order.

`port` says what a broker must do; `nats` and `rabbitmq` do it through one library, FastStream;
`line` keeps one connected from a thread of its own. What the events mean is not known here.
"""
