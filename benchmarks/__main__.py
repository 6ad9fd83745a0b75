"""``make bench``: every benchmark, one after another."""

from benchmarks import check, decision, governed, mapping

for each in (mapping, decision, governed, check):
    each.main()
