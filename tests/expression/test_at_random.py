"""Whatever is written, an expression reaches its vocabulary only, and ends within its budget.

`make nightly` tries 100,000 of them.
"""

import dis
import random
import string
import sys
import time
from collections import Counter
from collections.abc import Iterator
from types import CodeType
from typing import Final

import pytest

from interlock.expression import ExpressionError, compile_expression, expression, generation
from tests.expression.random_expressions import SCOPE, Maker

SOME, MANY = 3_000, 100_000
LONGEST: Final = 20.0
"""Seconds: a hundred times what the slowest takes, on a machine that does much else."""
HOSTILE: Final = (
    "__import__('os')",
    "s.__class__",
    "r.__class__.__mro__",
    "s.format(r)",
    "'{0.__class__}'.format(r)",
    "().__class__",
    "S",
    "B",
    "B.left",
    "GLOBALS",
    "_add",
    "__builtins__",
    "open('/etc/passwd')",
    "getattr(s, 'upper')",
    "eval('1')",
    "lambda: 1",
    "[x for x in xs]",
    "r['__class__']",
    "xs.append(1)",
    "r.pop('n')",
    "s.upper()",
    "f'{s}'",
    "s.matches('(a+)+$')",
    "9 ** 9",
    "'a' * 100000",
    "many.map(x, many.map(y, many.filter(z, z > y)))",
    "many.map(x, many.map(y, x + y).sum()).sum()",
    "many.map(x, string(many)).map(y, y + y)",
    "1e999999999",
    "-9223372036854775808 / -1",
    "\x00",
    "é",
    "\ud800",
)
FORBIDDEN: Final = ("ATTR", "METHOD", "IMPORT", "STORE_GLOBAL", "STORE_NAME", "DELETE")
SCOPE_: Final = {**SCOPE, "many": list(range(300))}


class Wild(Maker):
    """Makes expressions, and spoils most of them."""

    def wild(self, rng: random.Random) -> str:
        text = self.make()
        for _ in range(rng.randrange(0, 3)):
            text = rng.choice((self._with, self._typed, self._cut))(text, rng)
        return text

    def _with(self, text: str, rng: random.Random) -> str:
        other = rng.choice(HOSTILE)
        forms = ("({} + {})", "[{}, {}]", "({}).map(x, {})", "p ? {} : {}", "size({} {})")
        return rng.choice(forms).format(*rng.sample([text, other], 2))

    @staticmethod
    def _typed(text: str, rng: random.Random) -> str:
        at = rng.randrange(len(text) + 1)
        return text[:at] + rng.choice(string.printable + "\ud800\uff58é") + text[at:]

    @staticmethod
    def _cut(text: str, rng: random.Random) -> str:
        at = rng.randrange(len(text) + 1)
        return text[:at] + text[at + rng.randrange(0, 5) :]


class Spy:
    """Sees the Python code that is made, and the budgets that are spent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.codes: list[CodeType] = []
        self.budgets: list[generation.Budget] = []
        spy = self

        class Counted(generation.Budget):
            def __init__(self) -> None:
                super().__init__()
                spy.budgets.append(self)

        def seen(*given: object) -> object:
            made = compile(*given)  # type: ignore[call-overload]  # whatever it is given
            spy.codes.append(made)
            return made

        monkeypatch.setattr(generation, "compile", seen, raising=False)
        monkeypatch.setattr(expression, "Budget", Counted)

    def reached(self) -> Iterator[str]:
        """Yield what the last code can reach besides its vocabulary."""
        for code in self.codes:
            for part in _parts(code):
                yield from (name for name in part.co_names if not _known(name))
                for each in dis.get_instructions(part):
                    if any(word in each.opname for word in FORBIDDEN):
                        yield each.opname
        self.codes.clear()

    def overspent(self) -> bool:
        """Tell whether an evaluation came to an end though its budget was spent."""
        spent = any(budget.left < 0 for budget in self.budgets)
        self.budgets.clear()
        return spent


def _known(name: str) -> bool:
    return name in generation.GLOBALS or name.startswith("k_")  # a number that was written


def _parts(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)


def hold(many: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Compile and run so many expressions; return how they ended."""
    seed = random.SystemRandom().randrange(2**32)
    sys.stderr.write(f"expressions of seed {seed}\n")
    rng, spy = random.Random(seed), Spy(monkeypatch)
    maker, roots, seen = Wild(rng), frozenset(SCOPE_), Counter[str]()
    for _ in range(many):
        text = maker.wild(rng)
        began = time.process_time()
        try:
            compile_expression(text, roots=roots)(SCOPE_)
        except ExpressionError as error:
            seen["out of steps" if "steps" in str(error) else "refused"] += 1
            spy.budgets.clear()
        else:
            seen["a value"] += 1
            assert not spy.overspent(), text
        assert list(spy.reached()) == [], text
        assert time.process_time() - began < LONGEST, text
    return seen


def test_some_thousand_expressions_stay_within_vocabulary_and_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = hold(SOME, monkeypatch)
    assert min(seen["a value"], seen["refused"]) > SOME / 10, seen
    assert seen["out of steps"], seen


@pytest.mark.nightly
@pytest.mark.timeout(3_600)
def test_a_hundred_thousand_expressions_stay_within_vocabulary_and_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert hold(MANY, monkeypatch).total() == MANY


def test_the_spy_would_see_an_attribute_and_an_unlisted_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spy = Spy(monkeypatch)
    spy.codes.append(compile("os.system", "<expression>", "eval"))
    assert {"os", "system"} <= set(spy.reached())
