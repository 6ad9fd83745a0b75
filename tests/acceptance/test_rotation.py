"""Keys are changed under a running worker, and none of them is left lying about."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.company import Company, open_company
from tests.acceptance.turnstile import Turnstile

FIRST = "sk_test_demo"
SECOND, THIRD = "sk_test_canary_second_4711", "sk_test_canary_third_4712"
LONG = 8
"""What is shorter (`demo`) stands everywhere."""
CANARIES = {
    "crm": {"client_id": "demo", "client_secret": "canary-crm-4713"},
    "legacy": {"api_key": "canary4714" * 12},
    "tax": {"account_id": "demo", "license_key": "canary-tax-4715"},
}


@contextmanager
def _at_the_door(doors: list[Turnstile]) -> Iterator[Callable[[str], str]]:
    def through(url: str) -> str:
        doors.append(Turnstile(url, FIRST))
        return doors[0].url

    try:
        yield through
    finally:
        for door in doors:
            door.close()


def _keep(home: Path, name: str, secret: dict[str, str]) -> None:
    """Write a secret as a person or an agent does: at once, by a rename."""
    file = home / "secrets" / f".{name}"
    file.touch(0o600)
    file.write_text(json.dumps(secret))
    file.replace(home / "secrets" / f"{name}.json")


def _completed(company: Company) -> int:
    company.stage.tell("billing", "pay", {})
    rows = [row for row in company.ask("status") if row["integration"] == "quote-to-cash"]
    return sum(int(row["runs"]) for row in rows if row["state"] == "completed")


def test_a_running_worker_follows_its_keys_and_writes_none_of_them_down(tmp_path: Path) -> None:
    doors: list[Turnstile] = []
    home = tmp_path / "home"
    with (
        _at_the_door(doors) as through,
        open_company(home, deals=0, settings={"billing_url": through}) as company,
    ):
        (door,) = doors
        for name, secret in CANARIES.items():
            _keep(home, name, secret)
        door.good.add(SECOND)
        _keep(home, "billing", {"api_key": SECOND})
        company.until(lambda: door.shown[-1:] == [SECOND])
        door.good.remove(FIRST)
        company.sell(3)
        company.until(lambda: _completed(company) == 3)
        assert company.open_cases() == []

        door.good = {THIRD}
        company.until(lambda: len(company.open_cases()) == 1)
        (case,) = company.open_cases()
        assert (case["kind"], case["cause"], case["system"]) == ("connection", "auth", "billing")
        _keep(home, "billing", {"api_key": THIRD})
        company.until(lambda: company.open_cases() == [])
        assert door.shown[-1] == THIRD

    every = _every_secret(home)
    left = [
        (str(file.relative_to(home)), secret)
        for file in home.rglob("*")
        if file.is_file() and file.parent != home / "secrets"
        for secret in every
        if secret.encode() in file.read_bytes()
    ]
    assert left == []
    assert len(every) > 30, "the lines of the ERP's private key are among them"
    assert b"billing" in (home / "interlock.db").read_bytes(), (
        "there was something to look through"
    )


def _every_secret(home: Path) -> set[str]:
    """Return every value that was a secret at some time, a key line by line."""
    kept = [json.loads(file.read_text()) for file in (home / "secrets").glob("*.json")]
    values = {str(value) for secret in [*kept, *CANARIES.values()] for value in secret.values()}
    lines = {line for value in {FIRST, SECOND, THIRD, *values} for line in value.splitlines()}
    return {line for line in lines if len(line) >= LONG and "PRIVATE KEY" not in line}
