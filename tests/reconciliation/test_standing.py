from datetime import timedelta
from decimal import Decimal

from interlock.audit import trail
from interlock.audit.entry import Entry
from interlock.reconciliation import deciding, store
from interlock.reconciliation.deciding import Said
from interlock.reconciliation.examining import Verdict
from interlock.reconciliation.standing import standing
from tests.reconciliation.company import NOW, Look, billed, posted

ANA = Said(by="ana", reason="waived")
BILLED, POSTED = [billed("A", 1000), billed("B", 500)], [posted("A", "9.00")]


def test_what_was_never_carried_out_stands_nowhere(look: Look) -> None:
    assert standing(look.database, "invoices") is None


def test_open_breaks_are_told_in_money(look: Look) -> None:
    look.kept(BILLED, POSTED)
    found = standing(look.database, "invoices")
    assert found is not None
    assert (found.verdict, found.as_of, found.breaks) == (Verdict.BREAKS, NOW.date(), 2)
    assert found.open == {"USD": Decimal(6)}


def test_what_was_decided_since_is_not_open_any_more_but_was_then(look: Look) -> None:
    look.kept(BILLED, POSTED)
    with look.database.transaction() as connection:
        (found,) = (kept for kept in store.live(connection, "invoices") if kept.key == "B")
    deciding.give_up(look.database, look.definition, found.id, ANA, look.clock)
    now, then = standing(look.database, "invoices"), standing(look.database, "invoices", NOW)
    assert now is not None
    assert then is not None
    assert (now.breaks, now.open) == (1, {"USD": Decimal(1)})
    assert (then.breaks, then.open) == (2, {"USD": Decimal(6)})


def test_a_moment_before_the_first_look_knows_nothing(look: Look) -> None:
    look.kept(BILLED, POSTED)
    assert standing(look.database, "invoices", NOW - timedelta(seconds=1)) is None


def test_an_entry_that_tells_no_money_leaves_it_unknown(look: Look) -> None:
    stream, data = "reconciliation:invoices", {"verdict": "breaks", "as_of": "2026-10-31"}
    entry = Entry(
        action="reconciliation.done", at=NOW, actor="x", data={**data, "breaks": {"tax": 3}}
    )
    with look.database.transaction() as connection:
        trail.append(connection, stream, trail.head(connection, stream), [entry])
    found = standing(look.database, "invoices", NOW)
    assert found is not None
    assert (found.breaks, found.open) == (3, None)
