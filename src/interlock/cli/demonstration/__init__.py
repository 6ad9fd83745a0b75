"""The demo's parts.

`scenario` (what sales closed), `stage` (processes and faults), `aftermath` (money asked back),
`tying` and `receivables` (oracles that read only what the vendors hold: do the sums agree?),
`telling` (what it all came to).
"""
