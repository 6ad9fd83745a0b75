"""A legacy ERP without an API: it watches a folder and imports what lies there on its own clock.

It imports files from ``to-erp``, answers in ``from-erp`` with an acknowledgement a batch and its
whole ledger whenever that changed, and keeps books of its own. It knows nothing of who writes.
Faults: ``late`` (a file is left lying for some rounds), ``twice`` (it dies between importing and
removing a file), ``half_written`` (an answer appears under its final name and is finished a round
later), ``rejected_line``, ``lost_ack``. Options: ``root``, ``interval`` (seconds), ``repeats``
(``refused`` or ``accepted``), ``approval`` (batches wait until option ``approved`` is set),
``exports`` (whether it shows its ledger).
"""

import csv
import io
import threading
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette

from interlock_sandbox.world import Record, World, control

PREFIX: Final = {"customer": "C", "invoice": "R", "creditMemo": "G"}
COLUMNS: Final = (
    "record",
    "object",
    "reference",
    "number",
    "status",
    "result",
    "code",
    "reason",
    "customer",
    "date",
    "currency",
    "total",
    "open",
)
LONGEST_DELAY: Final = 3
Rows = list[dict[str, str]]


class ImportRefusedError(Exception):
    """A whole file, or one document of it, is refused; carries code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def build(world: World) -> Starlette:
    """Return the control API of an ERP that works in the background."""
    erp = LegacyErp(world)
    erp.start()
    app = Starlette(routes=control(world, erp.seed))
    app.state.erp = erp
    return app


class LegacyErp:
    """One company's books, and the job that runs every so often."""

    def __init__(self, world: World) -> None:
        self.world = world
        root = Path(world.options["root"])
        self.incoming = root / "to-erp"
        self.outgoing = root / "from-erp"
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._rounds: dict[str, int] = {}
        self._unfinished: dict[Path, bytes] = {}
        self._waiting: dict[str, Rows] = {}
        self._shown: dict[str, list[Record]] = {}
        for folder in (root, self.incoming, self.outgoing):
            folder.mkdir(parents=True, exist_ok=True)
        marker = root / "EXCHANGE"
        if not marker.exists():
            marker.write_text(str(world.options.get("folder_id", "exchange")), "utf-8")

    def start(self) -> None:
        """Work every ``interval`` seconds until stopped."""
        threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Stop working."""
        self._stopped.set()

    def _work(self) -> None:
        while not self._stopped.wait(float(self.world.options.get("interval", 0.05))):
            self.round()

    def round(self) -> None:
        """Run the job once: finish what was left, import, answer, show the books."""
        with self._lock:
            for path, rest in list(self._unfinished.items()):
                del self._unfinished[path]
                with path.open("ab") as file:
                    file.write(rest)
            self._approve()
            for path in sorted(self.incoming.glob("[!.]*.csv")):
                self._found(path)
            self._show()

    def _found(self, path: Path) -> None:
        faults = self.world.faults
        name = path.stem
        if name not in self._rounds and faults.decide("late", name):
            self._rounds[name] = 1 + int(LONGEST_DELAY * faults.share("delay", name, 0))
        left = self._rounds.get(name, 0)
        if left:
            self._rounds[name] = left - 1
            return
        content = path.read_bytes()
        try:
            rows = self._read(name, content)
        except ImportRefusedError as refused:
            self._answer(name, [_whole("rejected", refused)])
            path.unlink()
            return
        if self.world.options.get("approval"):
            self._waiting[name] = rows
            self._answer(name, [_whole("awaiting-approval")])
            path.unlink()
            return
        again = faults.decide("twice", name)
        self._import(name, rows)
        if not again:
            path.unlink()

    def _approve(self) -> None:
        decided = self.world.options.get("approved")
        if decided is None:
            return
        for name, rows in list(self._waiting.items()):
            del self._waiting[name]
            if decided:
                self._import(name, rows)
            else:
                refused = ImportRefusedError("NOT-APPROVED", "The second person said no")
                self._answer(name, [_whole("rejected", refused)])

    def _read(self, name: str, content: bytes) -> Rows:
        """Return the rows of a batch whose control totals hold."""
        options = self.world.options
        text = content.decode(options.get("encoding", "utf-8"))
        delimiter = options.get("delimiter", ";")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
        if not rows or rows[-1]["record"] != "end" or rows[-1]["reference"] != name:
            raise ImportRefusedError("NO-END", "The file has no end")
        lines = [row for row in rows if row["record"] == "line"]
        if len({row["reference"] for row in lines}) != int(rows[-1]["line"]):
            raise ImportRefusedError("COUNT", "The number of documents is not the stated one")
        for total in (row for row in rows if row["record"] == "total"):
            own = [row for row in lines if row["currency"] == total["reference"]]
            summed = sum((self._amount(row["lines.amount"]) for row in own), Decimal(0))
            if summed != self._amount(total["lines.amount"]) or len(own) != int(total["line"]):
                raise ImportRefusedError("TOTAL", "A control total does not hold")
        return lines

    def _amount(self, text: str) -> Decimal:
        return Decimal(text.replace(self.world.options.get("decimal", ","), ".") or "0")

    def _import(self, name: str, rows: Rows) -> None:
        obj = name.partition("-")[0]
        documents: dict[str, Rows] = {}
        for row in rows:
            documents.setdefault(row["reference"], []).append(row)
        answers = []
        for reference, lines in documents.items():
            try:
                answers.append({**self._book(obj, reference, lines), "result": "accepted"})
            except ImportRefusedError as refused:
                about = {"object": obj, "reference": reference, "number": ""}
                said = {"result": "rejected", "code": refused.code, "reason": refused.words}
                answers.append({"record": "line", **about, **said})
        self._show()
        if not self.world.faults.decide("lost_ack", name):
            self._answer(name, answers)

    def _book(self, obj: str, reference: str, lines: Rows) -> Record:
        if self.world.faults.decide("rejected_line", reference):
            raise ImportRefusedError("PERIOD", "The period 2026-01 is closed")
        table = self.world.table(obj)
        known = next((row for row in table.values() if row["reference"] == reference), None)
        refuses = self.world.options.get("repeats", "refused") == "refused"
        if known is not None and obj != "customer" and refuses:
            words = f"Document {known['number']} with this reference already exists"
            raise ImportRefusedError("DUPLICATE", words)
        keep = known is not None and obj == "customer"
        number = known["number"] if known and keep else f"{PREFIX[obj]}-{self.world.number():06}"
        total = sum(
            (
                self._amount(line.get(each, ""))
                for line in lines
                for each in ("lines.amount", "lines.tax")
            ),
            Decimal(0),
        )
        own = {name: cell for name, cell in lines[0].items() if "." not in name}
        own.pop("line", None)
        record = {**own, "record": "line", "object": obj, "number": number, "status": "posted"}
        if obj != "customer":
            record |= {"total": total, "open": total}
        table[number] = record
        return record

    def _answer(self, name: str, answers: list[Record]) -> None:
        lines = sum(1 for row in answers if row["record"] == "line")
        self._write(f"{name}.ack.csv", name, [{"object": name, **row} for row in answers], lines)

    def _show(self) -> None:
        """Write the whole ledger of everything that changed."""
        if not self.world.options.get("exports", True):
            return
        for obj in PREFIX:
            rows = [dict(row) for row in self.world.table(obj).values()]
            if rows and rows != self._shown.get(obj):
                self._shown[obj] = rows
                name = f"ledger-{obj}-{self.world.now():%Y%m%dT%H%M%S%f}.csv"
                self._write(name, obj, rows, len(rows))

    def _write(self, file: str, about: str, rows: list[Record], lines: int) -> None:
        """Write an answer: under another name first, unless this is the time it is not."""
        begin = {"record": "begin", "object": about, "reference": self.world.now().isoformat()}
        end = {"record": "end", "object": about, "number": str(lines)}
        content = self._csv([begin, *rows, *self._totals(rows), end])
        path = self.outgoing / file
        if self.world.faults.decide("half_written", file):
            half = len(content) // 2
            path.write_bytes(content[:half])
            self._unfinished[path] = content[half:]
            return
        hidden = self.outgoing / f".{file}.tmp"
        hidden.write_bytes(content)
        hidden.rename(path)

    def _totals(self, rows: list[Record]) -> list[Record]:
        found: dict[str, list[Decimal]] = {}
        for row in rows:
            if row["record"] == "line" and "total" in row:
                found.setdefault(str(row.get("currency", "")), []).append(row["total"])
        return [
            {
                "record": "total",
                "reference": currency,
                "number": str(len(each)),
                "total": sum(each),
            }
            for currency, each in found.items()
        ]

    def _csv(self, rows: list[Record]) -> bytes:
        options = self.world.options
        names = list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)]))
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=options.get("delimiter", ";"), quoting=csv.QUOTE_ALL)
        writer.writerow(names)
        writer.writerows([self._cell(row.get(name, "")) for name in names] for row in rows)
        return text.getvalue().encode(options.get("encoding", "utf-8"))

    def _cell(self, value: object) -> str:
        if isinstance(value, Decimal):
            return format(value, "f").replace(".", self.world.options.get("decimal", ","))
        return str(value)

    def seed(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Book documents that people typed in, and pay invoices: ``{"invoice": [...]}``."""
        made: dict[str, list[str]] = {}
        with self._lock:
            for obj in PREFIX:
                for each in given.get(obj, ()):
                    made.setdefault(obj, []).append(self._typed(obj, each))
            for number in given.get("paid", ()):
                self.world.table("invoice")[number] |= {"status": "paid", "open": Decimal(0)}
        return made

    def _typed(self, obj: str, given: Mapping[str, Any]) -> str:
        number = f"{PREFIX[obj]}-{self.world.number():06}"
        record = {"record": "line", "object": obj, "reference": "", "status": "posted", **given}
        record["number"] = number
        if obj != "customer":
            record["total"] = record["open"] = Decimal(str(given.get("total", "0")))
            record.setdefault("date", date(2026, 1, 15).isoformat())
        self.world.table(obj)[number] = record
        return number


def _whole(result: str, refused: ImportRefusedError | None = None) -> Record:
    said = {"code": refused.code, "reason": refused.words} if refused else {}
    return {"record": "file", "result": result, **said}
