"""Make one provider and one user in a fresh database of django-silver.

Runs inside the counterparty's own environment. Usage: ``prepare_silver.py USER PASSWORD``.
"""

import sys

import django  # type: ignore[import-not-found]  # not in this environment
from django.core.management import call_command  # type: ignore[import-not-found]  # as above

django.setup()

from django.contrib.auth.models import User  # type: ignore[import-not-found]  # noqa: E402 (models come last)
from silver.models import Provider  # type: ignore[import-not-found]  # noqa: E402 (as above)

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    User.objects.create_superuser(sys.argv[1], "integration@example.com", sys.argv[2])
    Provider.objects.create(
        name="Us",
        company="Us",
        address_1="Street 1",
        city="Berlin",
        country="DE",
        flow="invoice",
        invoice_series="INV",
        invoice_starting_number=1,
        default_document_state="draft",
    )
