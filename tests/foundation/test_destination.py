"""No request of ours goes where it must not: not by name, not by spelling, not by rebinding."""

from collections.abc import Sequence

import pytest

from interlock.foundation.destination import Allowed, Lookup, allowed_of, destination
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError

NOTHING = Allowed()
PUBLIC = "93.184.215.14"


def _at(*addresses: str) -> Lookup:
    def lookup(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return lookup


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 (it is refused)
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(RefusedError, match="not a public address"):
        destination("https://hooks.example.com/x", NOTHING, _at(address))


def test_one_inner_address_among_public_ones_is_refused() -> None:
    with pytest.raises(RefusedError):
        destination("https://hooks.example.com/x", NOTHING, _at(PUBLIC, "10.0.0.1"))


def test_the_address_is_held_on_to_and_the_name_kept_for_the_certificate() -> None:
    found = destination("https://hooks.example.com:8443/x?y=1", NOTHING, _at(PUBLIC))

    assert found.url == f"https://{PUBLIC}:8443/x?y=1"
    assert (found.host, found.authority) == ("hooks.example.com", "hooks.example.com:8443")


def test_an_address_of_the_sixth_version_stands_in_brackets() -> None:
    found = destination("https://hooks.example.com/x", NOTHING, _at("2606:2800:21f:cb07::1"))

    assert found.url == "https://[2606:2800:21f:cb07::1]:443/x"


def test_plain_http_is_refused_even_to_a_public_address() -> None:
    with pytest.raises(RefusedError, match="without encryption"):
        destination("http://hooks.example.com/x", NOTHING, _at(PUBLIC))


@pytest.mark.parametrize("words", ["10.0.0.0/8", "hooks.example.com", "x.test, 10.0.0.0/8"])
def test_what_is_allowed_by_network_or_by_name_may_be_called(words: str) -> None:
    found = destination("http://hooks.example.com/x", allowed_of(words), _at("10.0.0.1"))

    assert found.url == "http://10.0.0.1:80/x"


def test_what_is_allowed_is_not_more_than_was_said() -> None:
    with pytest.raises(RefusedError):
        destination("http://hooks.example.com/x", allowed_of("10.0.0.0/8"), _at("192.168.0.1"))


@pytest.mark.parametrize(
    "url", ["ftp://a.example/x", "file:///etc/passwd", "https:///x", "x", "https://u:p@a.example/"]
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        destination(url, NOTHING, _at(PUBLIC))


def test_a_name_without_an_address_can_be_tried_again() -> None:
    with pytest.raises(UnavailableError):
        destination("https://hooks.example.com/x", NOTHING, _at())


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "[fd00:ec2::254]",
        "169.254.169.254",
        "2852039166",
    ],
)
def test_no_spelling_of_an_inner_address_gets_through_this_machines_own_lookup(host: str) -> None:
    with pytest.raises((RefusedError, UnavailableError)) as caught:
        destination(f"https://{host}/latest/meta-data", NOTHING)
    assert isinstance(caught.value, RefusedError) or host.startswith("[")


def test_a_name_that_leads_inside_the_second_time_is_refused_the_second_time() -> None:
    answers = [[PUBLIC], ["10.0.0.1"]]

    def rebinding(_host: str, _port: int) -> Sequence[str]:
        return answers.pop(0)

    first = destination("https://hooks.example.com/x", NOTHING, rebinding)
    assert PUBLIC in first.url
    with pytest.raises(RefusedError):
        destination("https://hooks.example.com/x", NOTHING, rebinding)


def test_what_leads_elsewhere_is_judged_by_where_it_leads_and_reached_as_it_is() -> None:
    found = destination(
        "https://hooks.example.com/x", NOTHING, _at("64:ff9b::5db8:d70e")
    )  # 93.184.215.14 behind a translator: without it this network has no way there

    assert found.url == "https://[64:ff9b::5db8:d70e]:443/x"
