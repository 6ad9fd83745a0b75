"""The record: who did what, when, why and on whose authority; append-only and provable.

`entry` (the words), `chain` (hashes, pure), `trail` (append, read, find), `order` (one gapless
order over all streams), `sealing` (signed Merkle checkpoints, RFC 6962), `verification` (what was
changed, removed, reordered or cut off). Entries are written in the transaction of the change that
they tell of; nobody updates or deletes one. I/O is imported by its own module's name.
"""

from interlock.audit.chain import GENESIS, Head
from interlock.audit.entry import Entry

__all__ = ["GENESIS", "Entry", "Head"]
