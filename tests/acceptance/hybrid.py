"""A company with two ERPs at once: NetSuite for one legal entity, another for the German one."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from interlock.cli.apply import deploy
from interlock.cli.demo import EXAMPLE
from interlock.cli.demonstration.scenario import Scenario, scenario
from interlock.cli.demonstration.stage import Stage
from interlock.cli.sandbox import VENDORS
from tests.acceptance.company import Company

BOOKS: Final = ("us", "de")
SAID_BY_ODOO: Final[Mapping[str, str]] = {
    "legacy: party.code": "legacy: partner.ref",
    "legacy: {path: party, as: reference}": "legacy: {path: partner_id, as: reference}",
    "legacy: {path: company, as:": "legacy: {path: company_id, as:",
    "legacy: currency}": "legacy: currency_id}",
    "legacy: invoice.reference": "legacy: invoice.ref",
    "legacy: tax_amount": "legacy: amount_tax",
    "legacy: total_amount": "legacy: amount_total_in_currency_signed",
    "legacy: number": "legacy: name",
    "legacy: lines": "legacy: invoice_line_ids",
    "legacy: product": "legacy: product_id",
    "legacy: amount}": "legacy: price_subtotal}",
    "legacy: account}": "legacy: account_id}",
    "legacy: origin": "legacy: reversed_entry_id",
    "as: {draft: draft, validated: draft, posted: posted, paid: paid, cancelled: void}": (
        "as: {draft: draft, posted: posted, cancel: void}"
    ),
    "connector: tryton": "connector: odoo",
    "memo, legacy: description": "memo, legacy: invoice_origin",
    "[billing], in: {legacy: description}": "[billing], in: {legacy: invoice_origin}",
    "description, legacy: description": "description, legacy: name",
}
"""What the example estate says of Tryton, and what it says of Odoo instead."""


def with_odoo(folder: Path) -> Path:
    """Copy the example estate, with Odoo in the place of Tryton: nothing else is changed."""
    shutil.copytree(EXAMPLE, folder)
    left = set(SAID_BY_ODOO)
    for file in folder.rglob("*.estate.yaml"):
        text = file.read_text(encoding="utf-8")
        for said, instead in SAID_BY_ODOO.items():
            if said in text:
                left.discard(said)
                text = text.replace(said, instead)
        file.write_text(text, encoding="utf-8")
    contract = Path(__file__).parent / "odoo.schema.yaml"
    shutil.copy(contract, folder / "contracts" / "legacy.schema.yaml")
    assert not left, f"the example estate does not say this any more: {left}"
    return folder


@contextmanager
def two_books(home: Path, estate: Path, vendor: str) -> Iterator[tuple[Company, Scenario]]:
    """Run a company that sells in both legal entities; `vendor` keeps the German books."""
    home.mkdir()
    stage = Stage(home, 5, faults=False)
    try:
        stage.open({**VENDORS, "legacy": vendor}, real_tryton=False)
        deploy(estate, "ana", "bao", home)
        meters = [{"event_name": "usage", "display_name": "Usage"}]
        stage.tell("billing", "seed", {"meters": meters})
        stage.start_worker()
        stage.until_watching()
        story = scenario(5, 8, BOOKS)
        stage.tell("crm", "seed", {"Account": list(story.accounts)})
        stage.tell("crm", "seed", {"OpportunityLineItem": list(story.lines)})
        stage.tell("crm", "seed", {"Opportunity": list(story.opportunities)})
        yield Company(home=home, stage=stage), story
    finally:
        stage.stop()
