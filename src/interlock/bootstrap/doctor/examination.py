"""Examines every connection of an estate with the settings of this installation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from interlock.bootstrap.credentials import ends_of
from interlock.bootstrap.doctor.brokers import standing
from interlock.bootstrap.doctor.fitting import bindings, misfits, objects_of
from interlock.bootstrap.doctor.item import Examined, Item, State
from interlock.bootstrap.doctor.reaching import Reach, expiring
from interlock.bootstrap.settings import Settings
from interlock.checks.inspection import Inspection
from interlock.connectors import checkup as asked
from interlock.connectors.checkup import Checkup, Held, Quota
from interlock.connectors.description import Describing, Shape
from interlock.connectors.port import CallFailed, Connection, Connector, Outbound
from interlock.estate.estate import Estate
from interlock.estate.kinds import Channel, Subscription, System
from interlock.foundation.clock import Clock
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import InterlockError, UnavailableError
from interlock.foundation.secrets.expiry import expiries
from interlock.foundation.secrets.lookup import Named
from interlock.foundation.secrets.secret import Secret
from interlock.intake.posts import Post, posts
from interlock.intake.stream import QUIET

CONFIGURED: Final = "configured"
PERMITTED: Final = "permitted"
FITS: Final = "fits"
HEARD: Final = "heard"
_UNDESCRIBED: Final = "this connector cannot ask what the system's objects are made of"
_UNBOUND: Final = "nothing was compared: the estate binds no entity there"
_CONTRACT: Final = "Keep a `Contract` of it beside the estate: `interlock check` compares with it."
_CHANGE: Final = "Get a new one, put it where the old one stands; workers follow by themselves."
_LOW: Final = 10
"""Percent of a quota that is little."""
Open = Callable[[System, Connection], Connector]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Looks, and changes nothing anywhere."""

    estate: Estate
    settings: Settings
    clock: Clock
    reach: Reach
    open: Open
    heard: Callable[[Post], datetime | None] | None = None
    """When a line last told something; ``None`` for an estate that is not deployed."""
    offline: bool = False
    """Only what can be said without asking anybody outside of this machine."""

    def system(self, system: System) -> Examined:
        """Examine one system."""
        return Examined(connection=system.name, kind="system", items=tuple(self._system(system)))

    def subscription(self, declared: Subscription) -> Examined:
        """Examine one subscriber: nothing is posted there."""
        items = tuple(self._subscription(declared))
        return Examined(connection=declared.name, kind="subscription", items=items)

    def channel(self, declared: Channel) -> Examined:
        """Examine one channel: what there is at its address, and what we may do there."""
        items = tuple(self._channel(declared))
        return Examined(connection=declared.name, kind="channel", items=items)

    def _system(self, system: System) -> Iterator[Item]:
        credential: list[Secret] = []
        yield from self._secret("credential", system.spec.auth.credential, credential)
        webhook = system.spec.inbound.webhook if system.spec.inbound else None
        if webhook is not None and webhook.secret is not None:
            yield from self._signing("webhook's secret", webhook.secret)
        for secret in credential:
            yield from self._ends(system, secret)
            yield from self._opened(system, secret)

    def _secret(self, what: str, named: Named, into: list[Secret]) -> Iterator[Item]:
        try:
            secret = self.settings.secrets.get(named, fresh=True)
        except InterlockError as error:
            yield _no(CONFIGURED, error)
            return
        into.append(secret)
        names = ", ".join(sorted(secret.fields))
        yield Item(
            question=CONFIGURED,
            state=State.FINE,
            said=f"{what} from {secret.where} ({names})",
        )

    def _signing(self, what: str, named: Named) -> Iterator[Item]:
        found: list[Secret] = []
        yield from self._secret(what, named, found)
        for secret in found:
            ends = expiries(secret.fields)
            yield from (expiring(each, self.clock.now(), _CHANGE) for each in ends)

    def _ends(self, system: System, secret: Secret) -> Iterator[Item]:
        found = list(ends_of(system, secret))
        yield from (expiring(each, self.clock.now(), _CHANGE) for each in found)
        if not any(each.hard for each in found):
            said = "the credential does not tell when it ends"
            hint = "If it has an end, declare `expires:` or keep it beside the values."
            yield Item(question="expiring", state=State.UNTOLD, said=said, next=hint)

    def _opened(self, system: System, secret: Secret) -> Iterator[Item]:
        try:
            connection = self.settings.connection(system, secret.fields)
            connector = self.open(system, connection)
        except InterlockError as error:
            yield _no(CONFIGURED, error)
            return
        try:
            yield _address(system.spec.url, connection.url)
            if not self.offline:
                yield from self._asked(system, connection, connector)
        finally:
            close = getattr(connector, "close", None)
            if close is not None:
                close()

    def _asked(
        self, system: System, connection: Connection, connector: Connector
    ) -> Iterator[Item]:
        found = list(self.reach.look(connection))
        yield from found
        if any(each.state is State.PROBLEM for each in found if each.question == "reachable"):
            said = "it was not asked, for it cannot be reached"
            yield Item(question=PERMITTED, state=State.UNKNOWN, said=said, next="See above.")
            return
        if not isinstance(connector, asked.Examined):
            said = f"the connector `{system.spec.connector}` cannot ask"
            hint = "Look into the system: which role has the user that we log in as?"
            yield Item(question=PERMITTED, state=State.UNKNOWN, said=said, next=hint)
            return
        told = connector.checkup(_objects(self.estate, system.name))
        yield from _permissions(told)
        yield from _quotas(told)
        yield from self._heard(system)
        yield from self._fits(system, connector)

    def _heard(self, system: System) -> Iterator[Item]:
        """Say of every line of an installation when it last told something."""
        for post in posts(self.estate) if self.heard is not None else ():
            if post.system == system.name and self.heard is not None:
                yield _line(post.object, self.heard(post), self.clock.now())

    def _fits(self, system: System, connector: Connector) -> Iterator[Item]:
        """Compare every binding with what the system says of its objects."""
        if not isinstance(connector, Describing):
            yield Item(question=FITS, state=State.UNTOLD, said=_UNDESCRIBED, next=_CONTRACT)
            return
        if not objects_of(self.estate, system.name):
            yield Item(question=FITS, state=State.UNTOLD, said=_UNBOUND)
            return
        shapes: dict[str, Shape | None] = {}
        yield from self._described(system, connector, shapes)
        inspection = Inspection(estate=self.estate, now=self.clock.now())
        found = list(misfits(inspection, system.name, shapes))
        for each in found:
            said = f"{each.where}: {each.what}"
            yield Item(question=FITS, state=State.PROBLEM, said=said, next=each.hint)
        if shapes and not found:
            many = bindings(self.estate, system.name, shapes)
            said = f"{many} bindings of {len(shapes)} objects are as it describes them"
            yield Item(question=FITS, state=State.FINE, said=said)

    def _described(
        self, system: System, connector: Describing, into: dict[str, Shape | None]
    ) -> Iterator[Item]:
        """Ask for every object that is bound there; yield why one is not known."""
        for obj in objects_of(self.estate, system.name):
            try:
                into[obj] = connector.shape(obj)
            except CallFailed as failure:
                said = f"{obj} was not described: {failure.outcome.message or failure}"
                yield Item(question=FITS, state=State.UNKNOWN, said=said, next="Ask again later.")
            except InterlockError as error:
                yield _no(FITS, error)

    def _subscription(self, declared: Subscription) -> Iterator[Item]:
        yield from self._signing("secret", declared.spec.secret)
        allowed = allowed_of(self.settings.values.get("outbound_allow", ""))
        yield from self._placed(declared.name, declared.spec.url, Outbound(allowed=allowed))

    def _channel(self, declared: Channel) -> Iterator[Item]:
        if declared.spec.url is None:
            yield Item(question=CONFIGURED, state=State.FINE, said="embedded: in our database")
            return
        meant = f"`outbound: {{networks: [...]}}` of channel `{declared.name}`"
        hint = f"If it is meant, declare {meant}."
        allowed = allowed_of(" ".join(declared.spec.outbound.networks), hint=hint)
        found = list(self._placed(declared.name, declared.spec.url, Outbound(allowed=allowed)))
        yield from found
        if self.offline or any(each.state is State.PROBLEM for each in found):
            return
        yield from standing(declared, self.settings)

    def _placed(self, name: str, url: str, outbound: Outbound) -> Iterator[Item]:
        try:
            where = self.settings.told(url)
        except InterlockError as error:
            yield _no(CONFIGURED, error)
            return
        yield _address(url, where)
        if self.offline:
            return
        timeout = self.settings.timeout_of(name)
        yield from self.reach.knock(
            Connection(
                system=name,
                url=where,
                credential={},
                scheme="",
                timeout=timeout,
                outbound=outbound,
            )
        )


