"""Every door there is: a page or an operation is here, or nowhere."""

from typing import Final

from interlock.access import Act
from interlock.console import assets
from interlock.console.api import audit, metrics
from interlock.console.api import cases as cases_api
from interlock.console.api import estate as estate_api
from interlock.console.api import reconciliations as reconciliations_api
from interlock.console.api import transactions as transactions_api
from interlock.console.api.description import description
from interlock.console.api.operation import reads
from interlock.console.door import Ask, Door, Json, Viewer
from interlock.console.pages import (
    case,
    cases,
    deployments,
    estate,
    login,
    ownership,
    people,
    reconciliations,
    record,
    replay,
    today,
    transaction,
    transactions,
)

PAGES: Final[tuple[Door, ...]] = (
    *today.DOORS,
    *transactions.DOORS,
    *transaction.DOORS,
    *cases.DOORS,
    *case.DOORS,
    *replay.DOORS,
    *ownership.DOORS,
    *estate.DOORS,
    *deployments.DOORS,
    *reconciliations.DOORS,
    *record.DOORS,
    *people.DOORS,
)
"""What people use, in the order of the menu."""
API: Final[tuple[Door, ...]] = (
    *transactions_api.DOORS,
    *cases_api.DOORS,
    *reconciliations_api.DOORS,
    *estate_api.DOORS,
    *audit.DOORS,
    *metrics.DOORS,
)
"""What programs use."""


def described(_: Ask) -> Json:
    """Return the description of the API."""
    return Json(value=description(DOORS))


DOORS: Final[tuple[Door, ...]] = (
    *PAGES,
    *login.DOORS,
    *assets.DOORS,
    *API,
    reads("describe", "/openapi.json", described, "This description.", act=Act.SEE),
)


def menu_of(viewer: Viewer) -> list[Door]:
    """Return the menu of somebody: what may be opened."""
    return [door for door in PAGES if door.menu and door.act is not None and viewer.may(door.act)]
