"""The demo's parts: `scenario` (what sales closed), `stage` (processes and faults), `ledger` (an
oracle that reads only what the vendors hold), `tying` (do the sums agree?).
"""
