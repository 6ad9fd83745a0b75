"""The objects of the simulated org: fields, types, picklists and how they refer to each other.

Option ``custom_fields`` ({"Opportunity": {"Region__c": "string"}}) gives the org more fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock_sandbox.salesforce.errors import missing

NUMBERS: Final = frozenset({"currency", "double", "percent", "int"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an object."""

    name: str
    kind: str = "string"
    required: bool = False
    values: tuple[str, ...] = ()
    restricted: bool = False
    """Picklists take any value unless restricted: that is how unheard-of values come about."""
    external: bool = False
    """An external id, and unique: only then does an upsert make one record."""
    to: str = ""
    """The object that a reference refers to."""
    length: int = 255
    own: bool = False
    """Set by the vendor alone."""

    @property
    def relationship(self) -> str:
        """Return the name under which SOQL follows a reference."""
        if self.name.endswith("__c"):
            return self.name.removesuffix("__c") + "__r"
        return self.name.removesuffix("Id")


def _texts(*names: str) -> list[Field]:
    return [Field(name=name) for name in names]


def _own(name: str, kind: str, to: str = "") -> Field:
    return Field(name=name, kind=kind, own=True, to=to)


def _refers(name: str, to: str, *, required: bool = False) -> Field:
    return Field(name=name, kind="reference", to=to, required=required)


def _picks(name: str, *values: str) -> Field:
    return Field(name=name, kind="picklist", values=values)


_COMMON: Final = (
    _own("Id", "id"),
    _own("IsDeleted", "boolean"),
    _own("CreatedDate", "datetime"),
    _own("LastModifiedDate", "datetime"),
    _own("SystemModstamp", "datetime"),
)
_CURRENCY: Final = Field(
    name="CurrencyIsoCode",
    kind="picklist",
    values=("USD", "GBP", "JPY", "KWD", "EUR", "CAD", "CHF"),
    restricted=True,
)
_ACCOUNT: Final = (
    Field(name="Name", required=True),
    _refers("ParentId", "Account"),
    _own("MasterRecordId", "reference", "Account"),
    *_texts("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry"),
    Field(name="Billing_Email__c", kind="email", length=80),
    _CURRENCY,
    *_texts("Payment_Terms__c", "Legal_Entity__c"),
    Field(name="Payment_Hold__c", kind="boolean"),
    Field(name="External_Id__c", external=True),
)
_OPPORTUNITY: Final = (
    Field(name="Name", required=True, length=120),
    _refers("AccountId", "Account"),
    Field(
        name="StageName",
        kind="picklist",
        required=True,
        values=("Prospecting", "Negotiation", "Closed Won", "Closed Lost"),
    ),
    Field(name="Amount", kind="currency"),
    Field(name="CloseDate", kind="date", required=True),
    _CURRENCY,
    Field(name="Contract_Start__c", kind="date"),
    Field(name="Contract_Term_Months__c", kind="double"),
    _picks("Billing_Frequency__c", "Monthly", "Quarterly", "Annual"),
    _picks("Revenue_Treatment__c", "Ratable", "Immediate"),
    *_texts("Legal_Entity__c", "Interlock_Status__c", "Subscription_Id__c"),
    *_texts("Payment_Status__c", "Invoice_Number__c", "Refund_Status__c", "Dispute_Status__c"),
    *_texts("Dunning_Level__c", "Renews__c"),
    Field(name="Promise_To_Pay__c", kind="date"),
    Field(name="Cancelled_On__c", kind="date"),
    _refers("Amends__c", "Opportunity"),
    Field(name="Effective_Date__c", kind="date"),
)
_LINE: Final = (
    _refers("OpportunityId", "Opportunity", required=True),
    _refers("Product2Id", "Product2"),
    _refers("PricebookEntryId", "PricebookEntry"),
    *_texts("ProductCode", "Description"),
    Field(name="Quantity", kind="double"),
    Field(name="UnitPrice", kind="currency"),
    Field(name="TotalPrice", kind="currency"),
    _picks("Charge_Type__c", "Recurring", "Usage", "One-Time"),
    *_texts("Revenue_Account__c"),
)
_CONTACT: Final = (
    Field(name="LastName", required=True, length=80),
    Field(name="FirstName", length=40),
    _refers("AccountId", "Account"),
    _own("MasterRecordId", "reference", "Contact"),
    Field(name="Email", kind="email", length=80),
    Field(name="External_Id__c", external=True),
)
_PRODUCT: Final = (
    Field(name="Name", required=True),
    Field(name="ProductCode"),
    Field(name="Description", length=4000),
    Field(name="Family"),
    Field(name="IsActive", kind="boolean"),
    Field(name="External_Id__c", external=True),
    *_texts("StockKeepingUnit", "Revenue_Account__c", "Billing_Id__c"),
    _picks("Charge_Type__c", "Recurring", "Usage", "One-Time"),
)
_PRICEBOOK: Final = (
    Field(name="Name", required=True),
    Field(name="Description"),
    Field(name="IsActive", kind="boolean"),
    Field(name="IsStandard", kind="boolean"),
)
_PRICE: Final = (
    _refers("Pricebook2Id", "Pricebook2", required=True),
    _refers("Product2Id", "Product2", required=True),
    Field(name="UnitPrice", kind="currency", required=True),
    _CURRENCY,
    Field(name="IsActive", kind="boolean"),
    Field(name="UseStandardPrice", kind="boolean"),
    _own("ProductCode", "string"),
    _own("Name", "string"),
    _picks("Billing_Frequency__c", "Monthly", "Quarterly", "Annual"),
    *_texts("Billing_Price__c"),
)


