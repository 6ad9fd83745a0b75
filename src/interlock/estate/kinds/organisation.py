"""Who answers, who posts, and what was accepted for a while."""

from typing import Literal

from interlock.estate.kinds.declared import Country, Currency, Day, Declared, Part, Zone


class GroupSpec(Part):
    """A team that cases are routed to."""

    contact: str = ""
    """Where the group is reached, for people."""
    members: tuple[str, ...] = ()
    """Who may be assigned its cases."""


class Group(Declared):
    """People who answer for something together."""

    kind: Literal["Group"]
    spec: GroupSpec


class LegalEntitySpec(Part):
    """What posting needs to know of a company of the group."""

    country: Country
    """Two letters of ISO 3166-1, such as DE."""
    currency: Currency
    """Three letters of ISO 4217: the currency of its books."""
    timezone: Zone
    """Posting dates are dates in this zone."""


class LegalEntity(Declared):
    """A company that posts in its own books."""

    kind: Literal["LegalEntity"]
    spec: LegalEntitySpec


class WaiverSpec(Part):
    """A finding that someone accepts for a while."""

    code: str
    """Of the check, such as CLS013."""
    subject: str
    """What the finding is about: ``integration:quote-to-cash/tax``."""
    reason: str
    """Why it is accepted, for whoever reads it in a year."""
    expires: Day
    """The last day on which it holds; afterwards the waiver is a finding itself."""


class Waiver(Declared):
    """A finding accepted by someone, with reason and expiry."""

    kind: Literal["Waiver"]
    spec: WaiverSpec
