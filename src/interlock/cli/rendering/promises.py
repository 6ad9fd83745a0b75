"""What connectors promise, as a page in Markdown: written from what they declare."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from interlock.connectors.catalogue import ErrorLine
from interlock.estate.capability import Capabilities, Capability, Guarantee

_HEAD: Final = """\
# Connectors and what they promise

<!-- Written by `make pages` from src/interlock/connectors; a test compares them. -->

What is said here is what the gate and the checks read: it is declared by each connector, and the
shared conformance suite proves the class of every operation by sending the same write twice.
`interlock connectors NAME` prints a section, `--json` gives it to programs.

| class | the target protects a write that is sent twice by |
|---|---|
| A | an idempotency key, within its window |
| B | a unique business reference |
| C | nothing: the vendor's bound is waited out, then it is looked up, and only then sent again |
| S | needing no protection: it records nothing |

An answer is read by the connector's error table, the first line that matches; only an answer in
the vendor's own form can match. What no line knows is never shown as fine and never as a refusal:
a write is **uncertain** (it is looked up before anything else happens), a read is asked again. 401
and 429 without a line are **blocked**. What a vendor was seen to answer is recorded in
`tests/connectors/*/answers`, what any server or proxy may answer in
`src/interlock/testing/answers`; each recording says what it must come to.

"""

Promise = tuple[Capabilities, Sequence[ErrorLine]]


def page(promises: Mapping[str, Promise]) -> str:
    """Return the page about these connectors."""
    rows = "".join(
        f"| [{name}](#{name}) | {', '.join(_objects(found)) or 'declared with the system'} "
        f"| {_classes(found) or 'declared'} |\n"
        for name, (found, _) in promises.items()
    )
    index = f"| connector | objects | classes |\n|---|---|---|\n{rows}"
    return "\n".join([_HEAD + index, *(section(name, *of) for name, of in promises.items())])


def section(name: str, found: Capabilities, errors: Sequence[ErrorLine]) -> str:
    """Return what one connector promises."""
    return "\n".join([f"## {name}\n", *_facts(found), *_operations(found), *_errors(errors)])


def summary(every: Mapping[str, Capabilities]) -> list[tuple[str, str, str, str]]:
    """Return a row per connector: how many operations, of which classes, how it logs in."""
    return [
        (
            name,
            str(len(found.operations) or "declared"),
            _classes(found) or "declared",
            ", ".join(sorted(found.auth_schemes)),
        )
        for name, found in every.items()
    ]


def _objects(found: Capabilities) -> list[str]:
    return sorted({operation.rpartition(".")[0] for operation in found.operations})


def _classes(found: Capabilities) -> str:
    return " ".join(sorted({each.guarantee.value for each in found.operations.values()}))


def _facts(found: Capabilities) -> Iterator[str]:
    yield f"* **Logs in by** {_list(sorted(found.auth_schemes))}."
    for scheme, why in found.closing_auth_schemes.items():
        yield f"* **Being closed**: `{scheme}`: {why}."
    feed = f"are polled {found.feed}" if found.feed else "cannot be polled"
    told = f"; they are told over a line as well: {_list(sorted(found.lines))}"
    yield f"* **Changes** {feed}{told if found.lines else ''}."
    if found.events:
        yield f"* **Events**: {_list(sorted(found.events))}."
    if found.acknowledgement:
        yield "* **A delivery is acknowledged** by an XML answer, after it was stored."
    for limit in found.limits:
        yield f"* **Limit**: {limit}."
    yield ""


def _operations(found: Capabilities) -> Iterator[str]:
    if not found.operations:
        yield "What can be done is declared with each system, and so is its class.\n"
        return
    yield "| operation | effect | class | window | finds its own writes | in the ledger | source |"
    yield "|---|---|---|---|---|---|---|"
    for operation, each in found.operations.items():
        yield (
            f"| `{operation}` | {each.effect} | {each.guarantee.value} | {_window(each)} "
            f"| {'at once' if each.strong_lookup else 'later'} | {_ledger(each)} "
            f"| {_cell(each.source)} |"
        )
    yield ""


def _window(each: Capability) -> str:
    if each.guarantee is not Guarantee.KEY:
        return ""
    return "for ever" if each.window is None else _hours(each.window)


def _hours(window: timedelta) -> str:
    return f"{window / timedelta(hours=1):g} h"


def _ledger(each: Capability) -> str:
    if each.reverses:
        return f"reverses {each.reverses}"
    return "posts" if each.posts else ""


def _errors(errors: Sequence[ErrorLine]) -> Iterator[str]:
    if not errors:
        yield "The error table is declared with the system.\n"
        return
    yield "| an answer with | means | kind | because |"
    yield "|---|---|---|---|"
    for (verdict, kind, source, several), lines in groupby(errors, _alike):
        shown = list(lines)
        when = _codes(shown) if several else _when(shown[0])
        yield f"| {when} | {verdict} | {kind} | {_cell(source)} |"
    yield ""


def _alike(line: ErrorLine) -> tuple[str, str, str, object]:
    """Return what lines have in common that one row may tell: they differ by their code alone."""
    alone = set(line.when) in ({"code"}, {"code begins"})
    return line.verdict, line.kind, line.source, next(iter(line.when)) if alone else ""


def _codes(lines: Sequence[ErrorLine]) -> str:
    word = next(iter(lines[0].when))
    return f"{word} {_list([line.when[word] for line in lines])}"


def _when(line: ErrorLine) -> str:
    if not any(line.when.values()):
        return "anything else"
    told = [f"{word} {_code(value)}" for word, value in line.when.items() if value]
    return ", ".join(told)


def _list(words: Sequence[str]) -> str:
    return ", ".join(_code(word) for word in words)


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
