"""Which acts are played, in the order in which the summary tells of them."""

from typing import Final

from interlock.cli.demonstration.acts import (
    collecting,
    contracts,
    customers,
    payments,
    periods,
    procurement,
    products,
    revenue,
    reversals,
    usage,
)
from interlock.cli.demonstration.acts.act import Act

PROGRAMME: Final[tuple[Act, ...]] = (
    *(customers.ACT, products.ACT, payments.ACT, collecting.ACT, reversals.ACT),
    *(contracts.ACT, periods.ACT, usage.ACT, revenue.ACT, procurement.ACT),
)
