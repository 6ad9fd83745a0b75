"""Simulated vendors: Salesforce, NetSuite, Stripe Billing, AvaTax, Tryton, Odoo, files.

Written from the vendors' public documentation and sharing no code with the connectors, so that a
connector is never tested against its own mistakes. The vendors' own clients work against them
unmodified (tests/sandbox). `world` holds a vendor's state and faults, `vendors` names them all.
"""
