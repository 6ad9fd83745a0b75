"""A system with an HTTP API that no connector knows: the API, declared (connector `rest`).

The words are checked here, so that a mistake has a line; `interlock.connectors.rest` acts on them.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic import Field as Given

from interlock.estate.capability import Capability, Effect, Guarantee
from interlock.estate.kinds.declared import Duration, Part, Text
from interlock.estate.kinds.promises import Label, Promise
from interlock.estate.kinds.rest_errors import ErrorRow, Pointer
from interlock.estate.kinds.system import System, SystemSpec

_PLACES: Final = re.compile(r"\{([^{}]*)\}")
_UNSAFE: Final = re.compile(r"[?#\\\s]|//|(?:^|/)\.{1,2}(?:/|$)|%(?![0-9A-Fa-f]{2})")
_OURS: Final = frozenset({"authorization", "content-type", "content-length", "host", "cookie"})


def _template(value: str) -> str:
    bare = _PLACES.sub("x", value)
    if not value.startswith("/") or _UNSAFE.search(bare) or "{" in bare or "}" in bare:
        raise ValueError("a path from the root, such as /invoices/{id}, without query and dots")
    return value


def _headers(value: Mapping[str, str]) -> Mapping[str, str]:
    for name, text in value.items():
        if name.lower() in _OURS or not text.isprintable() or not text.isascii():
            raise ValueError(f"`{name}` cannot be set here, or not to this")
    return value


def places_in(text: str) -> set[str]:
    """Return the names in braces."""
    return set(_PLACES.findall(text))


def _only(text: str, known: frozenset[str], what: str) -> None:
    for name in sorted(places_in(text) - known):
        listed = ", ".join(f"{{{each}}}" for each in sorted(known))
        raise ValueError(f"`{what}` knows no {{{name}}}, only {listed}")


Template = Annotated[str, AfterValidator(_template)]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Headers = Annotated[dict[Header, Text], AfterValidator(_headers)]


class Access(Part):
    """How the credential is shown, where the scheme alone does not say it."""

    header: Header = "X-Api-Key"
    """Scheme `api-key`: the header that carries it."""
    prefix: str = Given(default="", pattern=r"^[\x21-\x7e]{0,32}$")
    """Scheme `api-key`: a word before it."""
    tokenPath: Template = "/oauth2/token"  # noqa: N815 (spelling of the file)
    """Scheme `oauth2-client-credentials`: where tokens are had, under the system's URL."""
    scope: str = ""


class Paging(Part):
    """How a list goes on."""

    style: Literal["cursor", "page", "offset", "link"]
    parameter: Text | None = None
    """The query's name of the cursor, the page or the offset."""
    at: Pointer | None = None
    """Style `cursor`: where the next one stands in the answer."""
    size: int | None = Given(default=None, gt=0, le=10_000)
    """How many objects a page holds; styles `page` and `offset` end with a shorter one."""
    sizeParameter: Text | None = None  # noqa: N815 (spelling of the file)
    first: int = Given(default=1, ge=0, le=1)
    """Style `page`: the number of the first page."""

    @model_validator(mode="after")
    def _whole(self) -> "Paging":
        if self.style != "link" and self.parameter is None:
            raise ValueError(f"style `{self.style}` needs a `parameter:`")
        if self.style == "cursor" and self.at is None:
            raise ValueError("style `cursor` needs `at:`, where the next cursor stands")
        if self.style in {"page", "offset"} and self.size is None:
            raise ValueError(f"style `{self.style}` needs the `size:` of a page")
        return self


class Reading(Part):
    """How one object is read by the system's id."""

    path: Template
    query: dict[Text, Text] = Given(default_factory=dict)
    at: Pointer = ""
    """Where the object stands in the answer."""

    @model_validator(mode="after")
    def _by_id(self) -> "Reading":
        _only(self.path, frozenset({"id"}), "path")
        if "id" not in places_in(self.path):
            raise ValueError("`path` needs {id}")
        return self


class Finding(Part):
    """How one object is found by a unique value."""

    path: Template
    query: dict[Text, Text] = Given(default_factory=dict)
    items: Pointer = ""
    """Where the list of matches stands in the answer, or the one object."""
    where: Pointer | None = None
    """Where the value stands in a match; those with another one are no match."""

    @model_validator(mode="after")
    def _by_value(self) -> "Finding":
        for text in (self.path, *self.query.values()):
            _only(text, frozenset({"value"}), "find")
        if not any("value" in places_in(text) for text in (self.path, *self.query.values())):
            raise ValueError("`find` needs {value} in its path or its query")
        return self


