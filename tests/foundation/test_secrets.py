"""A secret is found where it is said to be, followed when it changes, and never shown."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.errors import InterlockError, UnavailableError, UsageError
from interlock.foundation.secrets.lookup import Secrets
from interlock.foundation.secrets.places import REMEMBERED, Keyring, Remembered
from interlock.foundation.secrets.reference import Reference, is_reference, reference_of

VALUE = "s3cret-of-the-test"


def secrets(
    tmp_path: Path,
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Secrets:
    return Secrets(environment or {}, tmp_path / "secrets", settings=settings)


def kept(path: Path, text: str = VALUE, mode: int = 0o600) -> str:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode)
    path.write_text(text)
    path.chmod(mode)
    return f"file:{path}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("secret:crm", Reference("secret", "crm")),
        ("env:CRM_KEY", Reference("env", "CRM_KEY")),
        ("file:/run/secrets/crm#api_key", Reference("file", "/run/secrets/crm", "api_key")),
        ("keyring:interlock/crm", Reference("keyring", "interlock/crm")),
        ("vault:apps/team/crm#key", Reference("vault", "apps/team/crm", "key")),
    ],
)
def test_a_reference_says_the_kind_of_place_and_the_place(text: str, expected: Reference) -> None:
    assert reference_of(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize("text", [VALUE, "sk_live_1", "https://x", "env:", "#x", "file:#x", ""])
def test_what_names_no_place_may_be_the_secret_and_is_not_quoted(text: str) -> None:
    assert not is_reference(text)
    with pytest.raises(UsageError) as caught:
        reference_of(text)
    assert text in {"", "env:"} or text not in str(caught.value)


def test_a_name_means_a_variable_or_a_file_of_the_home_folder(tmp_path: Path) -> None:
    kept(tmp_path / "secrets" / "crm.json", '{"client_id": "a", "client_secret": "b"}')

    both = secrets(tmp_path, {"INTERLOCK_SECRET_CRM": "variable"})
    assert both.get("secret:crm").fields == {"value": "variable"}
    found = secrets(tmp_path).get("secret:crm")
    assert found.fields == {"client_id": "a", "client_secret": "b"}
    assert found.changed is not None


def test_a_name_means_another_place_where_the_installation_says_so(tmp_path: Path) -> None:
    elsewhere = {"ref_crm_key": "env:OTHER#b"}
    found = secrets(tmp_path, {"OTHER": '{"a": "1", "b": "2"}'}, elsewhere)

    assert found.get("secret:crm-key").fields == {"a": "1", "b": "2"}
    assert found.get("secret:crm-key#b").fields == {"value": "2"}


def test_every_field_of_a_credential_may_stand_somewhere_else(tmp_path: Path) -> None:
    key = kept(tmp_path / "key.pem", "PEM")
    found = secrets(tmp_path, {"ID": "us", "BOTH": '{"user": "u", "other": "o"}'}).get(
        {"client_id": "env:ID", "private_key": key, "user": "env:BOTH"}
    )

    assert found.fields == {"client_id": "us", "private_key": "PEM", "user": "u"}
    assert found.where == (
        f"environment variable ID, file {tmp_path / 'key.pem'}, environment variable BOTH"
    )


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o777])
def test_a_file_that_everybody_may_read_or_change_is_no_secret(tmp_path: Path, mode: int) -> None:
    named = kept(tmp_path / "key", mode=mode)
    with pytest.raises(UsageError, match="chmod 600"):
        secrets(tmp_path).get(named)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_file_of_the_owner_and_the_group_is_read(tmp_path: Path, mode: int) -> None:
    assert secrets(tmp_path).get(kept(tmp_path / "key", mode=mode)).fields == {"value": VALUE}


def test_a_file_is_read_again_when_it_changed_and_only_then(tmp_path: Path) -> None:
    found = secrets(tmp_path)
    named = kept(tmp_path / "key", "one\n")
    first = found.get(named)
    assert found.get(named) is first

    kept(tmp_path / "key", "two\n")
    second = found.get(named)
    assert (first.fields["value"], second.fields["value"]) == ("one", "two")
    assert first.version != second.version


def test_an_orchestrator_that_swaps_the_folder_behind_a_link_is_followed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        kept(tmp_path / name / "key", name)
    link = tmp_path / "data"
    link.symlink_to("one")
    found = secrets(tmp_path)
    before = found.get(f"file:{link}/key")

    (tmp_path / "swap").symlink_to("two")
    (tmp_path / "swap").replace(link)

    assert (before.fields["value"], found.get(f"file:{link}/key").fields["value"]) == (
        "one",
        "two",
    )


def test_the_same_value_written_again_is_no_other_version(tmp_path: Path) -> None:
    found = secrets(tmp_path)
    named = kept(tmp_path / "key", "same")
    before = found.get(named)
    os.utime(tmp_path / "key", ns=(1, 1))

    assert found.get(named).version == before.version


class Ring:
    def __init__(self, found: str | None = None, error: Exception | None = None) -> None:
        self.found = found
        self.error = error
        self.asked: list[tuple[str, str]] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append((service, username))
        if self.error is not None:
            raise self.error
        return self.found


class NoKeyringError(RuntimeError):
    """As the library's own."""


