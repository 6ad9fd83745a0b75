"""Every code that `interlock check` may show, as a page in Markdown: written from the checks."""

import inspect
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from interlock.checks.check import Check
from interlock.checks.inspector import OWN_RULES
from interlock.checks.report import Rule
from interlock.estate.problem import CODES

_HEAD: Final = """\
# The checks

<!-- Written by `make pages` from src/interlock/checks; a test compares them. -->

`interlock check` asks {number} questions about an estate. An **error** makes the exit code 1; a
**warning** does so with `--fail-on warning`; **unknown** is neither fine nor wrong and makes it 2.
Every finding names the place, and what to do. `interlock explain check CODE` shows an entry.

A finding that is meant stays in sight as a waiver, with a reason and an end:

```yaml
apiVersion: interlock/v1
kind: Waiver
metadata: {{name: legacy-until-march, owner: group:general-ledger}}
spec:
  code: CON003
  subject: "integration:quote-to-cash/invoice-in-legacy"
  reason: the old ledger closes its books in March
  expires: 2027-03-31
```

An estate that has findings already starts with a baseline, which may only shrink:
`interlock check --baseline known.json --write-baseline`.
"""


def page(checks: Sequence[Check]) -> str:
    """Return the catalogue of `checks`, of our own rules, and of what cannot be read."""
    return "\n".join([_HEAD.format(number=len(checks)), *_topics(checks), *_others()])


def _topics(checks: Sequence[Check]) -> Iterator[str]:
    ordered = sorted(checks, key=lambda each: (_topic(each), each.code))
    for topic, members in groupby(ordered, key=_topic):
        label = inspect.cleandoc(sys.modules[topic].__doc__ or "")
        yield f"## {topic.rpartition('.')[2].capitalize()}\n\n{_markdown(label)}\n"
        yield from map(_check, members)


def _topic(check: Check) -> str:
    return check.question.__module__.rpartition(".")[0]


def _check(check: Check) -> str:
    first, _, rest = check.documentation.partition("\n")
    offence = first.removeprefix(f"{check.code}: ")
    body = _markdown(rest.strip())
    return f"### {check.code}\n\n**{check.severity.value}**: {_markdown(offence)}\n\n{body}\n"


def _markdown(text: str) -> str:
    """Return the words of a docstring as Markdown: it shows code by indentation, as they do."""
    return text.replace("``", "`").replace("::\n", ":\n")


def _others() -> Iterator[str]:
    yield "## Waivers and baseline\n"
    yield "Accepted findings are findings themselves when they are no longer needed.\n"
    yield from map(_rule, OWN_RULES)
    yield "## What cannot be read\n"
    yield "Problems that keep an estate from being understood cannot be waived, only fixed.\n"
    yield "| code | meaning |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in CODES.items())
    yield ""


def _rule(rule: Rule) -> str:
    return f"### {rule.code}\n\n**{rule.severity.value}**: {rule.title}. {rule.documentation}\n"
