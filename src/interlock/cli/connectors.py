"""``interlock connectors``: what each connector can do, and what it promises."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from interlock.cli.terminal import Json, print_json, print_table, written
from interlock.connectors.catalogue import ErrorLine
from interlock.estate.capability import Capabilities


def connectors(
    name: str = "",
    *,
    markdown: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
    json: Json = False,
) -> int:
    """Show the operations of every connector with their class, or all that one of them promises.

    Example: ``interlock connectors stripe``

    Args:
        name: Only this connector.
        markdown: Write the page docs/connectors/promises.md instead.
        out: With `--markdown`: write it into this file.
        json: Print JSON.
    """
    from interlock.cli.rendering.promises import page, section, summary
    from interlock.connectors import catalogue

    chosen = {name: catalogue.capabilities(name)} if name else catalogue.every()
    if json:
        print_json(
            {
                each: {"capabilities": found, "errors": catalogue.error_table(each)}
                for each, found in chosen.items()
            }
        )
        return 0
    if markdown:
        return written(page({each: _all(each) for each in chosen}), out)
    if name:
        return written(section(name, *_all(name)), None)
    print_table("", ("connector", "operations", "classes", "logs in by"), summary(chosen))
    return 0


def _all(name: str) -> tuple[Capabilities, tuple[ErrorLine, ...]]:
    from interlock.connectors import catalogue

    return catalogue.capabilities(name), catalogue.error_table(name)
