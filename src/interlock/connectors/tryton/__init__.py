"""Tryton 8.2, an ERP of one's own: parties, invoices, their posting and their reversal.

`capability` says what it can do, `connector` is the door, `operations` shapes the requests,
`wire` has Tryton's JSON for numbers and dates, `records` reads objects, `codes` turns codes into
ids, `invoices` writes invoices, `feed` polls changes, `errors` is the vendor's error table.
"""