def _no(question: str, error: InterlockError) -> Item:
    state = State.UNKNOWN if isinstance(error, UnavailableError) else State.PROBLEM
    return Item(question=question, state=state, said=error.what, next=error.hint)


def _address(named: str, where: str) -> Item:
    """Say where the address comes from, and its host alone: the rest may carry a secret."""
    source = named.partition("#")[0] if "//" not in named else "the estate"
    parts = urlsplit(where)
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return Item(question=CONFIGURED, state=State.FINE, said=f"address {host} from {source}")


def _objects(estate: Estate, system: str) -> set[str]:
    """Return what the estate binds in a system: only that need be permitted."""
    entities = estate.entities.values()
    return {each.spec.identity[system].obj for each in entities if system in each.spec.identity}


def _permissions(told: Checkup) -> Iterator[Item]:
    held = [each for each in told.permissions if each.held is Held.YES]
    if held:
        untried = "" if any(each.writes for each in held) else " (writes are not tried)"
        said = "; ".join(each.what for each in held) + untried
        yield Item(question=PERMITTED, state=State.FINE, said=said)
    for each in told.permissions:
        if each.held is Held.YES:
            continue
        state = State.PROBLEM if each.held is Held.NO else State.UNKNOWN
        word = "refused" if each.held is Held.NO else "nobody knows whether we may"
        hint = each.grant or "Ask again later; the message says what stood in the way."
        said = ": ".join(filter(None, (f"{word} {each.what}", each.said)))
        yield Item(question=PERMITTED, state=state, said=said, next=hint)
    if not told.permissions:
        said = "nothing was asked: the estate binds no entity there"
        yield Item(question=PERMITTED, state=State.UNTOLD, said=said)


