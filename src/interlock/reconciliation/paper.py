"""The tie-out sheet on paper: the same tables as in its other forms, as PDF.

Letters that the standard fonts of PDF do not have are written by their number, so that no name is
shown as another. Of a table no more than `MOST` rows are printed; the page says how many are not,
and where they are.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from interlock.reconciliation.examining import Examination
from interlock.reconciliation.sheet import Table, tables, title_of

MOST: Final = 500
"""Rows of one table on paper; the workbook has all."""
_MARGIN: Final = 12 * mm
_STYLES: Final = getSampleStyleSheet()
_CELL: Final = ParagraphStyle(
    "cell", fontName="Helvetica", fontSize=7, leading=8.5, wordWrap="CJK"
)
_HEAD: Final = ParagraphStyle("head", parent=_CELL, fontName="Helvetica-Bold")
_GRID: Final = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.25, colors.HexColor("#bbbbbb")),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eeeeee")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ]
)


def as_pdf(found: Examination) -> bytes:
    """Return the sheet as a document; the same examination is the same bytes."""
    out = BytesIO()
    title = title_of(found)
    document = SimpleDocTemplate(
        out,
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=2 * _MARGIN,
        title=title,
        author="Interlock",
        invariant=1,
    )

    def numbered(canvas: Canvas, _: object) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.drawString(_MARGIN, _MARGIN, _written(title))
        canvas.drawRightString(landscape(A4)[0] - _MARGIN, _MARGIN, str(canvas.getPageNumber()))

    story: list[Flowable] = [Paragraph(escape(_written(title)), _STYLES["Title"])]
    for table in tables(found):
        story += _printed(table, document.width)
    document.build(story, onFirstPage=numbered, onLaterPages=numbered)
    return out.getvalue()


def _printed(table: Table, width: float) -> Iterator[Flowable]:
    yield Paragraph(escape(table.title), _STYLES["Heading2"])
    rows = [[Paragraph(escape(each), _HEAD) for each in table.columns]]
    rows += [[_cell(value) for value in row] for row in table.rows[:MOST]]
    shares = _shares(table)
    yield LongTable(rows, colWidths=[width * share for share in shares], repeatRows=1, style=_GRID)
    if len(table.rows) > MOST:
        more = f"{len(table.rows) - MOST} more rows are in the workbook and not on paper."
        yield Paragraph(more, _STYLES["BodyText"])
    yield Spacer(1, 4 * mm)


def _shares(table: Table) -> list[float]:
    """Return how much of the width each column gets: by its longest text, within bounds."""
    columns = zip(table.columns, *table.rows[:MOST], strict=True)
    wanted = [min(max(6, *(len(value) for value in column)), 60) for column in columns]
    return [each / sum(wanted) for each in wanted]


def _cell(value: str) -> Paragraph:
    return Paragraph(escape(_written(value)), _CELL)


def _written(value: str) -> str:
    """Return a text in letters that the fonts have; others by their number."""
    return value.encode("cp1252", "backslashreplace").decode("cp1252")
