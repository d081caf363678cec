"""What is said of an expression where part of a dialogue is known is so in every dialogue with that part."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pedalang.compiler.contracts import reads
from pedalang.compiler.contracts.known import UNKNOWN, Part, Past, known, truth
from pedalang.expression import nodes
from pedalang.expression.evaluate import EvaluationError, compiled

TURN, HISTORY = nodes.Name("turn"), nodes.Name("history")
LEAVES = st.one_of(
    st.sampled_from([True, False, None, 0, 1, 2, 0.5, "ask", "tell"]).map(nodes.Lit),
    st.sampled_from(["x", "y"]).map(nodes.Name),
    st.sampled_from(["right", "stuck"]).map(lambda name: nodes.Attr(nodes.Name("student"), name)),
    st.sampled_from(["speaker", "move", "text"]).map(lambda name: nodes.Attr(TURN, name)),
    st.sampled_from(["ask", "tell"]).map(lambda move: nodes.Call("count_moves", (HISTORY, nodes.Lit(move)))),
    st.just(nodes.Call("count", (HISTORY,))),
)


def larger(inner: st.SearchStrategy[nodes.Expr]) -> st.SearchStrategy[nodes.Expr]:
    symbols = st.sampled_from(["??", "==", "!=", "<", ">=", "+", "-", "*"])
    truths = st.one_of(st.sampled_from([True, False]).map(nodes.Lit), st.builds(nodes.Unary, st.just("not"), inner),
                       st.builds(lambda one, other: nodes.Binary("==", one, other), inner, inner))
    return st.one_of(
        st.builds(nodes.Binary, st.sampled_from(["and", "or"]), truths, truths),
        st.builds(nodes.Binary, symbols, inner, inner), st.builds(nodes.Unary, st.sampled_from(["not", "-"]), inner),
        st.builds(nodes.If, inner, inner, inner),
        st.builds(lambda value, body: nodes.Let("x", value, body), inner, inner),
        st.builds(lambda one, other: nodes.Items((one, other)), inner, inner),
        st.builds(lambda of: nodes.Call("contains", (of, nodes.Lit("a"))), inner),
        st.builds(lambda of: nodes.Text((nodes.Lit("it is "), of)), inner),
        st.builds(lambda case, rest: nodes.Match(nodes.Name("y"), {"ask": case}, rest), inner, inner),
    )


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=12)
VALUES = st.sampled_from([True, False, None, 0, 1, 2, 3, "ask", "tell", 0.5])
MOVES = st.lists(st.sampled_from(["ask", "tell", ""]), min_size=1, max_size=4)
HIDDEN = st.sets(st.sampled_from(["x", "y", "student", "right", "stuck", "turn", "speaker", "move", "turns", "ask"]))


def partly(env: dict[str, Any], moves: list[str], hidden: set[str]) -> dict[str, Any]:
    """What is known of an environment without some of its parts."""
    counts = {move: moves.count(move) for move in ("ask", "tell") if move not in hidden}
    found = {name: env[name] for name in ("x", "y") if name not in hidden}
    for name in ("student", "turn"):
        if name not in hidden:
            found[name] = Part({key: value for key, value in env[name].items() if key not in hidden and key != "text"})
    return {**found, "history": Past(UNKNOWN if "turns" in hidden else len(moves), counts)}


@given(EXPRESSIONS, VALUES, VALUES, VALUES, VALUES, MOVES, HIDDEN)
def test_what_is_known_is_so(expr: nodes.Expr, x: object, y: object, right: object, stuck: object, moves: list[str],
                             hidden: set[str]) -> None:
    history = tuple({"speaker": "teacher", "move": move, "text": "a"} for move in moves)
    env = {"x": x, "y": y, "student": {"right": right, "stuck": stuck}, "turn": history[-1], "history": history}
    said = known(expr, partly(env, moves, hidden))
    if said is UNKNOWN or isinstance(said, Part | Past):
        return
    with contextlib.suppress(EvaluationError):  # where it has no value, it has no other
        assert compiled(expr)(env) == said


@given(EXPRESSIONS, VALUES, VALUES, MOVES)
def test_a_condition_under_a_name_is_the_same_condition(expr: nodes.Expr, x: object, y: object,
                                                        moves: list[str]) -> None:
    leaves = list(nodes.leaves(expr))
    names = {reads.written(leaf): f"?{at}" for at, leaf in enumerate(leaves)}
    history = tuple({"speaker": "teacher", "move": move, "text": "a"} for move in moves)
    env = partly({"x": x, "y": y, "student": {"right": True, "stuck": 1}, "turn": history[-1]}, moves, set())
    named = {names[reads.written(leaf)]: known(leaf, env) for leaf in leaves}
    assert truth(reads.replaced(expr, names), {**env, **named}) in (truth(expr, env), None)
