"""The demo's parts.

`scenario` (what sales closed), `stage` (processes and faults), `tying` (an oracle that reads only
what the vendors hold: do the sums agree?).
"""
