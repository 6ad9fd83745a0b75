"""An entity: who may originate each field, and what it is called in every system."""

from typing import Literal

from pydantic import Field as Given
from pydantic import model_validator

from interlock.estate.kinds.declared import Declared, Formula, Name, Part, Path, ShortPart, Text
from interlock.estate.kinds.system import DataClass


class Handoff(Part):
    """Authority moves with the state of the record."""

    to: Name
    """The system that has authority from then on."""
    when: Formula
    """Over the record's own fields."""


class Authority(ShortPart):
    """Who may originate a value, and where that differs."""

    default: Name
    """The system that may originate the value."""
    legalEntities: dict[Name, Name] = Given(default_factory=dict)  # noqa: N815 (spelling of the file)
    """Legal entity to the system that decides for its records."""
    handoff: Handoff | None = None
    """Authority moves with the state of the record."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"default": value} if isinstance(value, str) else value


class Binding(ShortPart):
    """How one field appears in one system."""

    path: Path
    """Dotted path in the system's object."""
    as_: str | dict[str, Text] | None = Given(default=None, alias="as")
    """A codec's name, or vendor value -> our value."""
    read: Path | tuple[Path, ...] | None = None
    """Where it is read, when not where it is written; of several, the first that is there."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"path": value} if isinstance(value, str) else value

    @property
    def reads(self) -> tuple[str, ...]:
        """Return where it is read: the first of these paths that leads to something."""
        if isinstance(self.read, tuple):
            return self.read
        return (self.read or self.path,)


class Field(Part):
    """One field."""

    type: Text | None = None
    """string, int, decimal, money, boolean, date, timestamp, currency, enum or ref(ENTITY)."""
    list: Name | None = None
    """The entity of the elements, when it is a list."""
    values: tuple[Text, ...] = ()
    """The values of an enum."""
    required: bool = False
    """Whether a record without it is complete."""
    authority: Authority | None = None
    """``None``: as the entity."""
    derivedFrom: tuple[Name, ...] = ()  # noqa: N815 (spelling of the file)
    """Systems from whose data an integration may work the value out, constants included."""
    class_: DataClass = Given(default="internal", alias="class")
    """How sensitive it is: where ``personal`` data may flow is checked."""
    in_: dict[Name, Binding] = Given(default={}, alias="in")
    """System to what the field is called there."""

    @model_validator(mode="after")
    def _one_form(self) -> "Field":
        if (self.type is None) == (self.list is None):
            raise ValueError("a field has a `type`, or is a `list` of an entity; not both")
        if (self.type == "enum") != bool(self.values):
            raise ValueError("`values` belong to `type: enum`, and an enum needs them")
        return self

    @property
    def refers_to(self) -> str | None:
        """Return the entity that it points to, if it does."""
        if self.type is not None and self.type.startswith("ref("):
            return self.type[4:-1]
        return None


class Identity(ShortPart):
    """The object of a system, and its field that carries our key."""

    obj: Path = Given(alias="object")
    """What the system calls the thing."""
    field: Path
    """Its field that carries our key."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        name, _, field = value.partition(".")
        if not field:
            raise ValueError("write OBJECT.FIELD, or {object: ..., field: ...}")
        return {"object": name, "field": field}


class EntitySpec(Part):
    """The entity table."""

    domain: str
    """The business domain, such as customer or invoice."""
    authority: Authority
    """Who may originate the fields that name nobody else."""
    identity: dict[Name, Identity]
    """System to its object and the field that carries our key: ``Account.Id``."""
    legalEntity: Name | None = None  # noqa: N815 (spelling of the file)
    """The field that says to which legal entity a record belongs."""
    posted: Formula | None = None
    """From when on a record counts in the ledger and is corrected by reversal only."""
    fields: dict[Name, Field]
    """Name of the field to who may originate it and what it is called where."""


class Entity(Declared):
    """One thing that several systems know."""

    kind: Literal["Entity"]
    spec: EntitySpec

    def field(self, name: str) -> Field | None:
        """Return a field by its name."""
        return self.spec.fields.get(name)

    def authority_of(self, field: str) -> Authority:
        """Return the rule for `field`: its own, or the entity's."""
        found = self.spec.fields.get(field)
        return (found.authority if found else None) or self.spec.authority

    def binding(self, field: str, system: str) -> Binding | None:
        """Return how `field` appears in `system`."""
        found = self.spec.fields.get(field)
        return found.in_.get(system) if found else None