class LockedError(Exception):
    pass


def test_the_keyring_is_asked_by_service_and_name() -> None:
    ring = Ring(VALUE)
    found = Keyring(lambda: ring).read(Reference("keyring", "a/b/crm"), fresh=True)

    assert found.fields == {"value": VALUE}
    assert ring.asked == [("a/b", "crm")]


def test_a_slow_place_is_asked_again_only_after_a_moment_or_when_told() -> None:
    ring, clock = Ring(VALUE), VirtualClock(from_iso("2026-01-01T00:00:00Z"))
    place = Remembered(Keyring(lambda: ring), clock)
    where = Reference("keyring", "interlock/crm")
    for _ in range(3):
        place.read(where, fresh=False)
    assert len(ring.asked) == 1
    place.read(where, fresh=True)
    clock.sleep(REMEMBERED)
    place.read(where, fresh=False)

    assert len(ring.asked) == 3


@pytest.mark.parametrize(
    ("ring", "kind", "words"),
    [
        (Ring(error=NoKeyringError(VALUE)), UsageError, "no keyring that the library"),
        (Ring(error=LockedError(VALUE)), UnavailableError, "LockedError"),
        (Ring(None), UsageError, "keyring set interlock crm"),
    ],
)
def test_a_keyring_that_gives_nothing_says_why(
    ring: Ring, kind: type[InterlockError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        Keyring(lambda: ring).read(Reference("keyring", "interlock/crm"), fresh=True)
    assert VALUE not in str(caught.value)


def test_without_the_library_it_is_said_how_to_get_it() -> None:
    script = (
        "import sys; sys.modules['keyring'] = None\n"
        "from pathlib import Path\n"
        "from interlock.foundation.errors import UsageError\n"
        "from interlock.foundation.secrets.lookup import Secrets\n"
        "try:\n"
        "    Secrets({}, Path('x')).get('keyring:interlock/crm')\n"
        "except UsageError as error:\n"
        "    print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "interlock[keyring]" in ended.stdout


@pytest.mark.parametrize(
    "named",
    [
        "env:NOWHERE",
        "file:/nowhere/at/all",
        "file:relative",
        "file:/",
        "keyring:no-name",
        "vault:apps/crm",
        "secret:nowhere",
        "env:BOTH#c",
        {"a": "env:BOTH", "c": "env:BOTH"},
        "file:/dev/null",
    ],
)
def test_what_cannot_be_had_says_where_it_was_looked_for_and_nothing_of_any_value(
    tmp_path: Path, named: str | Mapping[str, str]
) -> None:
    found = secrets(tmp_path, {"BOTH": f'{{"a": "{VALUE}", "b": "{VALUE}"}}'})
    with pytest.raises(UsageError) as caught:
        found.get(named)
    assert caught.value.hint
    assert VALUE not in str(caught.value)


def test_a_secret_shows_where_it_stands_and_not_what_it_is(tmp_path: Path) -> None:
    found = secrets(tmp_path, {"KEY": VALUE}).get("env:KEY")

    assert VALUE not in repr(found)
    assert "environment variable KEY" in repr(found)
