"""Deployments: which estates were made the one that new runs start with, and what each changed."""

from typing import Final

from interlock.console.door import Ask, Page, not_there, page
from interlock.foundation.errors import UsageError
from interlock.insight.versions import Deployment, changes, deployment, deployments


def compared(ask: Ask) -> tuple[Deployment, str]:
    """Return the deployment that the address names, and the digest of what it is compared with."""
    found, since = deployments(ask.desk.database), ask.text("since")
    try:
        of = deployment(found, ask.path["number"])
        return of, deployment(found, since).digest if since else of.before
    except UsageError as error:
        raise not_there("deployment") from error


def every(ask: Ask) -> Page:
    """Show every deployment."""
    return Page(template="deployments.html", values={"found": deployments(ask.desk.database)})


def one(ask: Ask) -> Page:
    """Show what one deployment changed."""
    of, since = compared(ask)
    values = {
        "of": of,
        "since": since,
        "earlier": [each for each in deployments(ask.desk.database) if each.number < of.number],
        "changes": changes(ask.desk.store.archive, since, of.digest),
    }
    return Page(template="deployment.html", values=values)


DOORS: Final = (
    page("deployments", "/estate/deployments", every, "Every estate that was deployed."),
    page("deployment", "/estate/deployments/{number}", one, "What a deployment changed."),
)
