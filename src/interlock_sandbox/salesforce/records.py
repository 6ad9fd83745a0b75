"""The org's records: made, changed and deleted by its rules."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from interlock_sandbox.salesforce.errors import SalesforceError, missing, refused
from interlock_sandbox.salesforce.schema import PREFIXES, Field, Schema
from interlock_sandbox.salesforce.values import kept, long_id, stamp
from interlock_sandbox.world import Record, World

Changed = Callable[[str, Record], None]
LINE: Final = "OpportunityLineItem"
PRICE: Final = "PricebookEntry"
_CENT: Final = Decimal("0.01")


class AmbiguousError(SalesforceError):
    """Several records have one external id: their ids, and nothing is done."""

    def __init__(self, refs: Sequence[str]) -> None:
        super().__init__(300, "DUPLICATE_EXTERNAL_ID", "the external id stands in several records")
        self.refs = refs


class Org:
    """Keeps the records of every object; tells `changed` and `gone` of them."""

    def __init__(self, world: World, schema: Schema, changed: Changed, gone: Changed) -> None:
        self._world = world
        self._schema = schema
        self._changed = changed
        self._gone = gone
        self._known: dict[tuple[str, str, str], list[str]] = {}
        """(object, external id field, value without case) -> ids that have or had it."""

    def find(self, obj: str, ref: str) -> Record:
        """Return the record with this id.

        Raises:
            SalesforceError: There is none, or it was deleted.
        """
        self._schema.fields(obj)
        found = self._world.table(obj).get(long_id(ref))
        if found is None:
            raise missing()
        if found["IsDeleted"]:
            raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted")
        return found

    def anything(self, ref: str) -> tuple[str, Record]:
        """Return the object and the record that an id names: its first three letters say which.

        Raises:
            SalesforceError: There is none.
        """
        known = {prefix: obj for obj, prefix in PREFIXES.items()}
        obj = known.get(ref[:3])
        if obj is None:
            raise missing()
        return obj, self.find(obj, ref)

    def by_key(self, obj: str, field: str, value: str) -> list[Record]:
        """Return the records whose external id `field` is `value`, without regard to case.

        Raises:
            SalesforceError: `field` is no external id.
        """
        known = self._schema.fields(obj).get(field)
        if known is None or not (known.external or known.kind == "id"):
            text = f"Provided external ID field does not exist or is not accessible: {field}"
            raise missing(text)
        if known.kind == "id":
            found = self._world.table(obj).get(long_id(value))
            return [found] if found and not found["IsDeleted"] else []
        return self._same(obj, field, value)

    def _same(self, obj: str, field: str, value: str) -> list[Record]:
        table, wanted = self._world.table(obj), value.casefold()
        refs = self._known.get((obj, field, wanted), ())
        found = [table[ref] for ref in dict.fromkeys(refs) if ref in table]
        return [
            record
            for record in found
            if not record["IsDeleted"] and str(record.get(field) or "").casefold() == wanted
        ]

    def _noted(self, obj: str, record: Record) -> None:
        """Remember the external ids of a record, so that it is found without reading all."""
        for field in self._schema.fields(obj).values():
            value = record.get(field.name) if field.external else None
            if value is not None:
                key = (obj, field.name, str(value).casefold())
                self._known.setdefault(key, []).append(record["Id"])

    def upsert(
        self, obj: str, field: str, body: Mapping[str, object], *, make: bool = True
    ) -> tuple[Record, bool]:
        """Make or change the record whose external id `field` is what `body` says of it.

        Returns the record, and whether it was made.

        Raises:
            SalesforceError: Several have that id (300), or the org does not accept it.
        """
        value = str(body.get(field) or "")
        same = self.by_key(obj, field, value) if value else []
        if len(same) > 1:
            raise AmbiguousError([str(record["Id"]) for record in same])
        if not same and (field == "Id" or not make):
            raise missing()
        if same:
            self.change(obj, same[0], {k: v for k, v in body.items() if k != field})
            return same[0], False
        return self.make(obj, body), True

    def make(self, obj: str, body: Mapping[str, object]) -> Record:
        """Make a record.

        Raises:
            SalesforceError: The org does not accept it.
        """
        given = self._checked(obj, body, None)
        record = self._blank(obj) | given
        record["Id"] = self._new_id(obj)
        self._world.writes[obj] += 1
        self._touch(record)
        record["CreatedDate"] = record["SystemModstamp"]
        self._world.table(obj)[record["Id"]] = record
        self._noted(obj, record)
        self._after(obj, record)
        return record

    def change(self, obj: str, record: Record, body: Mapping[str, object]) -> None:
        """Set fields of a record.

        Raises:
            SalesforceError: The org does not accept them.
        """
        record.update(self._checked(obj, body, record))
        self._world.writes[obj] += 1
        self._noted(obj, record)
        self._touch(record)
        self._after(obj, record)

    def delete(self, obj: str, record: Record) -> None:
        """Put a record, and the lines of an opportunity with it, into the recycle bin."""
        record["IsDeleted"] = True
        self._touch(record)
        self._gone(obj, record)
        if obj == "Opportunity":
            for line in self._lines(record["Id"]):
                self.delete(LINE, line)
        elif obj == LINE:
            self._total(record)

    def _after(self, obj: str, record: Record) -> None:
        if obj == PRICE:
            product = self._world.table("Product2")[str(record["Product2Id"])]
            record |= {"ProductCode": product["ProductCode"], "Name": product["Name"]}
        if obj == LINE:
            self._priced(record)
            self._total(record)
        self._changed(obj, record)

    def _priced(self, line: Record) -> None:
        """A line has a unit price or a total; the other follows."""
        quantity, unit, total = line["Quantity"], line["UnitPrice"], line["TotalPrice"]
        if quantity and unit is not None:
            line["TotalPrice"] = quantity * unit
        elif quantity and total is not None:
            line["UnitPrice"] = (total / quantity).quantize(_CENT)

    def _total(self, line: Record) -> None:
        """The amount of an opportunity with lines is their sum, whatever was said before."""
        opportunity = self._world.table("Opportunity").get(str(line["OpportunityId"]))
        if opportunity is None:
            return
        prices = [each["TotalPrice"] or Decimal(0) for each in self._lines(opportunity["Id"])]
        if prices and opportunity["Amount"] != sum(prices):
            opportunity["Amount"] = sum(prices, Decimal(0))
            self._touch(opportunity)
            self._changed("Opportunity", opportunity)

    def _lines(self, opportunity: str) -> list[Record]:
        table = self._world.table(LINE).values()
        return [
            row for row in table if row["OpportunityId"] == opportunity and not row["IsDeleted"]
        ]

    def _checked(self, obj: str, body: Mapping[str, object], record: Record | None) -> Record:
        fields = self._schema.fields(obj)
        found: Record = {}
        for name, value in body.items():
            if name == "attributes":
                continue
            field = fields.get(name)
            if field is None:
                message = f"No such column '{name}' on sobject of type {obj}"
                raise refused("INVALID_FIELD", message)
            _writable(field)
            found[name] = kept(field, value)
        self._required(fields, found, record)
        self._unique(obj, fields, found, record)
        self._referring(fields, found)
        self._validated(obj, found, record or {})
        return found

    def _required(self, fields: Mapping[str, Field], given: Record, record: Record | None) -> None:
        known = given if record is not None else {**dict.fromkeys(fields), **given}
        lacking = [
            name for name, value in known.items() if fields[name].required and value is None
        ]
        if lacking:
            message = f"Required fields are missing: [{', '.join(lacking)}]"
            raise refused("REQUIRED_FIELD_MISSING", message, *lacking)

    def _unique(
        self, obj: str, fields: Mapping[str, Field], given: Record, record: Record | None
    ) -> None:
        for name, value in given.items():
            if not fields[name].external or value is None:
                continue
            others = [other for other in self._same(obj, name, str(value)) if other is not record]
            if others:
                message = (
                    f"duplicate value found: {name} duplicates value on record "
                    f"with id: {others[0]['Id']}"
                )
                raise refused("DUPLICATE_VALUE", message)

    def _referring(self, fields: Mapping[str, Field], given: Record) -> None:
        for name, value in given.items():
            field = fields[name]
            if field.kind != "reference" or value is None:
                continue
            other = self._world.table(field.to).get(str(value))
            if other is None:  # assumed: the code for a well-formed id that nothing has
                message = f"invalid cross reference id: {value}"
                raise refused("INVALID_CROSS_REFERENCE_KEY", message, name)
            if other["IsDeleted"]:
                raise refused("ENTITY_IS_DELETED", "entity is deleted", name)

    def _validated(self, obj: str, given: Record, record: Record) -> None:
        """Apply the org's validation rules (option `validation_rules`)."""
        for rule in self._world.options.get("validation_rules", ()):
            field = rule["field"]
            if rule["object"] == obj and {**record, **given}.get(field) == rule["is"]:
                raise refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], field)

    def _blank(self, obj: str) -> Record:
        fields = self._schema.fields(obj).values()
        return {f.name: False if f.kind == "boolean" else None for f in fields}

    def _new_id(self, obj: str) -> str:
        return long_id(f"{PREFIXES[obj]}{self._world.number():012d}")

    def _touch(self, record: Record) -> None:
        record["SystemModstamp"] = record["LastModifiedDate"] = stamp(self._world.now())


def _writable(field: Field) -> None:
    if field.name == "Id":
        message = "The Id field should not be specified in the sobject data."
        raise refused("INVALID_FIELD", message, "Id")
    if field.own:
        message = (
            f"Unable to create/update fields: {field.name}. Please check the security settings of "
            "this field and verify that it is read/write for your profile or permission set."
        )
        raise refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, field.name)
