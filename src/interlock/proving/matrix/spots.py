"""The places of the matrix: every kind of step, at every class of target.

How a place is reached is data, too: what has to go wrong before for a look-up to be necessary, or
for something to be taken back.
"""

from dataclasses import dataclass
from typing import Final

from interlock.proving.company import BOOKS

Before = tuple[tuple[str, str], ...]
"""What has to go wrong first: (fault, call), in the order of the story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One kind of step at one class of target, and the call or delivery by which it is seen."""

    name: str
    kind: str
    """Which kind of exchange it is: what can go wrong there follows from it."""
    call: str
    """``system object.verb``; a delivery has the verb ``delivered``."""
    books: str
    """The legal entity whose deal goes this way."""
    calling: bool = False
    """Whether the estate says `call` where it usually says `put`."""
    before: Before = ()

    @property
    def system(self) -> str:
        """Return the system that is talked to."""
        return self.call.partition(" ")[0]

    @property
    def verb(self) -> str:
        """Return what is asked of it."""
        return self.call.rpartition(".")[2]


CLASSES: Final = {"billing": "A", "erp": "B", "legacy": "C"}
"""System -> the class of the documents that are made there."""
DOCUMENTS: Final = {"billing": "subscription", "erp": "invoice", "legacy": "invoice"}
UNDONE: Final = {"billing": "cancel", "erp": "credit", "legacy": "credit"}
_ENTITY: Final = {system: entity for entity, system in BOOKS.items()} | {"billing": "north"}
_PAID: Final = "billing payment.delivered"
LATE: Final[Before] = (("withdrawn", _PAID),)
"""Called off while it waits for its payment: behind the pivot, a person decides."""


def _before_undo(system: str) -> Before:
    if system == "billing":
        return (("withdrawn", "billing subscription.create"),)
    return LATE


def _at(system: str) -> list[Spot]:
    """Return the places that there are at each class of target."""
    obj, cls, books = DOCUMENTS[system], CLASSES[system], _ENTITY[system]
    create, undo = f"{system} {obj}.create", f"{system} {obj}.{UNDONE[system]}"
    early = (("withdrawn", create),) if system == "billing" else ()
    back = _before_undo(system)
    return [
        _spot(f"put, upsert: {system}", "upsert", f"{system} customer.upsert", books),
        _spot(f"put, create: class {cls}", "create", create, books),
        _spot(f"call, create: class {cls}", "create", create, books, calling=True),
        _spot(
            f"put, create, called off meanwhile: class {cls}",
            "create",
            create,
            books,
            before=(("withdrawn", create),),
        ),
        _spot(
            f"look-up of a create in doubt: class {cls}",
            "probe",
            f"{system} {obj}.find",
            books,
            before=(("response_lost", create), *early),
        ),
        _spot(f"undo: class {cls}", "undo", undo, books, before=back),
        _spot(
            f"look-up of an undo in doubt: class {cls}",
            "probe",
            f"{system} {obj}.find",
            books,
            before=(*back, ("response_lost", undo)),
        ),
        _spot(f"proof: class {cls}", "read", f"{system} {obj}.read", books),
    ]


def _spot(
    name: str, kind: str, call: str, books: str, *, calling: bool = False, before: Before = ()
) -> Spot:
    return Spot(name=name, kind=kind, call=call, books=books, calling=calling, before=before)


SPOTS: Final[tuple[Spot, ...]] = (
    _spot("trigger: the event", "event", "crm deal.delivered", "north"),
    _spot("trigger: the event, far books", "event", "crm deal.delivered", "south"),
    _spot("trigger: the record", "read", "crm deal.read", "north"),
    _spot("get", "read", "crm account.find", "north"),
    *_at("billing"),
    *_at("erp"),
    *_at("legacy"),
    _spot("put, update", "update", "crm deal.update", "north"),
    _spot("wait", "event", _PAID, "north"),
    _spot(
        "a person's answer",
        "answer",
        "people case.answered",
        "north",
        before=(("missing_amount", "story deal.agreed"),),
    ),
    _spot("after the end", "end", "crm deal.changes", "north"),
)
"""Every place; the names stand in the page and in the tests."""
