"""What every declared thing has: a name, an owner, and the place that it was declared at."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)

from interlock.estate.document import Document
from interlock.estate.meanings import meanings
from interlock.foundation.place import Place, Where


def _called(word: str) -> Any:  # noqa: ANN401 (pydantic's own)
    """Let the schema say what people call this form of text, where the pattern alone would not."""
    return Field(json_schema_extra={"$comment": word})


Name = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$", max_length=63),
    _called("name"),
]
"""Lower case, digits, dashes (RFC 1123 label; entities and fields may use underscores)."""

_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d|w)")
LONGEST = timedelta(days=36_500)
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def duration_of(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value))
    if found is None:
        raise ValueError("write a number and a unit: ms, s, m, h, d or w, such as 15m")
    try:
        length = _UNITS[found.group(2)] * int(found.group(1))
    except OverflowError:
        length = timedelta.max
    if length > LONGEST:
        raise ValueError(f"nothing here may last longer than {LONGEST.days}d")
    return length


def bound_of(value: object) -> object:
    """Check a duration or ``setting:NAME``, and leave it as it is written."""
    if not str(value).startswith("setting:"):
        duration_of(value)
    return value


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError("write an address or a network, such as 203.0.113.0/24") from error
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("write an IANA time zone, such as Europe/Berlin") from error
    return value


def _date(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


_NUMBERS_TOO = Field(coerce_numbers_to_str=True)
_PLAIN: dict[str, Any] = {"type": ["string", "number"]}
LASTING: dict[str, Any] = {
    "type": "string",
    "pattern": "^[0-9]{1,9}(ms|s|m|h|d|w)$",
    "$comment": "duration",
    "description": "a number and a unit: ms, s, m, h, d or w, such as 15m",
}

Duration = Annotated[timedelta, BeforeValidator(duration_of), WithJsonSchema(LASTING)]
Day = Annotated[date, BeforeValidator(_date)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Text = Annotated[str, _NUMBERS_TOO, WithJsonSchema(_PLAIN)]
"""Text that may look like a number: a version, a code."""
Zone = Annotated[str, AfterValidator(_zone), _called("time zone")]
"""An IANA time zone."""
Network = Annotated[str, AfterValidator(_network), _called("network")]
"""An IP address, or a network in CIDR notation."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), _called("currency")]
"""ISO 4217, such as EUR."""
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), _called("country")]
"""ISO 3166-1, such as DE."""
Path = Annotated[
    str,
    _NUMBERS_TOO,
    StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$"),
    _called("path"),
]
"""Names with dots between them."""
Bound = Annotated[str, BeforeValidator(bound_of), _called("duration or `setting:NAME`")]
"""A duration, or ``setting:NAME``."""
Formula = Annotated[str, _NUMBERS_TOO, WithJsonSchema({**_PLAIN, "$comment": "expression"})]
"""Text in the expression language."""


class Part(BaseModel):
    """A piece of a declaration: immutable, and spelled exactly."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls,
        core_schema: Any,  # noqa: ANN401 (pydantic's own)
        handler: GetJsonSchemaHandler,
    ) -> dict[str, Any]:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        told = meanings(cls)
        for name, field in cls.model_fields.items():
            if name in told:
                properties[field.alias or name]["description"] = told[name]
        return schema


class ShortPart(Part):
    """A piece that may also be written as one string, which its validator makes whole."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls,
        core_schema: Any,  # noqa: ANN401 (pydantic's own)
        handler: GetJsonSchemaHandler,
    ) -> dict[str, Any]:
        whole = handler.resolve_ref_schema(
            super().__get_pydantic_json_schema__(core_schema, handler)
        )
        return {"anyOf": [{"type": "string"}, whole]}


class Metadata(Part):
    """Who and what."""

    name: Name
    title: str = ""
    owner: str | None = None
    """``group:NAME``. None is a finding, not an error."""
    labels: dict[str, Text] = Field(default_factory=dict)
    annotations: dict[str, Text] = Field(default_factory=dict)


class Declared(Part):
    """Something that people declare."""

    # A slot of its own: a private attribute of pydantic's costs a look-up in Python every time.
    __slots__ = ("_document",)

    apiVersion: Literal["interlock/v1"]  # noqa: N815 (the envelope of Kubernetes, Backstage, OpenSLO)
    kind: str
    metadata: Metadata
    spec: Any

    @property
    def name(self) -> str:
        """Return its name."""
        return self.metadata.name

    @property
    def id(self) -> str:
        """Return its name with its kind: ``system:crm``."""
        return f"{self.kind.lower()}:{self.metadata.name}"

    @property
    def place(self) -> Place:
        """Return where it is declared."""
        return self.place_of("metadata", "name")

    def place_of(self, *path: str | int) -> Place:
        """Return the place of the value at `path`, or of the nearest thing around it."""
        document = self._read_from()
        return Place("nowhere") if document is None else document.place(*path)

    def where(self, *path: str | int) -> Where:
        """Return what finds the place of the value at `path`, for those who may never ask."""
        return partial(self.place_of, *path)

    def place_of_key(self, *path: str | int) -> Place:
        """Return the place of the key at `path`."""
        document = self._read_from()
        return Place("nowhere") if document is None else document.place(*path, of_key=True)

    def declared_in(self, document: Document) -> "Declared":
        """Remember the document that it was read from."""
        object.__setattr__(self, "_document", document)
        return self

    def _read_from(self) -> Document | None:
        document: Document | None = getattr(self, "_document", None)
        return document
