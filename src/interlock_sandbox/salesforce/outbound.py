"""Outbound messages: SOAP that the org pushes when a record changes (F12).

At least once, in any order, at most 100 notifications a message; sent again until the listener
answers with Ack; and with the record as it is when sent, not as it was when it changed
(developer.salesforce.com, "Understanding Notifications").

Options: ``outbound`` ({"Opportunity": ["StageName", ...]}) says for which objects and with which
fields. Nothing is signed; what is registered as the listener's secret ends the path of its URL.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

import httpx2

from interlock_sandbox.delivery import Letter, Outbox
from interlock_sandbox.salesforce.sessions import ORGANIZATION
from interlock_sandbox.world import Record, World

DEFAULT: Final[Mapping[str, Sequence[str]]] = {
    "Account": ("Name", "SystemModstamp"),
    "Product2": ("Name", "SystemModstamp"),
    "PricebookEntry": ("UnitPrice", "SystemModstamp"),
    "Opportunity": (
        "AccountId",
        "Amount",
        "CurrencyIsoCode",
        "Name",
        "StageName",
        "SystemModstamp",
    ),
}
ACTION: Final = "04k000000000001AAA"
MOST: Final = 100
_ACKNOWLEDGED: Final = re.compile(rb"<(?:\w+:)?Ack>\s*true\s*</(?:\w+:)?Ack>")
_HEADERS: Final = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One change of one record."""

    ref: str
    obj: str
    record: Record


class Outbound:
    """Tells the listener, if there is one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._outbox = Outbox(world, heard=_acknowledged)
        self._waiting: list[Notification] = []

    def changed(self, obj: str, record: Record) -> None:
        """Notify of a change."""
        if self._world.webhook is None or obj not in self._fields():
            return
        ref = f"04l{self._world.number():012d}AAA"
        if not self._waiting:
            self._world.spawn(self._sent())
        self._waiting.append(Notification(ref=ref, obj=obj, record=record))

    async def _sent(self) -> None:
        """Send what one call changed, an object's notifications together, at most `MOST`."""
        waiting, self._waiting = self._waiting, []
        for obj in dict.fromkeys(each.obj for each in waiting):
            told = [each for each in waiting if each.obj == obj]
            for start in range(0, len(told), MOST):
                self._post(told[start : start + MOST])

    def _post(self, told: Sequence[Notification]) -> None:
        self._outbox.post(told[0].ref, lambda: self._letter(told))

    def _fields(self) -> Mapping[str, Sequence[str]]:
        found: Mapping[str, Sequence[str]] = self._world.options.get("outbound", DEFAULT)
        return found

    def _letter(self, notifications: Sequence[Notification]) -> Letter:
        target = self._world.webhook or {}
        secret = target.get("secret")
        url = f"{target['url'].rstrip('/')}/{secret}" if secret else target["url"]
        body = "".join(self._notification(each) for each in notifications)
        return Letter(url=url, body=self._message(body).encode(), headers=_HEADERS)

    def _message(self, notifications: str) -> str:
        organization = self._world.options.get("organization_id", ORGANIZATION)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
            '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
            f"<OrganizationId>{escape(str(organization))}</OrganizationId>"
            f'<ActionId>{ACTION}</ActionId><SessionId xsi:nil="true"/>'
            "<EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/62.0</EnterpriseUrl>"
            "<PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/62.0</PartnerUrl>"
            f"{notifications}</notifications></soapenv:Body></soapenv:Envelope>"
        )

    def _notification(self, told: Notification) -> str:
        names = ["Id", *(name for name in self._fields().get(told.obj, ()) if name != "Id")]
        values = "".join(
            f"<sf:{name}>{escape(_text(told.record[name]))}</sf:{name}>"
            for name in names
            if told.record.get(name) is not None
        )
        return (
            f'<Notification><Id>{told.ref}</Id><sObject xsi:type="sf:{told.obj}" '
            f'xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{values}</sObject></Notification>'
        )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value)
    # A moment is written here as XML Schema writes it, not as the REST API does.
    return text.replace("+0000", "Z") if text.endswith(".000+0000") else text


def _acknowledged(response: httpx2.Response) -> bool:
    return response.is_success and _ACKNOWLEDGED.search(response.content) is not None
