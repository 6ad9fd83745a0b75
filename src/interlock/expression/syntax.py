"""Text to tree: CEL's grammar, with budgets on length and depth."""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from interlock.expression.errors import ExpressionError
from interlock.expression.tokens import Token, tokens, unquoted
from interlock.expression.tree import (
    Binary,
    Call,
    Index,
    ListOf,
    Literal,
    MapOf,
    Name,
    Node,
    Select,
    Ternary,
    Unary,
)

LONGEST_TEXT: Final = 4_000
DEEPEST: Final = 40
"""How deep an expression may nest."""
LARGEST_INT: Final = 2**63 - 1
REMEMBERED: Final = 65_536
"""Trees kept at once: an estate is planned, then judged, and says much of it many times."""

_LEVELS: Final = {
    operator: level
    for level, operators in enumerate(
        (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
    )
    for operator in operators
}
"""How tightly a binary operator binds; the loosest is 0."""


class Parser:
    """A recursive-descent parser with a depth budget."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_TEXT:
            raise ExpressionError(
                f"the expression has {len(text)} characters, {LONGEST_TEXT} are allowed",
                text=text[:80],
                start=0,
                end=1,
                hint="Move the logic into a transform.",
            )
        self._text = text
        self._tokens = list(tokens(text))
        self._at = 0
        self._depth = 0

    def parse(self) -> Node:
        """Return the tree of the whole text."""
        node = self._ternary()
        token = self._peek()
        if token.kind != "end":
            raise self._wrong(f"unexpected `{token.text}`", token)
        return node

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += token.kind != "end"
        return token

    def _take(self, *texts: str) -> Token | None:
        """Take the next word if it is one of `texts`; no string or number ever reads like one."""
        token = self._tokens[self._at]
        if token.text in texts:
            self._at += 1
            return token
        return None

    def _expect(self, text: str) -> Token:
        token = self._take(text)
        if token is None:
            found = self._peek()
            raise self._wrong(f"expected `{text}`, found `{found.text or 'the end'}`", found)
        return token

    def _wrong(self, reason: str, token: Token, hint: str = "") -> ExpressionError:
        return ExpressionError(
            reason, text=self._text, start=token.start, end=token.end, hint=hint
        )

    def _ternary(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(f"nested deeper than {DEEPEST}", self._peek(), "Use a transform.")
        test = self._binary(0)
        if self._take("?"):
            yes = self._ternary()
            self._expect(":")
            no = self._ternary()
            test = Ternary(start=test.start, end=no.end, test=test, yes=yes, no=no)
        self._depth -= 1
        return test

    def _binary(self, level: int) -> Node:
        """Read operators that bind at least as tightly as `level` (precedence climbing)."""
        left = self._unary()
        terms = 0
        while (own := _LEVELS.get(self._peek().text, -1)) >= level:
            operator = self._next()
            terms += 1
            if terms > DEEPEST * 5:
                raise self._wrong(f"more than {DEEPEST * 5} terms in a row", operator)
            right = self._binary(own + 1)
            left = Binary(
                start=left.start, end=right.end, operator=operator.text, left=left, right=right
            )
        return left

    def _unary(self) -> Node:
        signs = []
        while sign := self._take("!", "-"):
            signs.append(sign)
            if len(signs) > DEEPEST:
                raise self._wrong("too many signs", sign)
        node = self._postfix()
        for sign in reversed(signs):
            if sign.text == "-" and isinstance(node, Literal) and _is_number(node.value):
                node = Literal(start=sign.start, end=node.end, value=-node.value)  # type: ignore[operator]  # a number
            else:
                node = Unary(start=sign.start, end=node.end, operator=sign.text, operand=node)
        return node

    def _postfix(self) -> Node:
        node = self._primary()
        links = 0
        while token := self._take(".", "["):
            links += 1
            if links > DEEPEST * 5:
                raise self._wrong("the path is too long", token)
            node = self._member(node) if token.text == "." else self._indexed(node)
        return node

    def _member(self, of: Node) -> Node:
        name = self._next()
        if name.kind != "name":
            raise self._wrong("expected a field name after `.`", name)
        if self._take("("):
            arguments, end = self._arguments(")")
            return Call(start=of.start, end=end, name=name.text, of=of, arguments=tuple(arguments))
        return Select(start=of.start, end=name.end, of=of, field=name.text)

    def _indexed(self, of: Node) -> Node:
        at = self._ternary()
        end = self._expect("]").end
        return Index(start=of.start, end=end, of=of, at=at)

    def _arguments(self, closing: str) -> tuple[list[Node], int]:
        found: list[Node] = []
        while True:
            if end := self._take(closing):
                return found, end.end
            if found:
                self._expect(",")
                if end := self._take(closing):
                    return found, end.end
            found.append(self._ternary())

    def _primary(self) -> Node:
        token = self._next()
        match token.kind:
            case "int":
                return self._integer(token)
            case "decimal":
                return Literal(start=token.start, end=token.end, value=self._decimal(token))
            case "string":
                return Literal(start=token.start, end=token.end, value=unquoted(token, self._text))
            case "name":
                return self._named(token)
            case "symbol":
                return self._grouped(token)
            case _:
                pass
        raise self._wrong("the expression ends too early", token)

    def _integer(self, token: Token) -> Node:
        value = int(token.text, 0) if token.text[:2] in {"0x", "0X"} else int(token.text)
        if value > LARGEST_INT + 1:
            raise self._wrong(
                "the number needs more than 64 bits", token, "Write it as a decimal: 1.0"
            )
        return Literal(start=token.start, end=token.end, value=value)

    def _decimal(self, token: Token) -> Decimal:
        return Decimal(token.text)

    def _named(self, token: Token) -> Node:
        constants: dict[str, bool | None] = {"true": True, "false": False, "null": None}
        if token.text in constants:
            return Literal(start=token.start, end=token.end, value=constants[token.text])
        if token.text == "in":
            raise self._wrong("`in` stands between two operands", token)
        if self._take("("):
            arguments, end = self._arguments(")")
            return Call(
                start=token.start,
                end=end,
                name=token.text,
                of=None,
                arguments=tuple(arguments),
            )
        return Name(start=token.start, end=token.end, name=token.text)

    def _grouped(self, token: Token) -> Node:
        if token.text == "(":
            node = self._ternary()
            self._expect(")")
            return node
        if token.text == "[":
            items, end = self._arguments("]")
            return ListOf(start=token.start, end=end, items=tuple(items))
        if token.text == "{":
            return self._map(token)
        raise self._wrong(f"unexpected `{token.text}`", token)

    def _map(self, token: Token) -> Node:
        items: list[tuple[Node, Node]] = []
        while not (end := self._take("}")):
            if items:
                self._expect(",")
                if end := self._take("}"):
                    break
            key = self._ternary()
            self._expect(":")
            items.append((key, self._ternary()))
        return MapOf(start=token.start, end=end.end, items=tuple(items))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


@lru_cache(maxsize=REMEMBERED)
def parse(text: str) -> Node:
    """Return the tree of `text`; the same text is the same tree, which never changes.

    Raises:
        ExpressionError: It is not an expression, or it is over a budget.
    """
    return Parser(text).parse()
