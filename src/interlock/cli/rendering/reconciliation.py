"""A reconciliation on the terminal: first whether it ties, then what does not agree."""

from collections.abc import Sequence

from interlock.cli.terminal import print_facts, print_table, safe
from interlock.reconciliation.examining import Examination
from interlock.reconciliation.finding import Break, Report, Total


def show(found: Examination, limit: int) -> None:
    """Print an examination: the verdict, the line that ties, the breaks, and what is unknown."""
    shown = ", ".join(f"{each.side}/{each.system} {each.records}" for each in found.sides)
    print_facts(
        [
            ("reconciliation", f"{found.name}, as of {found.as_of}"),
            ("verdict", found.verdict.upper()),
            ("records", f"{shown}; {found.left_out} do not count here"),
            ("estate", found.estate[:12]),
        ]
    )
    for note in found.notes:
        print(f"note: {safe(note)}")
    for trouble in found.troubles:
        print(f"could not tell: {safe(trouble)}")
    if found.report is not None:
        _report(found.report, limit)
        for cause, worth in found.at_stake.items():
            print(f"at stake, {cause}: " + ", ".join(f"{a} {c}" for c, a in worth.items()))
        if found.decided:
            print(f"{len(found.decided)} of them are decided: written off or carried forward")


def _report(report: Report, limit: int) -> None:
    print()
    for total in report.totals:
        print(tie_line(total))
    for currency, apart in report.tolerated.items():
        print(f"within tolerance: what is matched differs by {apart} {currency} in all")
    for each in report.matched:
        print(f"pass {each.name}: {each.records} records, {each.mode}")
    late = ", ".join(f"{side} {count}" for side, count in report.outside.items() if count)
    if late:
        print(f"after the cut-off: {late}")
    worth = sorted(report.breaks, key=_worth)
    rows = [_row(each) for each in worth[:limit]]
    print_table(f"{len(report.breaks)} breaks", _COLUMNS, rows)
    for suggestion in report.suggestions[:limit]:
        parts = ", ".join(f"{part.side} {part.ref}" for part in suggestion.parts)
        print(f"suggested {suggestion.id}: {safe(parts)} ({safe(suggestion.on)})")


_COLUMNS = ("break", "cause", "money", "key", "where", "what differs", "run")


def tie_line(total: Total) -> str:
    """Return the line that must tie: a side is what is matched and every class, no residue."""
    place = " ".join(each for each in (total.side, total.legal_entity, total.currency) if each)
    parts = " + ".join(f"{name} {t.amount} ({t.records})" for name, t in total.by.items())
    tied = "ties" if total.ties else f"DOES NOT TIE, residue {total.residue.amount}"
    return f"{place}: {total.whole.amount} ({total.whole.records}) = {parts or '0'}; {tied}"


def _worth(found: Break) -> tuple[object, ...]:
    return (-(found.money.amount if found.money else 0), found.cause, found.key or "", found.id)


def _row(found: Break) -> Sequence[object]:
    where = ", ".join(f"{part.side} {part.ref}" for part in found.parts)
    absent = f", not in {' and '.join(found.absent)}" if found.absent else ""
    differs = "; ".join(
        f"{each.column}: " + " / ".join(f"{side} {value}" for side, value in each.values.items())
        for each in found.differences
    )
    run = f"{found.link.integration} {found.link.state}" if found.link else ""
    return (
        found.id,
        found.cause,
        found.money or "",
        found.key or "",
        where + absent,
        differs or found.note,
        run,
    )
