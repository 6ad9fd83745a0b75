"""The gate's decision without I/O: authority, contract, policy, quota, idempotency, spelling."""

from datetime import UTC, datetime

from benchmarks.installation import Instant, installed, storages
from benchmarks.mapping import best
from interlock.gate.authority import Authorities
from interlock.gate.effect import Asker, Effect, Mode
from interlock.gate.permit import Permit

GOAL = 50_000


def main() -> None:
    with storages() as found, installed(found[0], Instant()) as here:
        plan = here.estate.plans["bill"]
        asker = Asker(
            run="r",
            plan=plan,
            estate=here.estate,
            key="k",
            generation=1,
            legal_entity=None,
            at=datetime.now(UTC),
            refs=lambda _e, _k, _s: None,
        )
        effect = Effect(
            path="put-0",
            step="put-0",
            mode=Mode.WRITE,
            system="target",
            operation="document.upsert",
            entity="order",
            key="k",
            values={"amount": "10.00", "memo": "x"},
        )
        gate = here.shop.gate
        assert isinstance(gate.admit(effect, asker), Permit)
        authorities = Authorities()
        judge = best(
            lambda: authorities.judge(
                here.estate, "order", effect.values, "target", (None, asker.at)
            )
        )
        whole = best(lambda: gate.admit(effect, asker))
    print(f"decision     authority alone {1 / judge:,.0f}/s   ", end="")
    print(
        f"whole admission with spelling and key {1 / whole:,.0f}/s   goal >= {GOAL:,}/s   ", end=""
    )
    print("met" if 1 / whole >= GOAL else "NOT MET")


if __name__ == "__main__":
    main()
