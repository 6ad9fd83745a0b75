"""``make bench``: every benchmark, one after another."""

from benchmarks import (
    check,
    decision,
    governed,
    initial,
    large,
    mapping,
    reconciliation,
    waiting,
    webhooks,
)

for each in (
    mapping,
    decision,
    governed,
    waiting,
    large,
    initial,
    check,
    webhooks,
    reconciliation,
):
    each.main()
