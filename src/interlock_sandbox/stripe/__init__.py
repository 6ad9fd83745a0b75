"""Stripe Billing, API v1: form-encoded, idempotent, signed webhooks (docs.stripe.com/api).

`form` reads bodies, `idempotency` keeps answers by key, `delivery` signs and sends events,
`objects` makes them, `vendor` speaks HTTP.
"""

from interlock_sandbox.stripe.vendor import build

__all__ = ["build"]
