"""Writing under an external id: the one thing in Odoo that is unique and that we choose.

`load` makes or changes the record with an external id (`ir.model.data`, unique by module and
name) and all its lines in one transaction. Lines have external ids too, or a repeated `load`
would add them once more. So a write that is sent twice is one record: class B.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.evidence import by_key
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.odoo import operations
from interlock.connectors.odoo.answers import loaded
from interlock.connectors.odoo.models import Model
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.odoo.records import Records
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.foundation.errors import UsageError

MODULE: Final = "interlock"
"""Under which our external ids stand; no module of Odoo's has this name."""


class Loading:
    """Makes and changes records, and reads back what came of it."""

    def __init__(self, channel: Channel, records: Records) -> None:
        self._channel = channel
        self._records = records

    def put(
        self, model: Model, rows: Sequence[Mapping[str, str]], key: str, scope: Scope
    ) -> Outcome:
        """Load the record with our `key` and return it as it is then.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        answer = self._channel.ask(operations.load(model.name, rows, scope))
        outcome = self.shown(model, loaded(answer), answer, scope)
        if outcome.record:
            by_key(answer, outcome.record, model.key, key)
        return outcome

    def press(self, model: Model, ref: str, method: str, scope: Scope, **more: object) -> Answer:
        """Call a method on a record.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        return self._channel.ask(operations.press(model.name, method, ref, scope, **more))

    def shown(self, model: Model, ref: str, answer: Answer, scope: Scope) -> Outcome:
        """Return what a write came to, with the record as it is afterwards."""
        try:
            record = self._records.read(model, ref, scope)
        except CallFailed as failure:
            return answer.unproven(failure.outcome.message)
        if record is None:
            return answer.unproven(f"there is no {model.obj} {ref}")
        return Outcome(verdict=Verdict.DONE, record=record, status=answer.status)


def external_id(model: Model, key: str) -> str:
    """Return the external id of the record with our key; every key gives another one."""
    return f"{MODULE}.{model.obj}-{_name(key)}"


def line_id(model: Model, key: str, number: int) -> str:
    """Return the external id of one line of the document with our key."""
    return f"{MODULE}.{model.obj}_line-{_name(key)}-{number}"


def _name(key: str) -> str:
    # Neither a space nor a point may stand in the name of an external id.
    return quote(key, safe="").replace(".", "%2E")


def key_of(request: Request) -> str:
    """Return our reference.

    Raises:
        UsageError: There is none.
    """
    if not request.key:
        raise UsageError(
            f"`{request.operation}` needs our reference",
            hint="Bind the entity's identity; it becomes the external id.",
        )
    return request.key


def ref_of(request: Request) -> str:
    """Return the id that the request is about.

    Raises:
        UsageError: There is none in the form of an id.
    """
    if not request.ref or not operations.is_id(request.ref):
        raise UsageError(
            f"`{request.operation}` needs the id of the record", hint="Give it as `ref`."
        )
    return request.ref


def already(record: Record, refusal: Outcome | None = None) -> Outcome:
    """Return the outcome of a write that was not needed any more."""
    code = refusal.code if refusal else ""
    return Outcome(verdict=Verdict.DONE, record=record, existing=True, code=code)


def missing(model: Model, ref: str) -> Outcome:
    """Return the outcome of a write to a record that is not there."""
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.NOT_FOUND,
        message=f"Odoo has no {model.obj} {ref}; nothing was sent",
    )
