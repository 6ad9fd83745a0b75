"""``make bench``: every benchmark, one after another."""

from benchmarks import check, decision, governed, large, mapping, waiting, webhooks

for each in (mapping, decision, governed, waiting, large, check, webhooks):
    each.main()
