import base64
import contextlib
import re
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from interlock.audit.notes import public_path, signer, verifier
from interlock.foundation.errors import UsageError
from interlock.reconciliation.examining import Examination
from interlock.reconciliation.paper import MOST, as_pdf
from interlock.reconciliation.sheet import as_html, as_xlsx, tables
from interlock.reconciliation.signing import NOTE, sign, verify
from tests.reconciliation.company import Look, billed, posted

ODD = "<script>=1+1"


@pytest.fixture
def found(look: Look) -> Examination:
    sides = (
        [billed("A", 100), billed("B", 700), billed(ODD, 5)],
        [posted("A", "1"), posted("B", "9")],
    )
    return look("invoices", [sides[0]], [sides[1]])


def signed(folder: Path, found: Examination) -> Path:
    files = {"s.html": as_html(found), "s.pdf": as_pdf(found), "s.xlsx": as_xlsx(found)}
    sign(folder / "sheet", found, files, signer(folder / "audit.key"))
    return folder / "sheet"


def test_a_sheet_shows_completeness_totals_breaks_sample_seed_and_queries(
    found: Examination,
) -> None:
    shown = {table.title: table for table in tables(found)}
    assert [row[2] for row in shown["Completeness"].rows] == ["3", "2"]
    assert ("seed of the sample", str(found.seed)) in shown["Reconciliation"].rows
    assert {row[1] for row in shown["Breaks"].rows} == {"amount", "missing-downstream"}
    assert [row[2] for row in shown["Sample"].rows] == ["in_A", "INVA"]
    assert all(
        row[5] == "0" or float(row[5]) == 0 for row in shown["Totals"].rows if row[3] == "residue"
    )
    assert any("FULL JOIN" in row[1] for row in shown["Queries"].rows)


def test_a_sheet_says_what_could_not_be_told_and_compares_nothing_then(look: Look) -> None:
    found = look("invoices", [[billed(None, 1, ref="in_x", total="no")]], [[]])
    shown = {table.title: table for table in tables(found)}
    assert "Totals" not in shown
    assert ("verdict", "unknown") in shown["Reconciliation"].rows


def test_what_a_vendor_wrote_is_text_on_the_page_and_no_formula_in_the_workbook(
    found: Examination,
) -> None:
    assert b"<script>" not in as_html(found)
    assert b"&lt;script&gt;" in as_html(found)
    with zipfile.ZipFile(BytesIO(as_xlsx(found))) as book:
        pages = [book.read(name) for name in book.namelist() if "worksheets/" in name]
        assert all(b"<f>" not in page for page in pages)
        assert b"&lt;script&gt;=1+1" in book.read("xl/sharedStrings.xml")


def test_a_signed_sheet_verifies_with_the_public_key_alone(
    tmp_path: Path, found: Examination
) -> None:
    folder = signed(tmp_path, found)
    assert verify(folder, verifier(public_path(tmp_path / "audit.key"))) == []


def test_a_sheet_that_was_changed_afterwards_does_not_verify(
    tmp_path: Path, found: Examination
) -> None:
    folder = signed(tmp_path, found)
    key = verifier(public_path(tmp_path / "audit.key"))
    page = folder / "s.html"
    page.write_bytes(page.read_bytes().replace(b"missing-downstream", b"matched"))
    assert verify(folder, key) == ["`s.html` is not what was signed"]
    (folder / "s.xlsx").unlink()
    assert len(verify(folder, key)) == 2


def test_a_note_that_was_changed_or_signed_by_another_does_not_verify(
    tmp_path: Path, found: Examination
) -> None:
    folder = signed(tmp_path, found)
    other = verifier(public_path(_another(tmp_path)))
    assert verify(folder, other) == ["`tie-out.note` is not signed by this key"]
    note = folder / NOTE
    note.write_text(note.read_text().replace("verdict breaks", "verdict agrees"))
    key = verifier(public_path(tmp_path / "audit.key"))
    assert verify(folder, key) == ["`tie-out.note` is not signed by this key"]


def _another(folder: Path) -> Path:
    signer(folder / "other.key")
    return folder / "other.key"


def test_a_checkpoint_never_passes_for_a_sheet_and_a_sheet_never_for_a_checkpoint(
    tmp_path: Path, found: Examination
) -> None:
    note = (signed(tmp_path, found) / NOTE).read_text()
    key = signer(tmp_path / "audit.key")
    assert key.opened(note) is None
    assert key.attested(note) is not None


def test_a_folder_without_a_sheet_is_wrong_use(tmp_path: Path) -> None:
    signer(tmp_path / "audit.key")
    with pytest.raises(UsageError, match="there is no"):
        verify(tmp_path, verifier(public_path(tmp_path / "audit.key")))


def on_paper(document: bytes) -> str:
    """Return the text of a document: what its pages draw, in the order in which they draw it."""
    drawn = b""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", document, re.DOTALL):
        with contextlib.suppress(ValueError, zlib.error):
            drawn += zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
    parts = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", drawn)
    return b"\n".join(re.sub(rb"\\([0-7]{3}|.)", _letter, part) for part in parts).decode("cp1252")


def _letter(found: re.Match[bytes]) -> bytes:
    escaped = found[1]
    return bytes([int(escaped, 8)]) if escaped.isdigit() else escaped


def test_the_sheet_on_paper_says_what_the_others_say(found: Examination) -> None:
    told = on_paper(as_pdf(found)).replace("\n", "")
    assert found.report is not None
    for each in found.report.breaks:
        assert each.id in told
        assert str(each.cause) in told
    for total in found.report.totals:
        assert str(total.whole.amount) in told
    assert found.estate in told
    assert str(found.seed) in told
    assert as_pdf(found) == as_pdf(found)


def test_a_letter_that_paper_has_not_is_written_by_its_number(look: Look) -> None:
    told = on_paper(as_pdf(look("invoices", [[billed("\u4e2d\u6587-é", 5)]], [[]])))
    assert "\\u4e2d\\u6587-é" in told.replace("\n", "")


def test_paper_says_how_many_rows_it_leaves_out(look: Look) -> None:
    many = [billed(f"K{n}", n) for n in range(MOST + 7)]
    told = on_paper(as_pdf(look("invoices", [many], [[]])))
    assert "7 more rows are in the workbook and not on paper." in told.replace("\n", "")
