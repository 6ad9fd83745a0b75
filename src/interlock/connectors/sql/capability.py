"""What can be done with a declared database: what it declares; only the logins are known here."""

from typing import Final

from interlock.estate.capability import Capabilities

FILE: Final = "database-file"
PASSWORD: Final = "password"  # noqa: S105 (the name of a scheme)

CAPABILITIES: Final = Capabilities(
    connector="sql",
    operations={},
    auth_schemes=frozenset({FILE, PASSWORD}),
    limits=("declared, per system",),
    feed="as declared, per object: by a column that says when a row was changed",
)
