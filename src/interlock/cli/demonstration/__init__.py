"""The demo's parts.

`scenario` (what sales closed), `cast` (which deals go on how), `stage` (processes and faults),
`scene` (what everybody outside sees and does), `acts` (what they do, and what must tie), `playing`
(all of it at once), `tying`, `settling` and `accounts` (oracles that read what the vendors hold),
`telling` (what it all came to).
"""
