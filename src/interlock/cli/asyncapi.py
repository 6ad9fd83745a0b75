"""``interlock asyncapi``: which events the estate sends and receives."""

from pathlib import Path

from interlock.cli.terminal import written


def asyncapi(directory: Path = Path(), *, version: str = "1.0.0", out: Path | None = None) -> int:
    """Print the AsyncAPI 3.0 document of the estate in DIRECTORY; always JSON.

    Example: ``interlock asyncapi examples/quote-to-cash --out asyncapi.json``

    Args:
        directory: The folder of the estate.
        version: The version of the document.
        out: Write it into this file instead.
    """
    from interlock.cli.estate_at import understood
    from interlock.estate.asyncapi import asyncapi as described
    from interlock.estate.asyncapi import to_text

    title = directory.resolve().name
    return written(to_text(described(understood(directory), title=title, version=version)), out)
