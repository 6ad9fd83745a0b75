"""Odoo 19, an ERP and CRM of one's own: masters, orders, invoices, payments, journal entries.

`capability` says what it can do, `connector` is the door, `models` has Odoo's objects as data,
`operations` shapes the requests, `wire` has the forms of values, `records` reads objects, `codes`
turns codes into ids, `loading` writes under an external id, `masters`, `documents`, `postings` and
`payments` write, `feed` polls changes, `errors` is the vendor's error table.
"""