def _line(obj: str, at: datetime | None, now: datetime) -> Item:
    what = f"changes of {obj} were"
    if at is not None and now - at <= QUIET:
        return Item(question=HEARD, state=State.FINE, said=f"{what} heard at {at:%H:%M:%S}Z")
    said = f"{what} never heard" if at is None else f"{what} last heard {at:%Y-%m-%d %H:%M}Z"
    hint = "Does a worker run? It opens the line; until then nothing is told, and nothing lost."
    return Item(question=HEARD, state=State.UNKNOWN, said=said, next=hint)


def _quotas(told: Checkup) -> Iterator[Item]:
    yield from map(_quota, told.quotas)
    if not told.quotas:
        yield Item(question="quota", state=State.UNTOLD, said="it does not tell its quota")


def _quota(quota: Quota) -> Item:
    if quota.left is None:
        said = f"{quota.limit} {quota.name}; it does not tell how much is used"
        return Item(question="quota", state=State.FINE, said=said)
    said = f"{quota.left} of {quota.limit} {quota.name} are left"
    if quota.left * 100 > quota.limit * _LOW:
        return Item(question="quota", state=State.FINE, said=said)
    state = State.SOON if quota.left > 0 else State.PROBLEM
    hint = "See what else uses it; slow down our polls, or buy more."
    return Item(question="quota", state=state, said=said, next=hint)
