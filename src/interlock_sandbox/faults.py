"""Seeded faults: which request suffers what, decided by seed, kind and the request's own key."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Final

MOST_PER_KEY: Final = 2
"""How often one kind strikes one request: whoever sends it again often enough gets through."""


class Faults:
    """Decides, and counts what really fired."""

    def __init__(
        self, seed: int, rates: Mapping[str, float], *, most_per_key: int = MOST_PER_KEY
    ) -> None:
        self.seed = seed
        self.rates = dict(rates)
        self.fired: Counter[str] = Counter()
        self._most = most_per_key
        self._asked: Counter[tuple[str, str]] = Counter()
        self._hit: Counter[tuple[str, str]] = Counter()

    def share(self, kind: str, key: str, turn: int) -> float:
        """Return a number in [0, 1) that depends on seed, kind, key and turn alone."""
        text = f"{self.seed}/{kind}/{key}/{turn}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8]) / 2**64

    def decide(self, kind: str, key: str) -> bool:
        """Return whether `kind` strikes the request `key` this time."""
        rate = self.rates.get(kind, 0.0)
        if rate <= 0.0:
            return False
        name = (kind, key)
        self._asked[name] += 1
        if self._hit[name] >= self._most:
            return False
        if self.share(kind, key, self._asked[name]) >= rate:
            return False
        self._hit[name] += 1
        self.fired[kind] += 1
        return True
