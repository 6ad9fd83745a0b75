"""``interlock openapi``: what users' programs may ask for."""

from pathlib import Path

from interlock.cli.terminal import written


def openapi(
    directory: Path = Path(),
    *,
    version: str = "1.0.0",
    server: str = "http://127.0.0.1:8443",
    out: Path | None = None,
) -> int:
    """Print the OpenAPI 3.1 document of the APIs of the estate in DIRECTORY; always JSON.

    Example: ``interlock openapi examples/quote-to-cash --out openapi.json``

    Args:
        directory: The folder of the estate.
        version: The version of the document.
        server: Where callers reach us: the proxy before the workers.
        out: Write it into this file instead.
    """
    from interlock.cli.estate_at import understood
    from interlock.estate.asyncapi import to_text
    from interlock.estate.openapi import openapi as described

    estate = understood(directory)
    title = directory.resolve().name
    return written(to_text(described(estate, title=title, version=version, server=server)), out)
