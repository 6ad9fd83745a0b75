"""``make bench``: every benchmark, one after another."""

from benchmarks import check, decision, governed, large, mapping, waiting

for each in (mapping, decision, governed, waiting, large, check):
    each.main()
