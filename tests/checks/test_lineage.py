"""Sources follow data through every kind of step, and nothing but data."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.checks.inspection import Inspection
from interlock.checks.lineage import trace, trace_sources
from interlock.checks.lineage.among import Among
from interlock.checks.lineage.evaluation import Scope
from interlock.checks.lineage.judgement import Judgement
from interlock.checks.lineage.shapes import Record, deep_sources
from interlock.estate.estate import Estate
from interlock.estate.planning.scope import record_type
from interlock.expression import Schema, compile_expression
from interlock.foundation.place import Place

Inspect = Callable[..., Inspection]

FLOW = """
kind: Integration
metadata: {name: flow}
spec:
  trigger: {system: crm, entity: order}
  key: order.id
  steps:
    - {id: who, get: {entity: customer, from: crm, key: order.customer, chain: parent}}
    - id: all
      forEach: {in: who, as: one}
      steps:
        - {id: there, put: {entity: customer, from: one, into: billing}}
    - id: sums
      transform: {function: "t:sums", with: {lines: order.lines}, writes: {net: money, text: string}}
    - id: which
      branch:
        - when: order.stage == "active"
          steps: [{id: a, as: found, get: {entity: subscription, from: billing, key: order.id}}]
        - otherwise: true
          steps: [{id: b, as: found, get: {entity: order, from: crm, key: order.id}}]
    - id: heard
      wait: {system: billing, event: invoice.paid, entity: subscription, match: {event: subscription.id, run: order.id}, atMost: 1d}
    - id: post
      put:
        entity: invoice
        into: erp
        key: order.id
        set:
          customer: last(who).id
          total: sums.net
          tax: heard.tax_rate
          memo: 'order.stage == "draft" ? last(all).name : "none"'
          rebate: found.ref
          lines: {each: 'order.lines.filter(l, l.price > decimal("0"))', as: line, set: {product: line.product}}
"""  # noqa: E501 (a case reads best as the file that it stands for)


def sources(inspected: Inspect, text: str = FLOW) -> dict[str, set[str]]:
    estate = inspected(text).estate
    (found,) = [trace_sources(estate, plan) for plan in estate.plans.values()]
    return {
        f"{step}.{field}": {f"{one}@{one.system}" for one in flows}
        for step, fields in found.items()
        for field, flows in fields.items()
    }


def test_a_reference_comes_from_the_id_of_its_record(inspected: Inspect) -> None:
    assert sources(inspected)["post.customer"] == {"customer.id@crm"}


def test_a_transform_carries_everything_that_it_was_given(inspected: Inspect) -> None:
    found = sources(inspected)["post.total"]

    assert found == {"order_line.product@crm", "order_line.price@crm"}


def test_an_event_is_read_from_the_system_that_sent_it(inspected: Inspect) -> None:
    assert sources(inspected)["post.tax"] == {"subscription.tax_rate@billing"}


def test_a_condition_does_not_flow_but_both_ways_do(inspected: Inspect) -> None:
    assert sources(inspected)["post.memo"] == {"customer.name@crm"}


def test_either_arm_of_a_branch_may_have_given_the_value(inspected: Inspect) -> None:
    assert sources(inspected)["post.rebate"] == {"subscription.ref@billing", "order.ref@crm"}


def test_elements_of_a_list_are_followed(inspected: Inspect) -> None:
    assert sources(inspected)["post.lines[].product"] == {"order_line.product@crm"}


def test_a_loop_gives_the_results_of_its_rounds(inspected: Inspect) -> None:
    assert sources(inspected)["there.name"] == {"customer.name@crm"}


def test_what_is_known_of_one_element_says_nothing_of_the_others(inspected: Inspect) -> None:
    """A guard on the last of a hierarchy does not decide its parents."""
    text = """
kind: Integration
metadata: {name: terms}
spec:
  trigger: {system: crm, entity: order}
  key: order.id
  steps:
    - {id: who, get: {entity: customer, from: crm, key: order.customer, chain: parent}}
    - {id: german, require: [{check: 'last(who).legal_entity == "de"', otherwise: not German}]}
    - id: all
      forEach: {in: who, as: one}
      steps: [{id: there, put: {entity: customer, from: one, into: erp, fields: [terms]}}]
