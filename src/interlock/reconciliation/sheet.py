"""The tie-out sheet: what an auditor gets of one reconciliation and period.

One content, in four forms: HTML to read, PDF to file (`paper`), XLSX to work with, JSON for
machines. Amounts are text in all of them, because a spreadsheet's own numbers are not exact.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Final

import xlsxwriter

from interlock.foundation.clock import iso
from interlock.reconciliation.examining import Examination
from interlock.reconciliation.finding import Break, Part, Report

LONGEST: Final = 32_000
"""Characters of a cell; a spreadsheet takes 32,767."""
_STYLE: Final = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#111}"
    "table{border-collapse:collapse;margin:.5em 0 2em}"
    "th,td{border:1px solid #bbb;padding:.25em .6em;text-align:left;vertical-align:top}"
    "th{background:#eee}pre{white-space:pre-wrap;background:#f6f6f6;padding:1em}"
    "@media print{body{margin:0}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the sheet."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(found: Examination) -> Iterator[Table]:
    """Yield the tables of the sheet, in the order in which they are read."""
    yield Table(title="Reconciliation", columns=("what", "value"), rows=_facts(found))
    yield Table(
        title="Completeness",
        columns=("side", "system", "records shown"),
        rows=[(each.side, each.system, str(each.records)) for each in found.sides],
    )
    if found.report is not None:
        yield from _reported(found, found.report)
    yield Table(
        title="Queries",
        columns=("number", "statement"),
        rows=[(str(n), each) for n, each in enumerate(found.statements, start=1)],
    )


def _facts(found: Examination) -> list[tuple[str, str]]:
    report = found.report
    facts = [
        ("reconciliation", found.name),
        ("as of", found.as_of.isoformat()),
        ("verdict", str(found.verdict)),
        ("carried out at", iso(found.at)),
        ("estate", found.estate),
        ("every side ties", "not compared" if report is None else str(report.ties)),
        ("breaks", "" if report is None else str(len(report.breaks))),
        ("of which decided", str(len(found.decided))),
        ("records that do not count", str(found.left_out)),
        ("seed of the sample", str(found.seed)),
    ]
    facts += [("note", note) for note in found.notes]
    return facts + [("could not tell", trouble) for trouble in found.troubles]


def _reported(found: Examination, report: Report) -> Iterator[Table]:
    yield Table(
        title="Totals",
        columns=("side", "legal entity", "currency", "class", "records", "amount"),
        rows=list(_totals(report)),
    )
    yield Table(
        title="Breaks",
        columns=("break", "cause", "money", "key", "records", "differences", "run", "decided"),
        rows=[_break(each, decided=each.id in found.decided) for each in report.breaks],
    )
    yield Table(
        title="Sample",
        columns=("side", "system", "id", "legal entity", "currency", "amount"),
        rows=[_part(part) for parts in report.sample for part in parts],
    )


def _totals(report: Report) -> Iterator[tuple[str, ...]]:
    for total in report.totals:
        place = (total.side, total.legal_entity, total.currency)
        yield (*place, "whole", str(total.whole.records), str(total.whole.amount))
        for name, part in total.by.items():
            yield (*place, name, str(part.records), str(part.amount))
        yield (*place, "residue", str(total.residue.records), str(total.residue.amount))


def _break(found: Break, *, decided: bool) -> tuple[str, ...]:
    absent = f"; not in {' and '.join(found.absent)}" if found.absent else ""
    differences = "; ".join(
        f"{each.column}: " + " / ".join(f"{side} {value}" for side, value in each.values.items())
        for each in found.differences
    )
    link = found.link
    return (
        found.id,
        str(found.cause),
        str(found.money or ""),
        found.key or "",
        ", ".join(f"{part.side} {part.ref}" for part in found.parts) + absent,
        differences or found.note,
        f"{link.run} {link.integration} {link.state} {link.mapping}".strip() if link else "",
        "yes" if decided else "",
    )


def _part(part: Part) -> tuple[str, ...]:
    amount = "" if part.amount is None else str(part.amount)
    return (part.side, part.system, part.ref, part.legal_entity, part.currency, amount)


def title_of(found: Examination) -> str:
    """Return what the sheet is called."""
    return f"Tie-out of {found.name} as of {found.as_of}"


def as_html(found: Examination) -> bytes:
    """Return the sheet as one page that needs nothing else and prints well."""
    title = escape(title_of(found))
    body = "".join(_html(each) for each in tables(found))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>\n"
    ).encode()


def _html(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in table.rows)
    return f"<h2>{escape(table.title)}</h2><table><tr>{head}</tr>{rows}</table>"


def _cells(row: Iterable[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in row)


def as_xlsx(found: Examination) -> bytes:
    """Return the sheet as a workbook: text only, so that no cell is ever taken for a formula."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    bold = book.add_format({"bold": True})
    for table in tables(found):
        page = book.add_worksheet(table.title)
        for column, title in enumerate(table.columns):
            page.write_string(0, column, title, bold)
        for line, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                page.write_string(line, column, cell[:LONGEST])
        page.autofit()
    book.close()
    return out.getvalue()
