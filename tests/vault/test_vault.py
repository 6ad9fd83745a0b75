"""A vault's secrets are read late, followed, and gone when their lease is."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.bootstrap.settings import read_settings
from interlock.bootstrap.vaults import Vaults
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.foundation.secrets.lookup import Secrets
from interlock.foundation.secrets.reference import reference_of
from interlock.foundation.secrets.secret import Secret
from interlock.vault.vault import REFRESH
from tests.vault.vault_server import CREATED, VaultServer, vault_server

TOKEN = "hvs.CAESIJ-root-of-the-test"
NOW = from_iso("2026-01-02T00:00:00Z")
PLACE = reference_of("vault:apps/team/crm")
Opened = Callable[..., Vaults]


@pytest.fixture
def server() -> Iterator[VaultServer]:
    with vault_server() as found:
        found.kept["apps/team/crm"] = {"api_key": "one", "port": 8443}
        found.tokens[TOKEN] = {"renewable": False, "expire_time": None}
        yield found


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def opened(server: VaultServer, clock: VirtualClock, tmp_path: Path) -> Opened:
    def made(settings: Mapping[str, str] | None = None, token: str = TOKEN) -> Vaults:
        values = {
            "vault_url": server.url,
            "vault_networks": "127.0.0.0/8",
            "vault_token": f"file:{tmp_path / 'token'}",
            **(settings or {}),
        }
        written(tmp_path / "token", token)
        return Vaults(values, Secrets({"SECRET_ID": "s3cret-id"}, tmp_path), clock)

    return made


def written(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text)


def read(vault: Vaults, *, fresh: bool = False) -> Secret:
    return vault.read(PLACE, fresh=fresh)


def test_every_value_of_a_secret_is_read_with_the_time_of_its_version(opened: Opened) -> None:
    found = read(opened())

    assert found.fields == {"api_key": "one", "port": "8443"}
    assert found.changed == from_iso(CREATED)
    assert found.ends is None
    assert found.where == "vault apps/team/crm"


def test_it_is_asked_again_after_a_moment_and_at_once_when_told(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    vault = opened()
    first = read(vault)
    server.kept["apps/team/crm"] = {"api_key": "two"}
    assert read(vault) is first
    clock.sleep(REFRESH)
    second = read(vault)
    server.kept["apps/team/crm"] = {"api_key": "three"}

    assert second.fields == {"api_key": "two"}
    assert read(vault, fresh=True).fields == {"api_key": "three"}
    assert len({first.version, second.version, read(vault).version}) == 3


def test_a_vault_that_is_away_stops_nobody_who_knows_but_is_told_to_who_asks_afresh(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    vault = opened()
    first = read(vault)
    server.status = 503
    clock.sleep(REFRESH)

    assert read(vault) is first
    asked = len(server.asked)
    assert read(vault) is first
    assert len(server.asked) == asked, "it is not asked at every call"
    with pytest.raises(UnavailableError, match="sealed"):
        read(vault, fresh=True)


def test_a_lease_that_is_over_is_over_even_while_the_vault_is_away(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    server.lease = 60
    vault = opened()
    assert read(vault).ends == NOW + timedelta(seconds=60)
    server.status = 503
    clock.sleep(timedelta(seconds=61))

    with pytest.raises(UnavailableError):
        read(vault)


def test_a_token_that_cannot_be_renewed_ends_what_is_read_with_it(
    opened: Opened, server: VaultServer
) -> None:
    server.tokens[TOKEN] = {"renewable": False, "expire_time": "2026-01-03T00:00:00Z"}

    assert read(opened()).ends == from_iso("2026-01-03T00:00:00Z")


def test_a_token_is_renewed_at_half_of_its_life(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    server.tokens[TOKEN] = {"renewable": True, "expire_time": "2026-01-02T02:00:00Z"}
    vault = opened()
    assert read(vault).ends is None
    clock.sleep(timedelta(minutes=59))
    read(vault)
    assert "POST /v1/auth/token/renew-self" not in server.asked
    clock.sleep(timedelta(minutes=2))
    read(vault)

    assert server.asked.count("POST /v1/auth/token/renew-self") == 1


def test_a_token_that_an_agent_replaced_is_picked_up(
    opened: Opened, server: VaultServer, clock: VirtualClock, tmp_path: Path
) -> None:
    vault = opened()
    read(vault)
    server.tokens["hvs.next"] = server.tokens.pop(TOKEN)
    written(tmp_path / "token", "hvs.next")
    clock.sleep(REFRESH)

    assert read(vault).fields["api_key"] == "one"


def test_a_revoked_token_is_said_and_not_shown(opened: Opened, server: VaultServer) -> None:
    server.tokens.clear()
    with pytest.raises(UsageError, match="policy lacks") as caught:
        read(opened())
    assert TOKEN not in str(caught.value)


ROLE = {"vault_role_id": "interlock", "vault_secret_id": "env:SECRET_ID"}


def test_an_app_role_logs_in_and_again_before_the_login_is_over(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    server.roles["interlock"] = "s3cret-id"
    vault = opened(ROLE)
    read(vault)
    clock.sleep(timedelta(minutes=58))
    read(vault)
    assert server.logins == 1
    clock.sleep(timedelta(minutes=1, seconds=30))
    read(vault)

    assert server.logins == 2


def test_a_login_that_was_revoked_is_made_anew_once(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    server.roles["interlock"] = "s3cret-id"
    vault = opened(ROLE)
    read(vault)
    server.tokens.clear()
    clock.sleep(REFRESH)

    assert read(vault).fields["api_key"] == "one"
    assert server.logins == 2


def test_a_refused_login_names_the_settings_and_not_the_secret(
    opened: Opened, server: VaultServer
) -> None:
    with pytest.raises(UsageError, match="auth/approle/login") as caught:
        read(opened(ROLE))
    assert "s3cret-id" not in str(caught.value)


@pytest.mark.parametrize("kept", [None, {}, {"nested": {"a": "b"}}, {"flag": True}])
def test_what_was_deleted_or_is_no_text_is_no_secret(
    opened: Opened, server: VaultServer, kept: dict[str, object] | None
) -> None:
    server.kept["apps/team/crm"] = kept
    with pytest.raises(UsageError):
        read(opened())


@pytest.mark.parametrize("place", ["vault:apps", "vault:apps/", "vault:apps/nothing"])
def test_a_place_with_nothing_is_said(opened: Opened, place: str) -> None:
    with pytest.raises(UsageError, match=r"vault:apps"):
        opened().read(reference_of(place), fresh=True)


def test_a_path_cannot_climb_out_of_its_mount(opened: Opened, server: VaultServer) -> None:
    with pytest.raises(UsageError):
        opened().read(reference_of("vault:apps/../../sys/seal"), fresh=True)
    assert not any("sys" in asked.partition("/data/")[0] for asked in server.asked)


@pytest.mark.parametrize("given", ["", TOKEN, "vault:a/b", "secret:vault"])
def test_our_login_to_the_vault_is_named_and_stands_outside_of_it(
    opened: Opened, given: str
) -> None:
    with pytest.raises(UsageError, match="vault_token") as caught:
        read(opened({"vault_token": given}))
    assert TOKEN not in str(caught.value)


def test_a_vault_inside_the_network_has_to_be_allowed(opened: Opened) -> None:
    with pytest.raises(UnavailableError, match="INTERLOCK_VAULT_NETWORKS"):
        read(opened({"vault_networks": ""}))


def test_the_settings_lead_to_it(server: VaultServer, tmp_path: Path) -> None:
    environment = {
        "INTERLOCK_VAULT_URL": server.url,
        "INTERLOCK_VAULT_NETWORKS": "127.0.0.0/8",
        "INTERLOCK_VAULT_TOKEN": "env:THE_TOKEN",
        "INTERLOCK_REF_CRM": "vault:apps/team/crm",
        "THE_TOKEN": TOKEN,
    }
    settings = read_settings(tmp_path, environment)

    assert settings.secret("vault:apps/team/crm#api_key") == {"value": "one"}
    assert settings.secret("secret:crm")["api_key"] == "one"


def test_nobody_waits_for_a_slow_vault_who_knows_already(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    vault = opened()
    first = read(vault)
    clock.sleep(REFRESH)
    server.hold = threading.Event()
    slow = threading.Thread(target=lambda: read(vault))
    slow.start()
    while not server.waiting:
        slow.join(0.01)
    try:
        assert read(vault) is first
    finally:
        server.hold.set()
        slow.join()


def test_what_was_taken_away_is_not_asked_for_at_every_call(
    opened: Opened, server: VaultServer, clock: VirtualClock
) -> None:
    vault = opened()
    read(vault)
    server.kept.clear()
    clock.sleep(REFRESH)
    with pytest.raises(UsageError, match="nothing at"):
        read(vault)
    asked = len(server.asked)
    read(vault)

    assert len(server.asked) == asked
