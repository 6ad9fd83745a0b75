"""The objects of the simulated org: fields, types and picklists."""

from collections.abc import Mapping
from typing import Any, Final

Field = tuple[str, bool, tuple[str, ...]]
"""Type, whether it is required at creation, and the values of a picklist."""


def _text(*, required: bool = False) -> Field:
    return ("string", required, ())


def _pick(*values: str) -> Field:
    return ("picklist", False, values)


_COMMON: Final[Mapping[str, Field]] = {
    "Id": ("id", False, ()),
    "IsDeleted": ("boolean", False, ()),
    "CreatedDate": ("datetime", False, ()),
    "LastModifiedDate": ("datetime", False, ()),
    "SystemModstamp": ("datetime", False, ()),
}

OBJECTS: Final[Mapping[str, Mapping[str, Field]]] = {
    "Account": {
        **_COMMON,
        "Name": _text(required=True),
        "ParentId": ("reference", False, ()),
        "MasterRecordId": ("reference", False, ()),
        "BillingStreet": _text(),
        "BillingCity": _text(),
        "BillingState": _text(),
        "BillingPostalCode": _text(),
        "BillingCountry": _text(),
        "Billing_Email__c": ("email", False, ()),
        "CurrencyIsoCode": _pick("USD", "GBP", "JPY", "KWD", "EUR"),
        "Payment_Terms__c": _text(),
        "Payment_Hold__c": ("boolean", False, ()),
        "Legal_Entity__c": _text(),
        "External_Id__c": ("string", False, ()),
    },
    "Opportunity": {
        **_COMMON,
        "Name": _text(required=True),
        "AccountId": ("reference", False, ()),
        "StageName": _pick("Prospecting", "Negotiation", "Closed Won", "Closed Lost"),
        "Amount": ("currency", False, ()),
        "CloseDate": ("date", True, ()),
        "CurrencyIsoCode": _pick("USD", "GBP", "JPY", "KWD", "EUR"),
        "Contract_Start__c": ("date", False, ()),
        "Contract_Term_Months__c": ("double", False, ()),
        "Billing_Frequency__c": _pick("Monthly", "Quarterly", "Annual"),
        "Revenue_Treatment__c": _pick("Ratable", "Immediate"),
        "Legal_Entity__c": _text(),
        "Subscription_Id__c": _text(),
        "Payment_Status__c": _text(),
        "Invoice_Number__c": _text(),
    },
    "OpportunityLineItem": {
        **_COMMON,
        "OpportunityId": ("reference", True, ()),
        "ProductCode": _text(),
        "Description": _text(),
        "Quantity": ("double", False, ()),
        "UnitPrice": ("currency", False, ()),
        "TotalPrice": ("currency", False, ()),
        "Charge_Type__c": _pick("Recurring", "Usage", "One-Time"),
    },
}

PREFIXES: Final = {"Account": "001", "Opportunity": "006", "OpportunityLineItem": "00k"}
EXTERNAL: Final = {"Account": ("External_Id__c",), "Opportunity": (), "OpportunityLineItem": ()}
"""Fields by which records can be upserted, besides Id."""
CHILDREN: Final = {"OpportunityLineItems": ("OpportunityLineItem", "OpportunityId")}


def describe(obj: str) -> dict[str, Any]:
    """Return what the describe call says of `obj`."""
    fields = [
        {
            "name": name,
            "type": kind,
            "nillable": not required,
            "externalId": name in EXTERNAL[obj],
            "idLookup": name == "Id" or name in EXTERNAL[obj],
            "createable": name not in _COMMON,
            "updateable": name not in _COMMON,
            "picklistValues": [{"value": value, "active": True} for value in values],
            "custom": name.endswith("__c"),
        }
        for name, (kind, required, values) in OBJECTS[obj].items()
    ]
    children = [
        {"relationshipName": name, "childSObject": child, "field": field}
        for name, (child, field) in CHILDREN.items()
        if obj == "Opportunity"
    ]
    return {
        "name": obj,
        "label": obj,
        "fields": fields,
        "childRelationships": children,
        "queryable": True,
        "keyPrefix": PREFIXES[obj],
    }
