"""Look again at what a finished run proved: does the target still show it, once and as it was?

Nothing is written, neither outside nor here. The proofs are looked up by our reference and not
by the vendor's id, so that a second document under the same reference is seen, too (I1).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from interlock.flow.core.actions import Perform
from interlock.flow.core.decide import next_action
from interlock.flow.core.facts import Proven
from interlock.flow.desk import Workshop
from interlock.flow.exchange import Exchanges
from interlock.flow.run import Run
from interlock.flow.segment import open_segment
from interlock.gate.effect import Effect, Mode

MOST_PROOFS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the target shows of one proof now."""

    run: str
    key: str
    proof: str
    system: str
    held: bool | None
    """``None``: it could not be found out."""
    message: str = ""


def prove_again(shop: Workshop, run: Run) -> Iterator[Shown]:
    """Yield what the targets show of every proof of a completed run."""
    desk = open_segment(shop, run).desk
    draft = desk.draft
    draft.progress = replace(draft.progress, proofs={}, looked={}, failed=None)
    for _ in range(MOST_PROOFS):
        action = next_action(desk.plan, draft.progress, desk.world(), shop.clock.now())
        if not isinstance(action, Perform) or action.effect.mode is Mode.WRITE:
            return
        effect = replace(action.effect, ref=None)
        yield _looked(Exchanges(desk=desk, write=lambda _: None), effect)
        # Held or not, the next proof is looked at: each is asked once.
        held = Proven(at=shop.clock.now(), path=effect.path, held=True)
        draft.note(held, None)


def _looked(exchanges: Exchanges, effect: Effect) -> Shown:
    draft = exchanges.desk.draft
    about = Shown(
        run=draft.run.id,
        key=draft.run.key,
        proof=effect.path,
        system=effect.system,
        held=None,
        message="the gate lets no call through now",
    )
    before = len(draft.facts)
    for _ in exchanges.perform(effect):
        pass
    fact = next((f for f in draft.facts[before:] if isinstance(f, Proven)), None)
    if fact is None:
        return about
    if fact.seen is None and not fact.message.startswith(_SURELY):
        return replace(about, message=fact.message)
    return replace(about, held=fact.held, message=fact.message)


_SURELY: Final = ("not-found", "duplicate")
"""A look-up that ends so brought no record, and surely something is wrong."""
