"""``make bench``: every benchmark, one after another."""

from benchmarks import (
    changes,
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
    changes,
    check,
    webhooks,
    reconciliation,
):
    each.main()
