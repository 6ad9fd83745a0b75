"""Data products on the terminal: first whether a figure may be believed, then what it rests on."""

from collections.abc import Sequence
from pathlib import Path

from interlock.cli.terminal import moment, print_facts, print_table, safe
from interlock.products.built import Built
from interlock.products.definition import Definition
from interlock.products.proof import Figure, Proof


def show_list(found: Sequence[Proof]) -> None:
    """Print every product."""
    rows = [
        (
            each.product,
            each.verdict,
            f"{each.version.number} (contract {each.version.contract})"
            if each.version
            else "none",
            each.version.rows if each.version else "",
            moment(each.freshness.read_at) if each.freshness else "",
            each.owner,
            "; ".join(each.doubts),
        )
        for each in found
    ]
    columns = ("product", "figures", "version", "rows", "read", "owner", "why")
    print_table("Data products", columns, rows)
    if not rows:
        print("the estate declares no data product")


def show_built(found: Built) -> None:
    """Print what a build came to."""
    version = found.version
    print_facts(
        [
            ("product", found.name),
            ("outcome", found.outcome.upper()),
            ("published", f"version {version.number}, {version.rows} rows" if version else "none"),
            ("contract", f"version {version.contract}" if version else ""),
            ("read", _read(found)),
            ("tests", _tests(found)),
            ("files", found.folder if version else ""),
        ]
    )
    for reason in found.reasons:
        print(f"{reason.kind}: {safe(reason.what)}")
    if found.reasons:
        print("nothing was published; its owner is asked: `interlock cases list --kind product`")
    if found.undelivered:
        print(f"could not tell: {safe(found.undelivered)}")


def _tests(found: Built) -> str:
    broken = sum(not each.passed for each in found.tests)
    if not found.tests:
        return ""
    return (
        f"{len(found.tests)}, {broken} of them broken"
        if broken
        else f"{len(found.tests)}, all kept"
    )


def _read(found: Built) -> str:
    if not found.tests or found.reasons:
        return ""
    how = "everything" if found.whole else "what changed"
    return f"{how}: {found.records} records, {found.changed} changed, {found.made} rows made anew"


def show_version(proof: Proof, definition: Definition, folder: Path) -> None:
    """Print what is published."""
    version = proof.version
    print_facts(
        [
            ("product", f"{proof.product}: {proof.title}"),
            ("owner", proof.owner),
            (
                "version",
                f"{version.number} of {moment(version.published_at)}" if version else "none",
            ),
            ("contract", f"{proof.contract} {version.contract}" if version else proof.contract),
            ("rows", version.rows if version else ""),
            ("digest", version.digest if version else ""),
            ("estate", version.estate[:12] if version else ""),
            ("files", folder if version else ""),
        ]
    )
    rows = [
        (each.name, each.logical, _marks(each.required, each.spec.primaryKey), each.spec.value)
        for each in definition.table.columns
    ]
    print_table("columns", ("column", "type", "", "taken from"), rows)
    _figures(proof.figures)


def _marks(required: bool, key: bool) -> str:  # noqa: FBT001 (two marks of a column)
    return "key" if key else "required" if required else ""


def show_proof(found: Proof) -> None:
    """Print a proof: the verdict, the figures, and what they rest on."""
    version, freshness = found.version, found.freshness
    fresh = {True: "fresh", False: "TOO OLD", None: "nobody said how old it may be"}
    print_facts(
        [
            ("product", f"{found.product}: {found.title}"),
            ("verdict", found.verdict.upper()),
            ("owner", found.owner),
            ("contract", f"{found.contract} {version.contract}" if version else ""),
            (
                "published",
                f"version {version.number}, {version.rows} rows" if version else "never",
            ),
            (
                "freshness",
                f"{fresh[freshness.fresh]}: read {moment(freshness.read_at)}" if freshness else "",
            ),
        ]
    )
    for doubt in found.doubts:
        print(f"why: {safe(doubt)}")
    for each in version.inputs if version else ():
        print(
            f"source: {safe(each.title)} ({each.system}), {each.owner or 'nobody'}, "
            f"contract {each.contract} {each.version}, {each.records} records"
        )
    for stood in found.reconciled:
        worth = ", ".join(
            f"{amount} {code}" for code, amount in sorted((stood.open or {}).items())
        )
        print(
            f"reconciled: {stood.name} as of {stood.as_of}, {stood.verdict}, at "
            f"{moment(stood.at)}; {stood.breaks} open breaks{': ' + worth if worth else ''}"
        )
    for extract in found.extracts:
        print(f"direct extract: {safe(extract)}")
    _figures(found.figures)


def _figures(found: Sequence[Figure]) -> None:
    rows = [
        (
            each.sum.figure,
            " ".join(each.sum.by.values()),
            f"{each.sum.amount} {each.sum.currency}",
            each.sum.rows,
            "unknown" if each.open is None else f"{each.open} {each.sum.currency}",
            "" if each.share is None else f"{each.share} %",
        )
        for each in found
    ]
    print_table("figures", ("figure", "of", "amount", "rows", "open breaks", "share"), rows)
