"""Customers: parties with our code, each with an address."""

from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Request, Verdict
from interlock.connectors.tryton import operations
from interlock.connectors.tryton.operations import PARTY
from interlock.connectors.tryton.records import Records, done
from interlock.foundation.errors import UsageError


class Parties:
    """Makes parties and sets their fields."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def upsert(self, request: Request, company: int) -> Outcome:
        """Set the fields of the party with our code; make it first if there is none.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        if not request.key:
            raise UsageError("`party.upsert` needs our reference", hint="It becomes the code.")
        body = {**request.body, "code": request.key}
        ref = self._ref(request.key, company)
        if ref is None:
            try:
                return self._made(body, company, request.traceparent)
            except CallFailed as failure:
                # Somebody made it just now: the code is unique, so it is the one that was meant.
                ref = self._ref(request.key, company) if _taken(failure) else None
                if ref is None:
                    raise
        # The code of a party that is there may not be set again, not even to the same.
        rest = {name: value for name, value in request.body.items() if name != "code"}
        call = operations.update(PARTY, ref, rest, company, request.traceparent)
        return done(*self._records.changed(PARTY, ref, call))

    def _ref(self, code: str, company: int) -> str | None:
        found = self._records.keyed(PARTY, "code", code, company)
        return found[0].ref if found else None

    def _made(self, body: Body, company: int, traceparent: str) -> Outcome:
        # An invoice needs an address, and a party has none unless it is made with one.
        made = {"addresses": [["create", [{}]]], **body}
        call = operations.create(PARTY, made, company, traceparent)
        return done(*self._records.made(PARTY, str(body["code"]), call))

    def address(self, party: int, company: int) -> int | None:
        """Return the first address of a party.

        Raises:
            CallFailed: There is no such party, or it could not be found out.
        """
        record = self._records.read(PARTY, str(party), company)
        if record is None:
            message = f"Tryton has no party {party}; nothing was sent"
            raise CallFailed(
                Outcome(verdict=Verdict.REJECTED, kind=Kind.NOT_FOUND, message=message)
            )
        found = record.body.get("addresses")
        addresses = found if isinstance(found, list) else []
        return next((each for each in addresses if isinstance(each, int)), None)


def _taken(failure: CallFailed) -> bool:
    return failure.outcome.kind is Kind.DUPLICATE
