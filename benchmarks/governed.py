"""A governed run of ten writes with audit, authority and proof, against ten bare DBOS steps."""

import time
from decimal import Decimal

from benchmarks.installation import WRITES, Instant, installed
from interlock.connectors.port import Request
from interlock.flow import commands
from interlock.flow.engine import Engine, EngineSettings, _segment

GOAL = 1.3
ROUNDS, PER_ROUND = 6, 10
_VENDOR = Instant()


def main() -> None:
    from dbos import DBOS

    @DBOS.step()
    def step(number: int) -> str:
        body = {"amount": str(Decimal("10.00")), "memo": "x"}
        request = Request(
            operation="document.upsert", body=body, key=str(number), idempotency_key="k"
        )
        record = _VENDOR.write(request).record
        return record.ref if record else ""

    @DBOS.workflow()
    def bare() -> int:
        return len([step(number) for number in range(WRITES)])

    with installed() as here:
        url = f"sqlite:///{here.folder}/engine.db"
        engine = Engine(here.shop, EngineSettings(url=url, executor="bench", threads=1))
        engine.start()
        engine._stop.set()  # noqa: SLF001 (the benchmark takes up runs itself, one at a time)
        plan, made = here.estate.plans["bill"], 0
        ratios = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for _ in range(PER_ROUND):
                assert bare() == WRITES
            middle = time.perf_counter()
            for _ in range(PER_ROUND):
                made += 1
                with here.database.transaction() as connection:
                    wanted = commands.Begin(plan=plan, key=f"k{made}", ref=f"k{made}")
                    run = commands.begin(connection, wanted, here.shop.clock.now())
                assert run is not None
                _segment(run, 0)
            ratios.append((time.perf_counter() - middle) / (middle - began))
        states = {state for _, state in here.shop.store.of_integration("bill")}
        engine.stop()
    assert states == {"completed"}, states
    ratios.sort()
    median = ratios[len(ratios) // 2]
    print(f"governed run {WRITES} writes   bare DBOS steps = 1.00   ours {median:.2f} ", end="")
    print(f"({ratios[0]:.2f}-{ratios[-1]:.2f})   goal <= {GOAL}   ", end="")
    print("met" if median <= GOAL else "NOT MET")


if __name__ == "__main__":
    main()