"""
    found = {
        guarded: [
            one.offence.name for one in judged(inspected(text.replace("last(who)", guarded)))
        ]
        for guarded in ("last(who)", "who[0]")
    }

    assert found == {"last(who)": ["UNDECIDED"], "who[0]": ["UNDECIDED"]}
    assert judged(inspected(text.replace("from: one,", "from: last(who),"))) == []


def judged(inspection: Inspection) -> list[Judgement]:
    return [one for plan in inspection.plans.values() for one in inspection.judgements(plan)]


def test_what_one_arm_knows_ends_with_the_arm(inspected: Inspect) -> None:
    plan = inspected(FLOW).estate.plans["flow"]

    found = trace(inspected(FLOW).estate, plan)

    spot = ("order", "stage")
    assert found.scopes["a"].facts[spot] == Among(frozenset({"active"}))
    assert found.scopes["b"].facts[spot] == Among(frozenset({"active"}), outside=True)
    assert spot not in found.scopes["post"].facts


PATHS = ("order.total", "order.currency", "order.customer", "order.lines[0].price", "order.id")
leaves = st.sampled_from([*PATHS, '"x"', "1.5", "null", "first(order.lines).price"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return (
        two.map(lambda pair: f"string({pair[0]}) + string({pair[1]})")
        | two.map(lambda pair: f"(has(order.stage) ? {pair[0]} : {pair[1]})")
        | two.map(lambda pair: f"[{pair[0]}, {pair[1]}]")
        | inner.map(lambda one: f"order.lines.map(l, string({one}) + string(l.product))")
        | inner.map(lambda one: f"order.lines.filter(l, l.price == {one})")
        | inner.map(lambda one: f"size(string({one}))")
    )


@settings(max_examples=300)
@given(text=st.recursive(leaves, grown, max_leaves=8))
def test_no_value_that_an_expression_reads_escapes_the_analysis(text: str) -> None:
    """The compiler says what is read; the analysis follows the same tree its own way."""
    estate = _ESTATE
    try:
        expression = compile_expression(
            text, schema=Schema({"order": record_type(estate, "order")})
        )
    except Exception:  # noqa: BLE001 (random text may have no type; it then never becomes a plan)
        return
    record = Record(id="order", entity="order", system="crm", where=lambda: Place("x"))

    shape = Scope(estate, {"order": record}).of(text)

    followed = {(one.entity, one.field) for one in deep_sources(estate, shape)}
    read = {_spot(one.path) for one in expression.reads if one.role == "value"}
    assert read - {None} <= followed


def _spot(path: tuple[str, ...]) -> tuple[str, str] | None:
    """Return (entity, field); a list as a whole is read field by field."""
    if path[-1] in {"lines", "[]"}:
        return None
    return ("order_line" if "lines" in path else "order", path[-1])


def _estate() -> Estate:
    from interlock.estate.reading.load import read_texts

    text = """
apiVersion: interlock/v1
kind: System
metadata: {name: crm}
spec: {type: crm, connector: c, url: u, auth: {scheme: s, credential: "secret:c"}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: order}
spec:
  domain: contract
  authority: crm
  identity: {crm: Order.Id}
  fields:
    customer: {type: string, in: {crm: A}}
    stage: {type: string, in: {crm: S}}
    total: {type: money, in: {crm: T}}
    currency: {type: currency, in: {crm: C}}
    lines: {list: order_line, in: {crm: L}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: order_line}
spec:
  domain: contract
  authority: crm
  identity: {crm: Item.Id}
  fields:
    product: {type: string, in: {crm: P}}
    price: {type: money, in: {crm: Q}}
"""
    return read_texts({"a.estate.yaml": text}).estate


_ESTATE = _estate()

sets = st.builds(Among, st.frozensets(st.sampled_from("abc")), st.booleans())


@given(left=sets, right=sets, value=st.sampled_from("abcd"))
def test_knowledge_obeys_the_laws_of_sets(left: Among, right: Among, value: str) -> None:
    one, other = left.allows(value), right.allows(value)

    assert left.both(right).allows(value) is (one and other)
    assert left.either(right).allows(value) is (one or other)
    assert left.negated().allows(value) is not one
