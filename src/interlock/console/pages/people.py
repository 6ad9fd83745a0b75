"""Access: who may come in, as what, and with which tokens. It is changed by a command."""

from typing import Final

from interlock.access import RIGHTS, Act, Scope, store
from interlock.console.door import Ask, Page, forbidden, page


def people(ask: Ask) -> Page:
    """Show accounts and tokens, to those who answer for the whole installation."""
    if not ask.viewer.may(Act.ADMINISTER, Scope()):
        raise forbidden(Act.ADMINISTER)
    with ask.desk.database.transaction() as connection:
        accounts, tokens = store.every(connection), store.tokens(connection)
    values = {"accounts": accounts, "tokens": tokens, "rights": RIGHTS, "acts": list(Act)}
    return Page(template="people.html", values=values)


DOORS: Final = (
    page("people", "/access", people, "Who may come in.", menu="Access", act=Act.ADMINISTER),
)
