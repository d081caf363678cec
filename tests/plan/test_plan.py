"""A plan is a document: it survives JSON, has one form, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import plan
from pedalang.expression import nodes

scalars = st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text(max_size=5)
names = st.sampled_from(["a", "b", "problem"])
exprs = st.recursive(
    st.builds(nodes.Lit, scalars) | st.builds(nodes.Name, names) | st.builds(nodes.Ratio, st.integers(-9, 9),
                                                                            st.integers(1, 9)),
    lambda inner: st.builds(nodes.Attr, inner, names) | st.builds(nodes.Binary, st.sampled_from(["+", "and"]), inner,
                                                                  inner)
    | st.builds(nodes.Call, st.just("words"), st.tuples(inner))
    | st.builds(nodes.Match, inner, st.dictionaries(names, inner, max_size=2), inner)
    | st.builds(nodes.Text, st.lists(inner, max_size=3).map(tuple)),
    max_leaves=8)
criteria = st.builds(plan.Criterion, name=names, weight=st.integers(0, 3) | st.floats(0, 3), score=exprs)
plans = st.builds(plan.Plan, st.just("p"), st.just({}), rubrics=st.dictionaries(
    names, st.builds(plan.Rubric, names, names, st.lists(criteria, max_size=2).map(tuple)), max_size=2))


@given(plans)
def test_a_plan_survives_json(made: plan.Plan) -> None:
    assert plan.from_json(plan.to_json(made)) == made
    assert plan.from_json(plan.to_text(made)) == made


@given(plans)
def test_its_digest_is_the_same_after_reading_it_back(made: plan.Plan) -> None:
    assert plan.digest(plan.from_json(plan.to_json(made))) == plan.digest(made)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"program": 1, "sources": {}}', '{"program": "p"}',
                                  '{"program": "p", "sources": {}, "surplus": 1}',
                                  '{"program": "p", "sources": {}, "version": 99}', "[" * 100_000])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(plan.PlanError):
        plan.from_json(text)


@pytest.mark.parametrize(("enter", "decisions"), [
    ((1, -2), ((0, -1, -2),)), ((0, -3), ((0, -1, -2),)), ((0, -2), ((1, -1, -2),)), ((0, -2), ((0, 0, -2),)),
    ((0, -2), ((0, 1, -2), (0, 0, -1))), ((0,), ((0, -1, -2),)),
])
def test_an_automaton_that_leads_nowhere_is_refused(enter: tuple[int, ...], decisions: tuple[tuple[int, int, int], ...]
                                                    ) -> None:
    """In a plan from elsewhere it would lead a run astray, or round in circles."""
    fact = nodes.Name("right")
    clause = plan.Clause("c", "hard", plan.Atom(fact), "right", automaton=plan.Automaton(
        (fact,), enter, decisions, ("pending", "broken")))
    of = plan.Plan("p", {}, contracts={"C": plan.Contract("C", "f", (clause,))})
    with pytest.raises(plan.PlanError, match=r"C\.c leads nowhere"):
        plan.from_json(plan.to_json(of))
