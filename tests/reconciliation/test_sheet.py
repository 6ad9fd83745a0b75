import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from interlock.audit.notes import public_path, signer, verifier
from interlock.foundation.errors import UsageError
from interlock.reconciliation.examining import Examination
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
    files = {"s.html": as_html(found), "s.xlsx": as_xlsx(found)}
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
