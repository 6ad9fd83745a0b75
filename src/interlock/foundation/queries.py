"""Named SQL from a room's own `.sql` files, spelled once for SQLite and PostgreSQL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from interlock.foundation.errors import InvariantError

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement: as SQLite spells its parameters, and as PostgreSQL's driver does."""

    name: str
    sqlite: str
    postgres: str


def query(name: str, text: str) -> Query:
    """Return the statement `text`, whose parameters are written ``:name``."""
    return Query(name, text, _PARAMETER.sub(r"%(\1)s", text.replace("%", "%%")))


@cache
def load_queries(package: str, file: str = "queries.sql") -> Mapping[str, Query]:
    """Return the statements of `file` in `package`, by the names in their ``-- name:`` lines."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    found: dict[str, Query] = {}
    for block in re.split(r"^-- name: *", text, flags=re.MULTILINE)[1:]:
        name, _, body = block.partition("\n")
        if name.strip() in found:
            raise InvariantError(f"query `{name.strip()}` stands twice in {package}/{file}")
        found[name.strip()] = query(name.strip(), body.strip().rstrip(";"))
    return MappingProxyType(found)


def load_schema(package: str, file: str = "schema.sql") -> tuple[str, ...]:
    """Return the statements that create a room's tables, in order."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    lines = [line.partition("--")[0] for line in text.splitlines()]
    return tuple(part.strip() for part in "\n".join(lines).split(";") if part.strip())
