"""Google's own CEL is the oracle: the same text must mean the same, but for written differences.

Intended differences (src/interlock/expression/README.md): `||` and `&&` go from left to right and
do not absorb an error of their left operand; types that can never work are refused before running.
"""

import random
import secrets
from collections import Counter

import pytest
from cel_expr_python import cel

from interlock.expression import ExpressionError, compile_expression
from tests.expression.random_expressions import SCOPE, Maker

SOME, MANY = 4_000, 20_000
TYPES = {
    **dict.fromkeys("abc", cel.Type.INT),
    **dict.fromkeys("stu", cel.Type.STRING),
    **dict.fromkeys("pq", cel.Type.BOOL),
    "xs": cel.Type.List(cel.Type.INT),
    "ys": cel.Type.List(cel.Type.INT),
    "r": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}
ERROR = object()


def ours(text: str) -> object:
    try:
        return compile_expression(text, roots=frozenset(SCOPE))(SCOPE)
    except ExpressionError:
        return ERROR


def theirs(environment: object, text: str) -> object:
    try:
        value = environment.compile(text).eval(data=SCOPE)  # type: ignore[attr-defined]  # untyped
    except Exception:  # noqa: BLE001 (the oracle raises its own kinds for static errors)
        return ERROR
    return ERROR if str(value.type()) == "ERROR" else value.plain_value()


def same(mine: object, other: object) -> bool:
    if mine is ERROR or other is ERROR:
        return mine is other
    return type(mine) is type(other) and mine == other


def difference(text: str, mine: object, other: object) -> str:
    """Name the intended difference that explains a disagreement; empty when none does."""
    if mine is ERROR and other is not ERROR and ("||" in text or "&&" in text):
        return "no error absorption"
    if mine is ERROR and any(f".{name}(" in text for name in ("all", "exists")):
        return "no error absorption in all and exists"
    if other is ERROR and mine is not ERROR:
        return "static refusal by the oracle"
    return ""


def test_some_thousand_random_expressions_mean_what_cel_says_they_mean() -> None:
    agree(SOME)


@pytest.mark.nightly
def test_twenty_thousand_random_expressions_mean_what_cel_says_they_mean() -> None:
    agree(MANY)


def agree(many: int) -> None:
    """Ask ourselves and the oracle so many questions, and hold the answers side by side."""
    seed = secrets.randbits(32)
    maker = Maker(random.Random(seed))
    environment = cel.NewEnv(variables=TYPES)
    seen: Counter[str] = Counter()
    unexplained: list[str] = []

    for _ in range(many):
        text = maker.make()
        mine, other = ours(text), theirs(environment, text)
        if same(mine, other):
            seen["both error" if mine is ERROR else "same value"] += 1
            continue
        reason = difference(text, mine, other)
        seen[reason] += 1
        if not reason:
            unexplained.append(f"{text}: ours {mine!r}, CEL {other!r}")

    assert unexplained == [], f"seed {seed}"
    assert seen["same value"] > many * 0.7, seen
    assert seen["both error"] > many * 0.005, seen  # there are about four times as many
    assert seen["static refusal by the oracle"] < many * 0.01, seen
