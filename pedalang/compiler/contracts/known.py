"""What an expression is worth where only part of a dialogue is known. What depends on the rest is `UNKNOWN`.

It never says more than holds: a value that is given here is that of every dialogue with these known parts, where the
expression has one at all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, TypeAlias

from msgspec import Struct

from pedalang.expression import nodes
from pedalang.expression.evaluate import Compiled, EvaluationError, compiled
from pedalang.expression.values import Absent, Value


class _Unknown(Enum):
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("nothing is known of it")


UNKNOWN: Final = _Unknown.UNKNOWN
Partly: TypeAlias = Value
"""A value, `UNKNOWN`, a `Part` or a `Past`."""


class Part(dict[str, Partly]):
    """A record of which only these fields are known."""


class Past(Struct, frozen=True):
    """What is known of the turns so far: how many they are, and how often moves were made."""

    turns: int | _Unknown
    counts: Mapping[str, int]


Env: TypeAlias = Mapping[str, Partly]
"""The known names; any other is unknown."""


def known(expr: nodes.Expr, env: Env) -> Partly:
    """What the expression is worth, or `UNKNOWN`, also where it has no value."""
    return _KNOWN[type(expr)](expr, env)


def truth(expr: nodes.Expr, env: Env) -> bool | None:
    """Whether a condition holds; None where that is not known."""
    value = known(expr, env)
    return None if value is UNKNOWN or isinstance(value, Part | Past) else bool(value)


def _whole(value: Partly) -> bool:
    return value is not UNKNOWN and not isinstance(value, Part | Past)


def _constant(expr: nodes.Expr, env: Env) -> Partly:
    try:
        return compiled(expr)({})
    except EvaluationError:
        return UNKNOWN


def _name(expr: nodes.Name, env: Env) -> Partly:
    return env.get(expr.name, UNKNOWN)


def _attribute(expr: nodes.Attr, env: Env) -> Partly:
    of = known(expr.of, env)
    return of.get(expr.field, UNKNOWN) if isinstance(of, dict) else UNKNOWN


def _unary(expr: nodes.Unary, env: Env) -> Partly:
    value = known(expr.value, env)
    return _computed(_operation(expr.operator, 1), {"a": value}) if _whole(value) else UNKNOWN


def _binary(expr: nodes.Binary, env: Env) -> Partly:
    left = known(expr.left, env)
    if expr.operator in ("and", "or"):
        return _joined(expr, left, env)
    if expr.operator == "??":
        return UNKNOWN if not _whole(left) else known(expr.right, env) if left is None else left
    right = known(expr.right, env)
    if expr.operator in ("==", "!=") and type(left) is type(right) is str:
        return (left == right) is (expr.operator == "==")  # speakers and moves: by far the most of what is asked
    if not (_whole(left) and _whole(right)):
        return UNKNOWN
    return _computed(_operation(expr.operator, 2), {"a": left, "b": right})


def _joined(expr: nodes.Binary, left: Partly, env: Env) -> Partly:
    """`and` and `or` are decided by one side, where that is the one that decides."""
    decides = expr.operator == "or"
    if _whole(left):
        return left if bool(left) is decides else known(expr.right, env)
    right = known(expr.right, env)
    return right if _whole(right) and bool(right) is decides else UNKNOWN


def _if(expr: nodes.If, env: Env) -> Partly:
    condition = truth(expr.condition, env)
    if condition is not None:
        return known(expr.then if condition else expr.otherwise, env)
    one, other = known(expr.then, env), known(expr.otherwise, env)
    return one if _whole(one) and _whole(other) and type(one) is type(other) and one == other else UNKNOWN


def _call(expr: nodes.Call, env: Env) -> Partly:
    arguments = [known(argument, env) for argument in expr.arguments]
    match expr.function, arguments:
        case "count_moves", [Past(counts=counts), str(move)]:
            return counts.get(move, UNKNOWN)
        case "count", [Past(turns=turns)]:
            return turns
    if not all(map(_whole, arguments)):
        return UNKNOWN
    names = [f"a{at}" for at in range(len(arguments))]
    call = nodes.Call(expr.function, tuple(nodes.Name(name) for name in names))
    return _computed(compiled(call), dict(zip(names, arguments, strict=True)))


def _let(expr: nodes.Let, env: Env) -> Partly:
    return known(expr.body, {**env, expr.name: known(expr.value, env)})


def _match(expr: nodes.Match, env: Env) -> Partly:
    subject = known(expr.subject, env)
    if not _whole(subject):
        return UNKNOWN
    return known(expr.cases.get(subject, expr.otherwise), env)


def _parts(expr: nodes.Index | nodes.Items | nodes.Entries | nodes.Text, env: Env) -> Partly:
    """What is made of its parts, all of which have to be known."""
    found = {f"a{at}": known(part, env) for at, part in enumerate(nodes.children(expr))}
    if not all(map(_whole, found.values())):
        return UNKNOWN
    names = tuple(nodes.Name(name) for name in found)
    match expr:
        case nodes.Index():
            whole: nodes.Expr = nodes.Index(*names)
        case nodes.Items():
            whole = nodes.Items(names)
        case nodes.Entries(keys, _):
            whole = nodes.Entries(keys, names)
        case nodes.Text():
            whole = nodes.Text(names)
    return _computed(compiled(whole), found)


def _nothing(expr: nodes.Expr, env: Env) -> Partly:
    return UNKNOWN


@functools.cache
def _operation(symbol: str, operands: int) -> Compiled:
    one, other = nodes.Name("a"), nodes.Name("b")
    return compiled(nodes.Unary(symbol, one) if operands == 1 else nodes.Binary(symbol, one, other))


def _computed(operation: Compiled, env: Env) -> Partly:
    try:
        return operation(env)
    except (EvaluationError, Absent):
        return UNKNOWN


_KNOWN: Mapping[type, Callable[..., Partly]] = {
    nodes.Lit: lambda expr, env: expr.value, nodes.Ratio: _constant, nodes.Name: _name, nodes.Attr: _attribute,
    nodes.Unary: _unary, nodes.Binary: _binary, nodes.If: _if, nodes.Call: _call, nodes.Let: _let, nodes.Match: _match,
    nodes.Index: _parts, nodes.Items: _parts, nodes.Entries: _parts, nodes.Text: _parts, nodes.Each: _nothing,
    nodes.Extern: _nothing, nodes.Judged: _nothing, nodes.Initial: _nothing,
}

