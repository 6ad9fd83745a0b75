"""``interlock apply``: deploy a checked estate."""

import getpass
import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from interlock.checks.finding import Severity
from interlock.checks.inspector import report
from interlock.cli.estate_at import open_estate
from interlock.estate.estate import Estate
from interlock.foundation.errors import RefusedError


def apply(
    directory: Path = Path(),
    *,
    approver: str,
    author: str | None = None,
    home: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Deploy the estate in DIRECTORY: new runs start with it, those under way keep theirs.

    An estate with errors is refused. Author, approver and digest go into the trail.

    Example: ``interlock apply examples/quote-to-cash --author ana --approver bao``
    """
    estate, changed = deploy(directory, author or getpass.getuser(), approver, home)
    if json_:
        print(json.dumps({"digest": estate.digest, "changed": changed}))
    else:
        what = "deployed" if changed else "was deployed already"
        print(f"estate {estate.digest[:12]} {what}: {len(estate.plans)} integrations")
    return 0


def deploy(directory: Path, author: str, approver: str, home: Path | None) -> tuple[Estate, bool]:
    """Check the estate and make it the one that new runs start with; tell whether it is another.

    Raises:
        RefusedError: It has errors.
    """
    from interlock.bootstrap.house import open_store

    opened = open_estate(directory)
    found = report(opened.inspection, opened.problems)
    errors = [each for each in found.findings if each.severity is Severity.ERROR]
    if errors:
        raise RefusedError(
            f"the estate has {len(errors)} errors; the first: {errors[0].what}",
            hint=f"`interlock check {directory}` shows them all.",
            where=errors[0].where,
        )
    estate = opened.inspection.estate
    with open_store(home) as store:
        now = store.clock.now()
        return estate, store.archive.apply(estate, author=author, approver=approver, at=now)
