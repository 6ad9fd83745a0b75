"""Who may do what here: accounts, roles by legal entity and domain, sessions, API tokens.

`account` and `rights` (the nouns, and what a role may do; pure), `password`, `session`, `token`,
`store`, `commands` (the only functions that change something, each with an entry in the trail).
Nothing is allowed that no grant allows.
"""

from interlock.access.account import Account, Grant, Role
from interlock.access.rights import RIGHTS, Act, Scope, acts_of, may

__all__ = ["RIGHTS", "Account", "Act", "Grant", "Role", "Scope", "acts_of", "may"]
