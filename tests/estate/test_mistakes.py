"""Every mistake in a declaration is said before anything runs: where, what, and what is meant.

Each of these was accepted once, and would have been noticed by a run, or by nobody.
"""

import pytest

from tests.estate.company import document, entity, integration, problems

ENTITIES = {
    "a table of values leads to a value that is not declared": (
        entity("k: {type: enum, values: [a], in: {erp: {path: k, as: {X: b}}}}"),
        "EST209",
        "`X` is spelled `b`, which is no value of `k`",
    ),
    "a table of values on plain text": (
        entity("k: {type: string, in: {erp: {path: k, as: {X: b}}}}"),
        "EST209",
        "`k` is no enum",
    ),
    "a table of a boolean that is neither": (
        entity("k: {type: boolean, in: {erp: {path: k, as: {X: maybe}}}}"),
        "EST209",
        "`X` is spelled `maybe`",
    ),
    "an enum without values": (entity("k: {type: enum}"), "EST104", "an enum needs them"),
    "values of plain text": (
        entity("k: {type: string, values: [a]}"),
        "EST104",
        "`values` belong to `type: enum`",
    ),
    "a field that is a value and a list": (
        entity("k: {type: string, list: invoice}"),
        "EST104",
        "or is a `list` of an entity; not both",
    ),
    "a field that is nothing": (entity("k: {in: {erp: k}}"), "EST104", "a field has a `type`"),
    "a type that is misspelled": (
        entity("k: {type: strng}"),
        "EST201",
        "unknown type `strng`; did you mean `string`?",
    ),
    "a codec that is misspelled": (
        entity("k: {type: money, in: {erp: {path: k, as: minor_unit}}}"),
        "EST201",
        "unknown codec `minor_unit`; did you mean `minor_units`?",
    ),
    "a codec that cannot spell the type": (
        entity("k: {type: string, in: {erp: {path: k, as: minor_units}}}"),
        "EST209",
        "`k` is a string, which cannot be spelled as `minor_units`",
    ),
    "a reference that points to nothing": (
        entity("k: {type: string, in: {erp: {path: k, as: reference}}}"),
        "EST209",
        "`k` is a string, which cannot be spelled as `reference`",
    ),
    "a path inside another field's value": (
        entity("k: {type: string, in: {erp: memo.text}}"),
        "EST211",
        "`memo.text` of `erp` lies inside what `name` is bound to",
    ),
    "a path with a hole": (entity("k: {type: string, in: {erp: a..b}}"), "EST104", "pattern"),
    "a field with a name that every record has": (
        entity("ref: {type: string}"),
        "EST208",
        "`ref` is a name that every record has already",
    ),
    "an identity without a field": (
        entity().replace("erp: invoice.externalId", "erp: invoice"),
        "EST104",
        "write OBJECT.FIELD",
    ),
    "a hand-off on a field that is not there": (
        entity(authority='{default: crm, handoff: {to: erp, when: statsu == "posted"}}'),
        "EST301",
        "unknown name `statsu`; did you mean `status`?",
    ),
    "a field's hand-off that cannot be read": (
        entity(
            "k: {type: string, authority: {default: crm, handoff: {to: erp, when: status ==}}}"
        ),
        "EST301",
        "entity:invoice",
    ),
    "posted is no question": (
        entity(more="posted: status"),
        "EST302",
        "a condition is true or false; this is a string",
    ),
}
INTEGRATIONS = {
    "a trigger from a system that does not hold the entity": (
        integration().replace("system: crm, entity", "system: tax, entity"),
        "EST205",
        "`invoice` has no identity in `tax`",
    ),
    "a trigger that is no question": (
        integration().replace("entity: invoice}", "entity: invoice, when: invoice.name}", 1),
        "EST302",
        "a condition is true or false",
    ),
    "a key that is a record": (
        integration().replace("key: invoice.id", "key: invoice"),
        "EST302",
        "a key is one plain value",
    ),
    "no steps": (
        integration().replace(
            "steps:\n    - {id: a, put: {entity: invoice, from: invoice, into: erp}}", "steps: []"
        ),
        "EST207",
        "at least one step",
    ),
    "an amendment on a field that is not there": (
        integration(more="change: {amendOn: [amuont]}"),
        "EST202",
        "no field `amuont`; did you mean `amount`?",
    ),
    "reading from a system that does not hold the entity": (
        integration("- {id: a, get: {entity: invoice, from: tax, key: invoice.id}}"),
        "EST205",
        "`invoice` has no identity in `tax`",
    ),
    "a chain over a field that is not there": (
        integration("- {id: a, get: {entity: invoice, from: crm, key: invoice.id, chain: parnt}}"),
        "EST202",
        "no field `parnt`; did you mean `parent`?",
    ),
    "a chain over a field that points nowhere": (
        integration("- {id: a, get: {entity: invoice, from: crm, key: invoice.id, follow: name}}"),
        "EST303",
        "`name` does not point to another `invoice`",
    ),
    "a read that names its record twice": (
        integration(
            "- {id: a, get: {entity: invoice, from: crm, key: invoice.id, ref: invoice.ref}}"
        ),
        "EST104",
        "a get has a `key` or a `ref`, and not both",
    ),
    "a read of nothing in particular": (
        integration("- {id: a, get: {entity: invoice, from: crm}}"),
        "EST104",
        "a get has a `key` or a `ref`, and not both",
    ),
    "a chain that begins at the system's own id": (
        integration(
            "- {id: a, get: {entity: invoice, from: crm, ref: invoice.ref, chain: parent}}"
        ),
        "EST104",
        "`chain` and `follow` go by keys",
    ),
    "two steps of one name": (
        integration(
            "- {id: a, put: {entity: invoice, from: invoice, into: erp}}",
            "- {id: a, put: {entity: invoice, from: invoice, into: erp}}",
        ),
        "EST307",
        "there are two steps `a`",
    ),
    "a step with a name that every run has": (
        integration("- {id: run, put: {entity: invoice, from: invoice, into: erp}}"),
        "EST208",
        "`run` is a name that every run has already",
    ),
    "a function without a module": (
        integration("- {id: a, transform: {function: f, with: {}, writes: {y: string}}}"),
        "EST304",
        "`f` names no function",
    ),
    "a transform that writes a type that does not exist": (
        integration("- {id: a, transform: {function: 'm:f', with: {}, writes: {y: strng}}}"),
        "EST305",
        "unknown type `strng`; did you mean `string`?",
    ),
    "an approval by nobody": (
        integration("- {id: a, approve: {question: really?, by: group:opps}}"),
        "EST201",
        "unknown group `group:opps`; did you mean `group:ops`?",
    ),
    "a proof in a system that is not there": (
        integration(more='proof: [{that: a, in: epr, is: seen.name == "x", within: 1m}]'),
        "EST201",
        "unknown system `epr`; did you mean `erp`?",
    ),
    "a proof that is no question": (
        integration(more="proof: [{that: a, is: seen.name, within: 1m}]"),
        "EST302",
        "a condition is true or false",
    ),
    "walking over what is no list": (
        integration(
            "- {id: a, forEach: {in: invoice.name, as: n}, steps: [{id: b, emit: {event: x}}]}"
        ),
        "EST302",
        "only a list can be walked over; this is a string",
    ),
    "a list where one value belongs": (
        integration(
            "- {id: a, put: {entity: invoice, into: erp, key: invoice.id, set: {name: '[\"a\"]'}}}"
        ),
        "EST303",
        "`name` is a string; this is a list of string",
    ),
    "a copy of another thing": (
        integration("- {id: a, put: {entity: invoice, from: run, into: erp}}"),
        "EST303",
        "`from` is a run, and a `invoice` is put",
    ),
    "a time longer than anything": (
        integration(more="timeout: 999999999w"),
        "EST104",
        "nothing here may last longer than",
    ),
}
OTHERS = {
    "a time zone on another planet": (
        document("LegalEntity", "{country: DE, currency: EUR, timezone: Mars/Phobos}"),
        "EST104",
        "write an IANA time zone",
    ),
    "a folder of time zones": (
        document("LegalEntity", "{country: DE, currency: EUR, timezone: America}"),
        "EST104",
        "write an IANA time zone",
    ),
    "a currency of four letters": (
        document("LegalEntity", "{country: DE, currency: EURO, timezone: Europe/Berlin}"),
        "EST104",
        "pattern",
    ),
    "a limit below one": (
        entity().replace("url: x,", "url: x, limits: {concurrency: 0},", 1),
        "EST104",
        "greater than 0",
    ),
    "a bound that is no duration": (
        entity().replace("url: x,", "url: x, requestBound: soonish,", 1),
        "EST104",
        "write a number and a unit",
    ),
    "a reconciliation that nobody is asked about": (
        document("Reconciliation", "{covers: [], entity: invoice, systems: [crm], route: ops}"),
        "EST201",
        "unknown route `ops`",
    ),
    "a schedule that is misspelled": (
        document(
            "Reconciliation", "{covers: [], entity: invoice, systems: [crm], schedule: {crn: x}}"
        ),
        "EST103",
        "`crn` is not a field here; did you mean `cron`?",
    ),
    "a comparison of a field that is not there": (
        document(
            "Reconciliation",
            "{covers: [], entity: invoice, systems: [crm], compare: [{field: nam}]}",
        ),
        "EST201",
        "unknown field `nam`; did you mean `name`?",
    ),
    "a tolerance that is no number": (
        document(
            "Reconciliation",
            "{covers: [], entity: invoice, systems: [], compare: [{field: name, tolerance: x}]}",
        ),
        "EST104",
        "`tolerance` must be: an exact number",
    ),
    "a regression of an integration that is not there": (
        document("Release", "{system: erp, version: 1, status: confirmed, regression: [flwo]}"),
        "EST201",
        "unknown integration `flwo`",
    ),
    "a window without an end": (
        document(
            "Release",
            "{system: erp, version: 1, status: confirmed, windows: [{start: 2027-01-01}]}",
        ),
        "EST104",
        "`end` is required",
    ),
    "a freeze that would freeze nothing": (
        document(
            "Release", "{system: erp, version: 1, status: confirmed, freeze: {before: 2 days}}"
        ),
        "EST104",
        "`before` must be: hours, days or weeks",
    ),
    "a cutover of a field that is not there": (
        document(
            "Cutover",
            "{transfers: [{entity: invoice, field: nam, from: crm, to: erp, at: 2027-01-01}]}",
        ),
        "EST201",
        "unknown field `nam`; did you mean `name`?",
    ),
    "a cutover of a legal entity that is not there": (
        document(
            "Cutover",
            "{transfers: [{entity: invoice, legalEntities: [fr], from: crm, to: erp, "
            "at: 2027-01-01}]}",
        ),
        "EST201",
        "unknown legal entity `fr`",
    ),
    "a policy that cannot be read": (
        document("Policy", "{phase: runtime, expression: request.system ==, message: no}"),
        "EST301",
        "policy:it",
    ),
    "a policy about what the gate does not tell": (
        document(
            "Policy", "{phase: runtime, expression: 'reqest.system == \"erp\"', message: no}"
        ),
        "EST301",
        "unknown name `reqest`; did you mean `request`?",
    ),
    "a policy that is no question": (
        document("Policy", "{phase: static, expression: '1 + 1', message: no}"),
        "EST302",
        "a condition is true or false; this is a int",
    ),
}
MISTAKES = {**ENTITIES, **INTEGRATIONS, **OTHERS}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_with_its_place(mistake: str) -> None:
    text, code, says = MISTAKES[mistake]

    found = problems(text)

    assert [one for one in found if one.code == code and says in one.what], found
    assert all(one.where.line > 0 for one in found)


@pytest.mark.parametrize("right", [entity(), integration()])
def test_what_is_right_is_no_problem(right: str) -> None:
    assert problems(right) == ()


def test_two_fields_that_are_written_to_one_place_are_refused_where_both_are_written() -> None:
    text = integration(
        "- {id: a, put: {entity: invoice, into: erp, key: invoice.id, "
        "set: {name: invoice.name, x: invoice.name}}}"
    ).replace("x: {type: string}", "x: {type: string, in: {erp: memo}}")

    (found,) = problems(text)

    assert found.code == "EST308"
    assert "`name` and `x` are both written to `memo` of `erp`" in found.what


def test_minor_units_need_a_currency_where_they_are_written() -> None:
    text = integration(
        "- {id: a, put: {entity: invoice, into: erp, key: invoice.id, set: {x: invoice.amount}}}"
    ).replace("x: {type: string}", "x: {type: money, in: {erp: {path: cents, as: minor_units}}}")

    (found,) = problems(text)

    assert found.code == "EST309"


def test_an_estate_in_which_nothing_is_declared_is_not_fine() -> None:
    for text in ("", "# nothing yet\n", "---\n---\n"):
        (found,) = problems(text)

        assert found.what == "nothing is declared"
