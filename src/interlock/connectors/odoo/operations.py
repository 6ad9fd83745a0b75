"""The shapes of requests: ``POST /json/2/<model>/<method>``, arguments by name.

Every request says the language, so that an error's words are the ones that the error table knows,
and the company, on which rules, codes and defaults depend.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.connectors.kit.exchange import Call, Intent, segment, trace_header, with_json

LANGUAGE: Final = "en_US"
Domain = Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For which company a request is made, and within which trace."""

    company: int | None = None
    traceparent: str = ""

    def context(self) -> dict[str, object]:
        """Return Odoo's context for this scope."""
        found: dict[str, object] = {"lang": LANGUAGE}
        return found if self.company is None else {**found, "allowed_company_ids": [self.company]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for, in which order."""

    model: str
    domain: Domain
    fields: Sequence[str]
    order: str = "id"
    limit: int = 2


def search(asked: Search, scope: Scope) -> Call:
    """Return the call for the rows that a domain describes, archived ones among them."""
    said = {
        "domain": list(asked.domain),
        "fields": list(asked.fields),
        "order": asked.order,
        "limit": asked.limit,
    }
    context = {**scope.context(), "active_test": False}
    return _call(Intent.READ, (asked.model, "search_read"), said, scope, context)


def ids(model: str, domain: Domain, limit: int, scope: Scope) -> Call:
    """Return the call for the ids of the records that a domain describes, in their order."""
    said = {"domain": list(domain), "order": "id", "limit": limit}
    context = {**scope.context(), "active_test": False}
    return _call(Intent.READ, (model, "search"), said, scope, context)


def read(model: str, refs: Sequence[int], fields: Sequence[str], scope: Scope) -> Call:
    """Return the call for records by their ids; those that are gone are left out."""
    said = {"ids": list(refs), "fields": list(fields)}
    return _call(Intent.READ, (model, "read"), said, scope, scope.context())


def precision(usage: str, scope: Scope) -> Call:
    """Return the call for how many digits prices or quantities have."""
    said = {"application": usage}
    what = ("decimal.precision", "precision_get")
    return _call(Intent.READ, what, said, scope, scope.context())


def access(model: str, right: str, scope: Scope) -> Call:
    """Return the call that asks whether the key's user may do something with a model."""
    said = {"operation": right}
    return _call(Intent.READ, (model, "has_access"), said, scope, scope.context())


def load(model: str, rows: Sequence[Mapping[str, str]], scope: Scope) -> Call:
    """Return the call that makes or changes one record, with its lines, all or nothing.

    The columns are those of the first row; `Loading` says what stands in them.
    """
    columns = list(rows[0])
    said = {"fields": columns, "data": [[row.get(name, "") for name in columns] for row in rows]}
    # Times are read in the zone of the context; ours are UTC.
    context = {**scope.context(), "tz": "UTC"}
    return _call(Intent.WRITE, (model, "load"), said, scope, context)


def press(model: str, method: str, ref: str, scope: Scope, **more: object) -> Call:
    """Return the call of a method on one record: ``action_post``, ``button_cancel``."""
    said = {"ids": [int(ref)], **more}
    return _call(Intent.WRITE, (model, method), said, scope, scope.context())


def _call(
    intent: Intent,
    what: tuple[str, str],
    said: Mapping[str, object],
    scope: Scope,
    context: Mapping[str, object],
) -> Call:
    headers, content = with_json({**said, "context": context})
    model, method = what
    return Call(
        intent=intent,
        method="POST",
        path=f"/json/2/{segment(model)}/{segment(method)}",
        headers={**headers, **trace_header(scope.traceparent)},
        content=content,
    )


def is_id(ref: str) -> bool:
    """Tell whether `ref` has the form of an id."""
    return ref.isascii() and ref.isdigit() and 0 < int(ref[:11]) < 2**31
