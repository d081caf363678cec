"""Turns a compiled expression into a Python function of an environment, once; then calls are cheap.

Bounded: see the limits below. A breach, a division by zero or a missing field is an `EvaluationError`, which says what
happened; the caller knows where in the program.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from pedalang.expression import nodes, values
from pedalang.expression.functions import FUNCTIONS
from pedalang.expression.values import Absent, Value

MAX_ITEMS = 10_000
"""Items of a list."""
MAX_TEXT = 100_000
"""Characters of a text."""
MAX_BITS = 4_096
"""Bits of a whole number, and of either part of a fraction."""
MAX_STEPS = 100_000
"""Items that all the loops of one evaluation may visit together."""

Env = Mapping[str, Value]
Compiled = Callable[[Env], Value]


class EvaluationError(Exception):
    """An expression has no value here; the message says why in few words."""


class Evaluator:
    """Evaluates the expressions of one plan; each is compiled when it is first met.

    Keyed by identity, and holding the expressions, so that an identity cannot be used twice.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[nodes.Expr, Compiled]] = {}

    def __call__(self, expr: nodes.Expr, env: Env) -> Value:
        """The value of `expr` in `env`. Raises `EvaluationError`, or `Absent` for a text that shows a `none`."""
        known = self._known.get(id(expr))
        if known is None:
            known = self._known[id(expr)] = (expr, compiled(expr))
        return known[1](env)


def compiled(expr: nodes.Expr) -> Compiled:
    """The function that computes `expr` from an environment."""
    steps = [0]
    inner = _compile(expr, steps)

    def evaluate(env: Env) -> Value:
        steps[0] = 0
        try:
            return inner(env)
        except (EvaluationError, Absent):
            raise
        except ZeroDivisionError:
            raise EvaluationError("division by zero") from None
        except (TypeError, ValueError, KeyError, OverflowError, ArithmeticError, AttributeError) as error:
            raise EvaluationError(f"no value: {error}") from error

    return evaluate


def _compile(expr: nodes.Expr, steps: list[int]) -> Compiled:
    match expr:
        case nodes.Lit(value):
            return lambda env: value
        case nodes.Ratio(numerator, denominator):
            fraction = Fraction(numerator, denominator)
            return lambda env: fraction
        case nodes.Name(name):
            return operator.itemgetter(name)
        case nodes.Attr(of, field):
            return _attribute(_compile(of, steps), field)
        case nodes.Index(of, key):
            return _index(_compile(of, steps), _compile(key, steps))
        case nodes.Call(function, arguments):
            return _call(function, tuple(_compile(a, steps) for a in arguments))
        case nodes.Unary(symbol, value):
            of = _compile(value, steps)
            return (lambda env: not of(env)) if symbol == "not" else (lambda env: -of(env))
        case nodes.Binary(symbol, left, right):
            return _binary(symbol, _compile(left, steps), _compile(right, steps))
        case nodes.If(condition, then, otherwise):
            test, yes, no = (_compile(e, steps) for e in (condition, then, otherwise))
            return lambda env: yes(env) if test(env) else no(env)
        case nodes.Items(items):
            parts = tuple(_compile(i, steps) for i in items)
            return lambda env: tuple(part(env) for part in parts)
        case nodes.Entries(keys, entries):
            pairs = tuple(zip(keys, (_compile(v, steps) for v in entries), strict=True))
            return lambda env: {key: part(env) for key, part in pairs}
        case nodes.Each():
            return _each(expr, steps)
        case nodes.Let(name, value, body):
            bound, rest = _compile(value, steps), _compile(body, steps)
            return lambda env: rest({**env, name: bound(env)})
        case nodes.Match(subject, cases, otherwise):
            pick, default = _compile(subject, steps), _compile(otherwise, steps)
            table = {name: _compile(case, steps) for name, case in cases.items()}
            return lambda env: table.get(pick(env), default)(env)
        case nodes.Text(parts):
            return _text(parts, steps)
        case nodes.Initial(value):
            at_start = _compile(value, steps)
            return lambda env: at_start(env["initial"])
    raise TypeError(f"{type(expr).__name__} is no expression")