def _object(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in (*_COMMON, *fields)}


OBJECTS: Final[Mapping[str, Mapping[str, Field]]] = {
    "Account": _object(*_ACCOUNT),
    "Contact": _object(*_CONTACT),
    "Opportunity": _object(*_OPPORTUNITY),
    "OpportunityLineItem": _object(*_LINE),
    "Product2": _object(*_PRODUCT),
    "Pricebook2": _object(*_PRICEBOOK),
    "PricebookEntry": _object(*_PRICE),
}
PREFIXES: Final = {
    "Account": "001",
    "Contact": "003",
    "Opportunity": "006",
    "OpportunityLineItem": "00k",
    "Product2": "01t",
    "Pricebook2": "01s",
    "PricebookEntry": "01u",
}
CHILDREN: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Account": {
        "ChildAccounts": ("Account", "ParentId"),
        "Opportunities": ("Opportunity", "AccountId"),
        "Contacts": ("Contact", "AccountId"),
    },
    "Opportunity": {"OpportunityLineItems": ("OpportunityLineItem", "OpportunityId")},
    "Product2": {"PricebookEntries": ("PricebookEntry", "Product2Id")},
    "Pricebook2": {"PricebookEntries": ("PricebookEntry", "Pricebook2Id")},
}
"""Object -> the names of its child relationships -> child object and the field back."""


class Schema:
    """Which objects and fields this org has."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options

    def names(self) -> list[str]:
        """Return the names of all objects."""
        return list(OBJECTS)

    def fields(self, obj: str) -> Mapping[str, Field]:
        """Return the fields of `obj` by name.

        Raises:
            SalesforceError: There is no such object.
        """
        found = OBJECTS.get(obj)
        if found is None:
            raise missing()
        more = self._options.get("custom_fields", {}).get(obj)
        if not more:
            return found
        return {**found, **{name: Field(name=name, kind=kind) for name, kind in more.items()}}

    def describe(self, obj: str) -> dict[str, Any]:
        """Return what the describe call says of `obj`."""
        children = [
            {"relationshipName": name, "childSObject": child, "field": field}
            for name, (child, field) in CHILDREN.get(obj, {}).items()
        ]
        return {
            **self.summary(obj),
            "fields": [_described(field) for field in self.fields(obj).values()],
            "childRelationships": children,
        }

    def summary(self, obj: str) -> dict[str, Any]:
        """Return what the list of objects says of `obj`."""
        abilities = ("createable", "updateable", "deletable", "queryable", "replicateable")
        return {
            "name": obj,
            "label": obj,
            "keyPrefix": PREFIXES[obj],
            "custom": obj.endswith("__c"),
            "mergeable": obj == "Account",
            **dict.fromkeys(abilities, True),
        }


def _described(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.name,
        "type": field.kind,
        "length": field.length if field.kind in {"string", "picklist", "email"} else 0,
        "nillable": not field.required and field.kind != "boolean" and not field.own,
        "defaultedOnCreate": field.kind == "boolean" or field.own,
        "externalId": field.external,
        "unique": field.external,
        "idLookup": field.kind == "id" or field.external,
        "createable": not field.own,
        "updateable": not field.own,
        "restrictedPicklist": field.restricted,
        "picklistValues": [
            {"value": value, "label": value, "active": True, "defaultValue": False}
            for value in field.values
        ],
        "referenceTo": [field.to] if field.to else [],
        "relationshipName": field.relationship if field.to else None,
        "custom": field.name.endswith("__c"),
    }