class Listing(Part):
    """How changes are listed, since a moment by the system's clock."""

    path: Template
    query: dict[Text, Text] = Given(default_factory=dict)
    items: Pointer = ""
    paging: Paging | None = None
    moments: Literal["iso", "epoch", "epoch-ms"] = "iso"
    """How moments are written, in {since} and in the object's `modified`."""
    overlap: Duration | None = None
    """How far a poll looks back; else the `overlap` of `inbound`, else 10 s."""

    @model_validator(mode="after")
    def _since(self) -> "Listing":
        _only(self.path, frozenset(), "path")
        for text in self.query.values():
            _only(text, frozenset({"since"}), "query")
        if not any("since" in places_in(text) for text in self.query.values()):
            raise ValueError("`changes` needs {since} in its query")
        return self


class Operation(Promise):
    """How one write is sent, and what its answer shows."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: Template
    query: dict[Text, Text] = Given(default_factory=dict)
    body: Literal["json", "form", "none"] = "json"
    wrap: Text | None = None
    """The member that the body stands under."""
    headers: Headers = Given(default_factory=dict)
    idempotencyHeader: Header | None = None  # noqa: N815 (spelling of the file)
    answer: Literal["object", "id", "nothing"] = "object"
    """What a success shows; with less than the object it is read back."""
    at: Pointer = ""
    """Where the object stands in the answer."""

    @model_validator(mode="after")
    def _whole(self) -> "Operation":
        for text in (self.path, *self.query.values()):
            _only(text, frozenset({"id", "key"}), "path")
        if (self.guarantee is Guarantee.KEY) != (self.idempotencyHeader is not None):
            raise ValueError("class A and `idempotencyHeader:` go together")
        if self.guarantee is Guarantee.SAFE and self.effect is not Effect.READ:
            raise ValueError("class S is for `effect: read` only")
        if self.answer == "nothing" and "id" not in places_in(self.path):
            raise ValueError("an answer with nothing in it is read back by {id}: it needs one")
        return self


class RestObject(Part):
    """One kind of object of the API."""

    id: Pointer
    """Where the system's id stands in an object."""
    modified: Pointer | None = None
    deleted: Pointer | None = None
    """What is true, or a moment, when the object was deleted."""
    read: Reading
    find: dict[Text, Finding] = Given(default_factory=dict)
    """Field -> how one object is found by it."""
    changes: Listing | None = None
    operations: dict[Label, Operation] = Given(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> "RestObject":
        if self.changes is not None and self.modified is None:
            raise ValueError("`changes` needs `modified:`, where the time of change stands")
        for verb, each in self.operations.items():
            if (
                each.guarantee is Guarantee.REFERENCE
                and not self.find
                and not each.path.count("{")
            ):
                raise ValueError(f"`{verb}` is class B, and nothing can be found by a reference")
        return self


class RestOptions(Part):
    """An API."""

    objects: dict[Label, RestObject] = Given(min_length=1)
    access: Access = Access()
    headers: Headers = Given(default_factory=dict)
    """Sent with every request, such as a version of the API."""
    errors: tuple[ErrorRow, ...] = ()
    """The first line that matches an answer says what it means."""
    code: Pointer | None = None
    """Where an error's code stands, to be shown."""
    message: Pointer | None = None

    def operations(self) -> dict[str, Capability]:
        """Return what it can do, in the words of the checks."""
        return {
            f"{obj}.{verb}": operation.capability(f"{obj}.{verb}")
            for obj, each in self.objects.items()
            for verb, operation in each.operations.items()
        }

    def told(self) -> frozenset[str]:
        """Return the events that polling it yields."""
        polled = {name: each for name, each in self.objects.items() if each.changes}
        deleted = {f"{name}.deleted" for name, each in polled.items() if each.deleted}
        return frozenset({f"{name}.changed" for name in polled} | deleted)


class RestSpec(SystemSpec):
    """What is known of a system whose API is declared."""

    options: RestOptions

    def operations(self) -> dict[str, Capability]:
        return self.options.operations()

    def told(self) -> frozenset[str]:
        return self.options.told()


class RestSystem(System):
    """A system whose API is declared."""

    spec: RestSpec
