"""One case: what happened, what it is worth, what to do; and to do it."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.access import Act
from interlock.audit import trail
from interlock.cases import ANSWERS, Answer, Case
from interlock.cases.case import NEED_A_REASON
from interlock.cases.sent import last_sent
from interlock.cases.store import stream_of
from interlock.console import acting
from interlock.console.acting import Said
from interlock.console.door import Ask, Goto, Page, RefusalError, form, malformed, page
from interlock.estate.plan import Call, Put, every_step
from interlock.foundation.errors import UsageError
from interlock.foundation.money import Money

_NEW: Final = "new:"
_MOST: Final = 60
"""Fields that a correction shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field before and after, cut into what stays and what differs."""

    field: str
    before: str
    after: str

    def parts(self) -> list[tuple[str, str, str]]:
        """Return ``(kind, before, after)`` in order; kind is ``equal`` or how it differs."""
        matcher = difflib.SequenceMatcher(None, self.before, self.after, autojunk=False)
        return [
            (kind, self.before[a:b], self.after[c:d]) for kind, a, b, c, d in matcher.get_opcodes()
        ]


def case(ask: Ask) -> Page:
    """Show a case."""
    found = acting.case_of(ask, ask.path["id"])
    scope = ask.desk.scope_of_case(found)
    answers = [
        each
        for each in Answer
        if found.live
        and each in ANSWERS[found.kind]
        and ask.viewer.may(Act.APPROVE if each in acting.APPROVING else Act.ANSWER, scope)
    ]
    estate = ask.desk.estate()
    people = {name for each in estate.groups.values() for name in each.spec.members} | {
        f"group:{name}" for name in estate.groups
    }
    values = {
        "case": found,
        "history": trail.read(ask.desk.database, stream_of(found.id)),
        "answers": answers,
        "need_a_reason": NEED_A_REASON,
        "may_work": ask.viewer.may(Act.WORK, scope),
        "people": sorted(people | {ask.viewer.name}),
        "others": _others(ask, found),
    }
    return Page(template="case.html", values=values)


def _others(ask: Ask, found: Case) -> int:
    """Return how many more wait for the same cause and can be tried again together."""
    from interlock.cases.case import Which

    if not found.live or Answer.RETRY not in ANSWERS[found.kind]:
        return 0
    which = Which(cause=found.cause, integration=found.integration)
    return len(acting.chosen(ask, which).targets) - 1


def assign(ask: Ask) -> Goto:
    """Give it to somebody."""
    return _back(acting.assign(ask, ask.path["id"], ask.given("to")))


def comment(ask: Ask) -> Goto:
    """Write something down with it."""
    return _back(acting.comment(ask, ask.path["id"], ask.given("text")))


def answer(ask: Ask) -> Goto:
    """Decide it."""
    said = acting.answer_of(ask.given("answer"))
    correction = None
    if said is Answer.CORRECT:
        found = acting.case_of(ask, ask.path["id"], Act.ANSWER)
        correction = {change.field: change.after for change in _changes(ask, found)}
    told = Said(answer=said, reason=ask.given("reason"), correction=correction)
    return _back(acting.answer(ask, ask.path["id"], told))


def correct(ask: Ask) -> Page:
    """Show what was sent last, to be changed."""
    found = _correctable(ask)
    sent = _fields(ask, found)
    return Page(
        template="correct.html",
        values={
            "case": found,
            "sent": sent,
            "changes": None,
            "reason": "",
            "known": _known(ask, found),
        },
    )


def compare(ask: Ask) -> Page:
    """Show what a correction would change; nothing is done yet."""
    found = _correctable(ask)
    changes = _changes(ask, found)
    values = {
        "case": found,
        "sent": _fields(ask, found) | {change.field: change.after for change in changes},
        "changes": changes,
        "reason": ask.given("reason"),
        "known": _known(ask, found),
    }
    return Page(template="correct.html", values=values)


def _known(ask: Ask, found: Case) -> list[str]:
    """Return every field that may be named: of the step's entity, and of what started it."""
    estate = ask.desk.estate()
    plan = estate.plans.get(found.integration)
    names = [_entity(ask, found), plan.trigger.entity if plan else ""]
    return [
        f"{name}.{field}"
        for name in dict.fromkeys(names)
        if name in estate.entities
        for field in estate.entities[name].spec.fields
    ]


def _correctable(ask: Ask) -> Case:
    found = acting.case_of(ask, ask.path["id"], Act.ANSWER)
    if Answer.CORRECT not in ANSWERS[found.kind] or not found.live:
        raise UsageError("there is nothing to correct in this case", hint=found.remedy)
    return found


def _changes(ask: Ask, found: Case) -> Sequence[Change]:
    sent = _fields(ask, found)
    changes: list[Change] = []
    for name in ask.form:
        if not name.startswith(_NEW) or len(changes) > _MOST:
            continue
        field, after = name.removeprefix(_NEW), ask.given(name)
        if after != sent.get(field, ""):
            changes.append(Change(field=_field(field), before=sent.get(field, ""), after=after))
    named = ask.given("field")
    if named:
        after = ask.given("value")
        changes.append(Change(field=_field(named), before=sent.get(named, ""), after=after))
    return changes


def _field(name: str) -> str:
    entity, dot, field = name.partition(".")
    if not (dot and entity and field and name.isprintable() and len(name) <= 200):  # noqa: PLR2004
        raise RefusalError(malformed("A field is named ENTITY.FIELD."))
    return name


def _fields(ask: Ask, found: Case) -> dict[str, str]:
    """Return what was sent last, as ``entity.field``, masked as the record has it."""
    entity = _entity(ask, found)
    if not entity:
        return {}
    sent = last_sent(ask.desk.database, found)
    simple = {
        name: _text(value)
        for name, value in sent.items()
        if not isinstance(value, (Mapping, list)) or _money(value)
    }
    return {f"{entity}.{name}": value for name, value in list(simple.items())[:_MOST]}


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return str(value.get("amount", ""))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.amount) if isinstance(value, Money) else "" if value is None else str(value)


def _money(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"amount", "currency"}


def _entity(ask: Ask, found: Case) -> str:
    """Return the entity that the case's step writes; nothing where it cannot be told.

    In a loop the step's place is ``customers[0].customer-in-billing``: the last name is its own.
    """
    plan = ask.desk.estate().plans.get(found.integration)
    own = found.step.rpartition(".")[2].partition("[")[0]
    for step in every_step(plan.steps) if plan else ():
        if isinstance(step, Put | Call) and step.id in {found.step, own}:
            return step.entity or ""
    return ""


def _back(found: Case) -> Goto:
    return Goto(path=f"/cases/{found.id}")


DOORS: Final = (
    page("case", "/cases/{id}", case, "Everything needed to decide one case."),
    form("assign", "/cases/{id}/assign", assign, "Give a case to somebody.", act=Act.WORK),
    form("comment", "/cases/{id}/comment", comment, "Write something down.", act=Act.WORK),
    form("answer", "/cases/{id}/answer", answer, "Decide a case.", act=Act.WORK),
    page("correct", "/cases/{id}/correct", correct, "Correct what is sent.", act=Act.ANSWER),
    form("compare", "/cases/{id}/correct", compare, "Before and after.", act=Act.ANSWER),
)
