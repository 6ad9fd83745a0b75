"""What a grant allows, and that nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.access import Act, Grant, Role, Scope, may
from interlock.access.account import account_name, grant_of
from interlock.access.rights import RIGHTS
from interlock.foundation.errors import UsageError

SOME = st.sampled_from(["de", "us", "fr"])
GRANTS = st.builds(Grant, st.sampled_from(Role), SOME | st.just("*"), SOME | st.just("*"))


def test_every_role_has_its_row_and_every_act_somebody_who_may() -> None:
    assert set(RIGHTS) == set(Role)
    assert frozenset().union(*RIGHTS.values()) == set(Act)


def test_no_role_both_repairs_and_approves() -> None:
    assert [role for role, acts in RIGHTS.items() if {Act.ANSWER, Act.APPROVE} <= acts] == []


def test_who_gives_access_decides_about_no_money() -> None:
    money = {Act.ANSWER, Act.APPROVE, Act.REPLAY, Act.WORK}
    assert not RIGHTS[Role.ADMINISTRATOR] & money


def test_nothing_is_allowed_without_a_grant() -> None:
    assert not any(may((), act, scope) for act in Act for scope in (None, Scope(), Scope("de")))


@given(GRANTS, st.sampled_from(Act), SOME, SOME)
def test_a_grant_reaches_its_own_legal_entity_and_domain_and_no_other(
    grant: Grant, act: Act, entity: str, domain: str
) -> None:
    meant = grant.legal_entity in ("*", entity) and grant.domain in ("*", domain)
    assert may((grant,), act, Scope(entity, domain)) == (meant and act in RIGHTS[grant.role])


@given(GRANTS, st.sampled_from(Act))
def test_what_belongs_to_nobody_known_is_for_those_who_may_see_everything(
    grant: Grant, act: Act
) -> None:
    everywhere = grant.legal_entity == "*" and grant.domain == "*"
    assert may((grant,), act, Scope()) == (everywhere and act in RIGHTS[grant.role])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("viewer", Grant(Role.VIEWER)),
        ("operator:de", Grant(Role.OPERATOR, "de")),
        ("approver:*:invoice", Grant(Role.APPROVER, "*", "invoice")),
        ("auditor::", Grant(Role.AUDITOR)),
    ],
)
def test_a_grant_is_written_in_one_word(text: str, meant: Grant) -> None:
    assert grant_of(text) == meant
    assert grant_of(str(meant)) == meant


@pytest.mark.parametrize("text", ["", "root", "viewer:a b", "viewer:de:in voice", "viewer:\n"])
def test_what_is_no_grant_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        grant_of(text)


def test_names_that_look_alike_are_one_person() -> None:
    assert account_name(" Ana.B@Example.com ") == "ana.b@example.com"


@pytest.mark.parametrize("name", ["", "-a", "a\nb", "a b", "а", "a" * 65, "user:a", "a/b"])  # noqa: RUF001 (a Cyrillic one)
def test_what_could_pass_for_another_name_is_none(name: str) -> None:
    with pytest.raises(UsageError):
        account_name(name)
