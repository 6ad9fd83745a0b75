"""Runs inside `odoo shell`: one company's books, and a key for the integration's own user.

Odoo's code; `env` is what its shell gives. Prints one line of JSON that begins with ``INTERLOCK``.
"""

import json
from datetime import datetime, timedelta
from typing import Any

PRODUCTS = ("SAAS-SEAT", "API-USAGE", "ONBOARDING")
CURRENCIES = ("USD", "EUR", "GBP", "JPY", "KWD")
GROUPS = (
    "base.group_user",
    "base.group_partner_manager",
    "account.group_account_invoice",
    "product.group_product_manager",
    "sales_team.group_sale_salesman_all_leads",
)

env: Any = globals()["env"]
company = env.company
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
for name in CURRENCIES:
    env["res.currency"].with_context(active_test=False).search([("name", "=", name)]).active = True
revenue = env["account.account"].search([("code", "=", "400000")])
owed = revenue.copy({"code": "251999", "name": "Tax of another engine"})
owed.account_type = "liability_current"
tax = env["account.tax"].create(
    {"name": "External tax", "amount_type": "fixed", "amount": 0.01, "type_tax_use": "sale"}
)
for line in tax.invoice_repartition_line_ids + tax.refund_repartition_line_ids:
    if line.repartition_type == "tax":
        line.account_id = owed
for code in PRODUCTS:
    env["product.product"].create({"name": code, "default_code": code, "type": "service"})
user = env["res.users"].create(
    {
        "name": "Interlock",
        "login": "interlock",
        "group_ids": [(6, 0, [env.ref(group).id for group in GROUPS])],
    }
)
until = datetime.now() + timedelta(days=30)  # noqa: DTZ005 (Odoo's own clock, without a zone)
keys = {
    "key": env(user=user.id)["res.users.apikeys"]._generate("rpc", "interlock", until),
    "admin": env(user=env.ref("base.user_admin").id)["res.users.apikeys"]._generate(
        "rpc", "a person", until
    ),
}
env.cr.commit()
print("INTERLOCK " + json.dumps({**keys, "company": company.id}))  # noqa: T201
