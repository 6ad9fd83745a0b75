"""What happens to an org without its API: old data, screens, merges, an emptied recycle bin."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from interlock_sandbox.salesforce.records import Org
from interlock_sandbox.salesforce.schema import CHILDREN, NUMBERS
from interlock_sandbox.world import Record


class OrgByHand(Org):
    """An org that people work in, too, rules or not."""

    def seed(self, given: Mapping[str, Any]) -> Mapping[str, list[str]]:
        """Load records by object, bypassing the rules: old data is never clean.

        A row with a SystemModstamp of its own was saved then, by a transaction that commits now.
        """
        made: dict[str, list[str]] = {}
        for obj, rows in given.items():
            for row in rows:
                record = self._blank(obj) | self._typed(obj, row)
                record["Id"] = str(row.get("Id") or self._new_id(obj))
                self._touch(record)
                record["SystemModstamp"] = row.get("SystemModstamp", record["SystemModstamp"])
                record["CreatedDate"] = record["SystemModstamp"]
                self._world.table(obj)[record["Id"]] = record
                self._noted(obj, record)
                made.setdefault(obj, []).append(record["Id"])
                self._changed(obj, record)
        return made

    def empty_bin(self, given: Mapping[str, Any]) -> Record:
        """Empty the recycle bin: no query sees these records any more, only getDeleted does."""
        obj = str(given["object"])
        table, purged = self._world.table(obj), self._world.table(f"{obj} (purged)")
        gone = {ref: record for ref, record in table.items() if record["IsDeleted"]}
        purged.update(gone)
        for ref in gone:
            del table[ref]
        return {"purged": list(gone)}

    def by_hand(self, given: Mapping[str, Any]) -> Record:
        """Do what a person does in the vendor's screens, rules or not."""
        obj = str(given["object"])
        record = self.find(obj, str(given["id"]))
        record.update(self._typed(obj, given["set"]))
        self._noted(obj, record)
        self._touch(record)
        self._changed(obj, record)
        return record

    def _typed(self, obj: str, row: Mapping[str, Any]) -> Record:
        """Return the row with amounts as numbers, as the real org shows them."""
        fields = self._schema.fields(obj)
        return {
            name: Decimal(str(value))
            if value is not None and name in fields and fields[name].kind in NUMBERS
            else value
            for name, value in row.items()
        }

    def merge(self, given: Mapping[str, Any]) -> Record:
        """Merge two accounts: the loser goes, its children move without an event (F20).

        The children's stamps stay as they were: no trigger, no poll by SystemModstamp sees it.
        """
        winner = self.find("Account", str(given["winner"]))
        loser = self.find("Account", str(given["loser"]))
        loser["IsDeleted"] = True
        loser["MasterRecordId"] = winner["Id"]
        self._touch(loser)
        self._touch(winner)
        self._gone("Account", loser)
        for child, field in CHILDREN["Account"].values():
            for record in self._world.table(child).values():
                if record[field] == loser["Id"]:
                    record[field] = winner["Id"]
        if winner["ParentId"] == winner["Id"]:  # the loser was the winner's parent
            winner["ParentId"] = loser["ParentId"]
        self._changed("Account", winner)
        return winner
