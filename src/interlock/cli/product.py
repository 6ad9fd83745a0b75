"""``interlock product``: tables that others may rely on, and what their figures rest on."""

from datetime import date
from pathlib import Path
from typing import Final

from cyclopts import App

from interlock.cli.rendering.products import show_built, show_list, show_proof, show_version
from interlock.cli.terminal import Json, print_json
from interlock.products.built import Outcome
from interlock.products.proof import Proven

app = App(name="product", help="Build data products, and tell what their figures rest on.")
BUILT: Final = {
    Outcome.PUBLISHED: 0,
    Outcome.UNCHANGED: 0,
    Outcome.REFUSED: 1,
    Outcome.UNKNOWN: 2,
}
PROVEN: Final = {Proven.PROVEN: 0, Proven.DOUBTFUL: 1, Proven.UNKNOWN: 2}


@app.command(name="list")
def list_(*, home: Path | None = None, json: Json = False) -> int:
    """List every data product: what is published of it, and whether its figures are proven.

    Example: ``interlock product list --home .interlock``

    Args:
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.products.proof import Prover

    with open_existing(home) as store:
        estate = store.archive.current()
        prover = Prover(estate=estate, database=store.database, clock=store.clock)
        drawn = (name for name, each in estate.data_products.items() if each.spec.drawn)
        found = [prover.prove(name) for name in sorted(drawn)]
    if json:
        print_json({"products": [{"verdict": each.verdict, "proof": each} for each in found]})
    else:
        show_list(found)
    return 0


@app.command
def build(name: str, *, whole: bool = False, home: Path | None = None, json: Json = False) -> int:
    """Read what changed, make the rows of NAME, test them, and publish them.

    Exit codes: 0 published, or right as it is; 1 refused, because the rows do not keep what the
    contract promises; 2 could not tell: a system was not read to its end, or PostgreSQL is behind.
    Whatever is refused leaves the last version as it is, and asks its owner.

    Example: ``interlock product build billings --home .interlock``

    Args:
        name: The product, as the estate declares it.
        whole: Read everything anew, and not only what changed.
        home: Where the installation lives.
        json: One JSON object instead of sentences.
    """
    from interlock.bootstrap.house import open_house
    from interlock.bootstrap.producing import builder_of
    from interlock.cases import commands as cases

    with open_house(home) as house:
        found = builder_of(house.store, house.gate).build(name, whole=whole)
        cases.collect(house.store.database)
    if json:
        print_json(found)
    else:
        show_built(found)
    return 2 if found.undelivered else BUILT[found.outcome]


@app.command
def show(
    name: str, *, as_of: date | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Show what is published of NAME: its columns, its figures, and where its files are.

    Exit codes: 0 it is published, 2 it never was.

    Example: ``interlock product show billings --as-of 2026-10-31``

    Args:
        name: The product.
        as_of: What was published by the end of this day (UTC).
        home: Where the installation lives.
        json: One JSON object instead of tables; with the contract (ODCS) and the product (ODPS).
    """
    from interlock.bootstrap.house import open_existing
    from interlock.products.definition import definition_of
    from interlock.products.exporting import odcs, odps
    from interlock.products.proof import Prover
    from interlock.products.publishing import CURRENT, folder_of

    with open_existing(home) as store:
        estate = store.archive.current()
        definition = definition_of(estate, name, store.clock.now())
        proof = Prover(estate=estate, database=store.database, clock=store.clock).prove(
            name, as_of
        )
        folder = folder_of(store.home, name) / CURRENT
    if json:
        said = {"version": proof.version, "folder": str(folder)}
        print_json({**said, "odps": odps(definition), "odcs": odcs(definition)})
    else:
        show_version(proof, definition, folder)
    return 2 if proof.version is None else 0


@app.command
def proof(
    name: str, *, as_of: date | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Tell whether the figures of NAME may be believed: source, age, contract, agreement, breaks.

    Exit codes: 0 proven, 1 doubtful: too old, or breaks are open; 2 unknown.

    Example: ``interlock product proof billings --as-of 2026-10-31 --json``

    Args:
        name: The product.
        as_of: As it stood at the end of this day (UTC); now if not said.
        home: Where the installation lives.
        json: One JSON object instead of sentences.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.products.proof import Prover

    with open_existing(home) as store:
        prover = Prover(estate=store.archive.current(), database=store.database, clock=store.clock)
        found = prover.prove(name, as_of)
    if json:
        print_json({"verdict": found.verdict, "doubts": found.doubts, "proof": found})
    else:
        show_proof(found)
    return PROVEN[found.verdict]