def _attribute(of: Compiled, field: str) -> Compiled:
    def get(env: Env) -> Value:
        record = of(env)
        try:
            return record[field]
        except (KeyError, TypeError):
            what = "nothing is there" if record is None else "no such field"
            raise EvaluationError(f"`.{field}`: {what}") from None

    return get


def _index(of: Compiled, key: Compiled) -> Compiled:
    def get(env: Env) -> Value:
        container, at = of(env), key(env)
        if isinstance(container, dict):
            return container.get(at)
        return container[at] if -len(container) <= at < len(container) else None

    return get


def _call(name: str, arguments: tuple[Compiled, ...]) -> Compiled:
    function = FUNCTIONS[name].python
    if len(arguments) == 1:
        only = arguments[0]
        return lambda env: _bounded(function(only(env)))
    return lambda env: _bounded(function(*[argument(env) for argument in arguments]))


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "/": operator.truediv, "%": operator.mod,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": values.equal, "!=": lambda a, b: not values.equal(a, b),
    "in": lambda item, container: any(values.equal(item, i) for i in container),
    "not in": lambda item, container: not any(values.equal(item, i) for i in container),
}
_LOOKS = {"==", "!=", "<", "<=", ">", ">=", "in", "not in"}


def _binary(symbol: str, left: Compiled, right: Compiled) -> Compiled:
    if symbol == "and":
        return lambda env: left(env) and right(env)
    if symbol == "or":
        return lambda env: left(env) or right(env)
    if symbol == "??":
        def fallback(env: Env) -> Value:
            value = left(env)
            return right(env) if value is None else value
        return fallback
    if symbol == "*":
        return lambda env: _bounded(_times(left(env), right(env)))
    apply = _OPERATORS[symbol]
    if symbol in _LOOKS:
        return lambda env: apply(left(env), right(env))
    return lambda env: _bounded(apply(left(env), right(env)))


def _times(left: Value, right: Value) -> Value:
    if not (values.is_number(left) and values.is_number(right)):
        raise EvaluationError("`*` is for two numbers")
    return left * right


def _each(expr: nodes.Each, steps: list[int]) -> Compiled:
    value, over, name = _compile(expr.value, steps), _compile(expr.over, steps), expr.name
    condition = _compile(expr.condition, steps) if expr.condition is not None else None

    def loop(env: Env) -> Value:
        found, inner = [], dict(env)
        for item in over(env):
            steps[0] += 1
            if steps[0] > MAX_STEPS:
                raise EvaluationError(f"more than {MAX_STEPS} steps")
            inner[name] = item
            if condition is None or condition(inner):
                found.append(value(inner))
        return _bounded(tuple(found))

    return loop


def _text(parts: tuple[nodes.Expr, ...], steps: list[int]) -> Compiled:
    if all(isinstance(part, nodes.Lit) and isinstance(part.value, str) for part in parts):
        whole = "".join(part.value for part in parts)  # type: ignore[union-attr, misc]
        return lambda env: whole
    fixed = [part.value if isinstance(part, nodes.Lit) and isinstance(part.value, str) else "" for part in parts]
    shown = [(at, _compile(part, steps)) for at, part in enumerate(parts) if not fixed[at]]

    def fill(env: Env) -> str:
        pieces = fixed.copy()
        for at, value in shown:
            pieces[at] = values.to_text(value(env))
        return _bounded("".join(pieces))

    return fill


def _bounded(value: Value) -> Value:
    """The value, unless it is larger than expressions may make it."""
    match value:
        case str():
            if len(value) > MAX_TEXT:
                raise EvaluationError(f"a text of more than {MAX_TEXT} characters")
        case bool() | float() | None:
            return value
        case int():
            if value.bit_length() > MAX_BITS:
                raise EvaluationError(f"a number of more than {MAX_BITS} bits")
        case tuple() if len(value) > MAX_ITEMS:
            raise EvaluationError(f"a list of more than {MAX_ITEMS} items")
        case Fraction() if value.denominator.bit_length() > MAX_BITS or value.numerator.bit_length() > MAX_BITS:
            raise EvaluationError(f"a fraction of more than {MAX_BITS} bits")
    return value
