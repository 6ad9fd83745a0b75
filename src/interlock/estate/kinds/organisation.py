"""Who answers, who posts, and what was accepted for a while."""

from typing import Literal

from interlock.estate.kinds.declared import Country, Currency, Day, Declared, Part, Zone


class GroupSpec(Part):
    """A team that cases are routed to."""

    contact: str = ""
    members: tuple[str, ...] = ()


class Group(Declared):
    """People who answer for something together."""

    kind: Literal["Group"]
    spec: GroupSpec


class LegalEntitySpec(Part):
    """What posting needs to know of a company of the group."""

    country: Country
    currency: Currency
    timezone: Zone
    """Posting dates are dates in this zone."""


class LegalEntity(Declared):
    """A company that posts in its own books."""

    kind: Literal["LegalEntity"]
    spec: LegalEntitySpec


class WaiverSpec(Part):
    """A finding that someone accepts for a while."""

    code: str
    subject: str
    """What the finding is about: ``integration:quote-to-cash/tax``."""
    reason: str
    expires: Day


class Waiver(Declared):
    """A finding accepted by someone, with reason and expiry."""

    kind: Literal["Waiver"]
    spec: WaiverSpec
