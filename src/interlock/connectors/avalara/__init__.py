"""Avalara AvaTax: estimate, record and void tax.

`capability` says what it can do, `connector` is the door, `operations` shapes the requests and
the answers, `errors` is the vendor's error table.
"""
