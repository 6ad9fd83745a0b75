"""``make bench``: every benchmark, one after another."""

from benchmarks import check, decision, governed, initial, large, mapping, waiting, webhooks

for each in (mapping, decision, governed, waiting, large, initial, check, webhooks):
    each.main()
