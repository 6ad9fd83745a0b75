"""Typed random expressions over ints, strings, bools and lists, for the comparison with CEL."""

import random
from typing import Final

SCOPE: Final[dict[str, object]] = {
    "a": 7,
    "b": -3,
    "c": 0,
    "s": "order",
    "t": "",
    "u": "Order 7",
    "p": True,
    "q": False,
    "xs": [1, 2, 3],
    "ys": [],
    "r": {"n": 5, "name": "acme"},
}


MACROS: Final = ("all", "exists", "exists_one")
TESTS: Final = ("contains", "startsWith", "endsWith")


class Maker:
    """Makes one expression after another."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def make(self) -> str:
        return self._rng.choice([self.number, self.boolean, self.text])(self._rng.randrange(1, 4))

    def number(self, depth: int) -> str:
        rng = self._rng
        if depth <= 0 or rng.random() < 0.2:
            return rng.choice(
                ["a", "b", "c", "r.n", str(rng.randrange(0, 9)), "9223372036854775807"]
            )
        one, two = self.number(depth - 1), self.number(depth - 1)
        return rng.choice(
            [
                f"({one} {rng.choice('+-*/%')} {two})",
                f"({self.boolean(depth - 1)} ? {one} : {two})",
                f"size({self.text(depth - 1)})",
                f"size({self.numbers(depth - 1)})",
                f"(-{one})" if not one.startswith("-") else one,
            ]
        )

    def numbers(self, depth: int) -> str:
        rng = self._rng
        if depth <= 0 or rng.random() < 0.4:
            return rng.choice(["xs", "ys", "[1, 2]", "[a, b, c]"])
        over = self.numbers(depth - 1)
        return rng.choice(
            [f"{over}.map(x, x + {self.number(0)})", f"{over}.filter(x, x > {self.number(0)})"]
        )

    def text(self, depth: int) -> str:
        rng = self._rng
        if depth <= 0 or rng.random() < 0.4:
            return rng.choice(["s", "t", "u", "r.name", "'x'", "'order'", r"'\n'", '"é"'])
        one, two = self.text(depth - 1), self.text(depth - 1)
        return rng.choice([f"({one} + {two})", f"({self.boolean(depth - 1)} ? {one} : {two})"])

    def boolean(self, depth: int) -> str:
        rng = self._rng
        if depth <= 0 or rng.random() < 0.15:
            return rng.choice(["p", "q", "true", "false"])
        one, two = self.boolean(depth - 1), self.boolean(depth - 1)
        left, right = self.number(depth - 1), self.number(depth - 1)
        return rng.choice(
            [
                f"({one} && {two})",
                f"({one} || {two})",
                f"(!{one})",
                f"({left} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {right})",
                f"({self.text(depth - 1)} {rng.choice(['==', '!=', '<', '>='])} {self.text(0)})",
                f"({left} in {self.numbers(depth - 1)})",
                f"{self.numbers(depth - 1)}.{rng.choice(MACROS)}(x, x > {right})",
                f"{self.text(depth - 1)}.{rng.choice(TESTS)}('o')",
            ]
        )
