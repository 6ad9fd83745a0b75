"""Tables that others may rely on: made from the authorities only, tested, published with proof.

`definition` (what a product is made of), `mirror` (its records as they were read last),
`composing` (a row, field by field from whoever may originate it), `testing` (its contract),
`version` (what was published), `proof` (may a figure be believed?): `building` is the way through.
"""

from interlock.products.proof import Proof, Proven
from interlock.products.version import Version

__all__ = ["Proof", "Proven", "Version"]
