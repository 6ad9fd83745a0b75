"""SEC002: something that looks like a secret stands in a file of the estate.

Bad: a note that says ``the old key was whsec_...``; a URL with ``user:password@``.

Good: no value of any secret, not even of an old one.
"""

import re
from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.foundation.place import Place

_FORMS: Final = {
    "stripe": re.compile(r"_(?:live|test)_[0-9A-Za-z]{10,}"),
    "webhook": re.compile(r"whsec_[0-9A-Za-z+/]{16,}"),
    "private": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "amazon": re.compile(r"AKIA[0-9A-Z]{16}\b"),
    "github": re.compile(r"gh[pousr]_[0-9A-Za-z]{30,}"),
    "url": re.compile(r"://[^/\s:@]+:[^/\s:@]+@"),
}
"""Each begins with a literal, which is searched for quickly."""


@check("SEC002", severity=Severity.ERROR, title="Something that looks like a secret")
def leaked_secret(inspection: Inspection) -> Iterator[Complaint]:
    for file, text in inspection.estate.sources.items():
        for name, form in _FORMS.items():
            for found in form.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
                yield Complaint(
                    subject=f"file:{file}/{name}",
                    what=f"this looks like a secret ({name})",
                    hint="Take it out, and change the secret: it has been seen.",
                    where=Place(file, line, column, found.end() - found.start()),
                )
