"""`interlock check` and `interlock explain`, as a person meets them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from interlock.cli.check import check
from interlock.cli.explain import owner, trigger
from interlock.foundation.errors import UsageError

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
GREEN: Final = EXAMPLES / "quote-to-cash"
RED: Final = EXAMPLES / "red-twin"


def test_a_green_estate_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(GREEN) == 0
    assert ": no findings" in capsys.readouterr().out


def test_a_red_estate_exits_with_1_and_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(RED) == 1

    shown = capsys.readouterr().out
    place = f"{RED.as_posix()}/integrations/quote-to-cash.estate.yaml:36:16: error AUT003 "
    assert place in shown
    assert "          tax: opportunity.amount" in shown


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """Return an estate whose only finding is that authority cannot be decided."""
    shutil.copytree(GREEN, tmp_path / "estate")
    file = tmp_path / "estate" / "entities" / "subscription.estate.yaml"
    text = file.read_text(encoding="utf-8")
    line = "    days_until_due:    {type: int,"
    rule = "authority: {default: crm, legalEntities: {de: erp}},"
    assert line in text
    file.write_text(
        text.replace(line, f"{line} {rule}").replace("derivedFrom: [crm, erp], ", ""),
        encoding="utf-8",
    )
    return tmp_path / "estate"


def test_an_estate_in_doubt_exits_with_2(doubtful: Path, tmp_path: Path) -> None:
    for name in ("quote-to-cash", "upgrade"):
        file = doubtful / "integrations" / f"{name}.estate.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace('days_until_due: "30"', "days_until_due: opportunity.term_months"),
            encoding="utf-8",
        )

    code = check(doubtful, format_="json", output=tmp_path / "o.json")

    found = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert [one["code"] for one in found["findings"]] == ["AUT005"] * 2
    assert (code, found["verdict"]) == (2, "unknown")


def test_warnings_fail_only_when_asked_to(tmp_path: Path) -> None:
    shutil.copytree(GREEN, tmp_path / "e")
    file = tmp_path / "e" / "systems.estate.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(", rotate: 90d", "", 1), encoding="utf-8")

    assert check(tmp_path / "e") == 0
    assert check(tmp_path / "e", fail_on="warning") == 1


def test_a_folder_without_an_estate_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no `"):
        check(tmp_path)


def test_a_file_that_cannot_be_read_is_a_finding_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.estate.yaml").write_text("kind: Group\n\tx", encoding="utf-8")

    assert check(tmp_path) == 1
    assert "a.estate.yaml:2:" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github"])
def test_every_format_can_be_written_to_a_file(form: str, tmp_path: Path) -> None:
    file = tmp_path / "out"

    assert check(RED, format_=form, output=file) == 1  # type: ignore[arg-type]  # one of the names above

    assert "AUT003" in file.read_text(encoding="utf-8")


def test_a_baseline_sets_today_aside_and_only_shrinks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    estate, known = tmp_path / "e", tmp_path / "known.json"
    shutil.copytree(RED, estate)

    assert check(estate, baseline=known, write_baseline=True) == 0
    assert check(estate, baseline=known) == 0

    first = known.read_text(encoding="utf-8")
    file = estate / "systems.estate.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("http://crm", "https://crm").replace("credential: hunter2", "credential: h3")
        + "---\napiVersion: interlock/v1\nkind: Group\nmetadata: {name: more}\nspec: {}\n",
        encoding="utf-8",
    )
    capsys.readouterr()

    assert check(estate, baseline=known) == 1
    shown = capsys.readouterr().out
    assert "BAS001" in shown
    assert "OWN002" in shown

    assert check(estate, baseline=known, write_baseline=True) == 1
    second = known.read_text(encoding="utf-8")
    assert "SEC006 system:crm/url" in first
    assert "SEC006" not in second
    assert "OWN002 group:more" not in second


def test_a_baseline_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        check(GREEN, baseline=tmp_path / "none.json")
    with pytest.raises(UsageError):
        check(GREEN, write_baseline=True)


def test_what_looks_like_a_secret_is_found_in_comments_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(GREEN, tmp_path / "e")
    file = tmp_path / "e" / "systems.estate.yaml"
    text = file.read_text(encoding="utf-8")
    secret = "sk" + "_live_" + "0123456789abcdef"
    file.write_text(f"# the old one was {secret}\n{text}", encoding="utf-8")

    assert check(tmp_path / "e") == 1
    assert "systems.estate.yaml:1:21: error SEC002" in capsys.readouterr().out


def test_explain_owner_names_the_system_the_reason_and_the_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert owner("invoice.tax", GREEN) == 0

    shown = capsys.readouterr().out
    assert shown.splitlines()[0].endswith(": tax")
    assert "entities/invoice.estate.yaml:" in shown
    assert "invoice-in-erp writes it into erp: tax_quote.total_tax from tax" in shown


def test_explain_owner_tells_what_it_depends_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert owner("customer.payment_hold", GREEN, json=True) == 2

    found = json.loads(capsys.readouterr().out)
    assert found["system"] is None
    assert found["byLegalEntity"]["de"]["system"] == "crm"
    assert found["byLegalEntity"]["us"]["system"] == "erp"


def test_explain_owner_of_one_legal_entity_is_certain(capsys: pytest.CaptureFixture[str]) -> None:
    assert owner("customer.payment_hold", GREEN, legal_entity="de") == 0
    assert capsys.readouterr().out.splitlines()[0].endswith(": crm")


def test_explain_owner_as_of_a_date_honours_a_cutover(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(GREEN, tmp_path / "e")
    (tmp_path / "e" / "cutover.estate.yaml").write_text(
        "apiVersion: interlock/v1\nkind: Cutover\n"
        "metadata: {name: move, owner: group:master-data}\n"
        "spec: {transfers: [{entity: customer, field: name, from: crm, to: erp, "
        'at: "2027-01-31T22:00:00Z"}]}\n',
        encoding="utf-8",
    )

    owner("customer.name", tmp_path / "e", as_of="2027-01-31")
    owner("customer.name", tmp_path / "e", as_of="2027-02-01")

    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("customer")]
    assert [line.rpartition(": ")[2] for line in heads] == ["crm", "erp"]


def test_explain_trigger_names_the_event_and_every_writing_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert trigger("invoice", GREEN) == 0

    shown = capsys.readouterr().out
    won = 'opportunity in crm when opportunity.stage == "won" && !has(opportunity.amends)'
    assert f"{won} starts quote-to-cash" in shown
    assert "invoice-in-erp: invoice.upsert writes the invoice into erp" in shown
    assert "post-in-legacy: invoice.post writes the invoice into legacy" in shown


@pytest.mark.parametrize("question", ["customer", "customer.nam", "nobody.name"])
def test_explain_refuses_what_it_does_not_know(question: str) -> None:
    with pytest.raises(UsageError):
        owner(question, GREEN)


def test_explain_says_when_parts_were_not_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(GREEN, tmp_path / "e")
    (tmp_path / "e" / "b.estate.yaml").write_text("kind: Nothing\n", encoding="utf-8")

    assert trigger("invoice", tmp_path / "e") == 2
    assert "interlock check" in capsys.readouterr().err


def test_check_imports_nothing_that_runs() -> None:
    script = (
        "import sys\n"
        "from interlock.cli.check import check\n"
        "from interlock.cli.explain import owner\n"
        "heavy = {'httpx2', 'dbos', 'starlette', 'fastapi', 'sqlalchemy', 'rich', 'psycopg'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    source = str(Path(__file__).parents[2] / "src")

    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {source!r})\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
