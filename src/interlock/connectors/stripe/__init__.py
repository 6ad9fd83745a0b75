"""Stripe Billing: customers, prices, subscriptions, and the invoices that they make.

`capability` says what it can do, `connector` is the door, `operations` shapes the requests and
the answers, `lookup` finds objects by our own reference, `feed` polls events, `webhook` verifies
deliveries, `errors` is the vendor's error table.
"""
