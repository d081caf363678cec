"""Turns a compiled expression into a Python function of an environment, once; then calls are cheap.

Bounded by `limits.py`. A breach, a division by zero or a missing field is an `EvaluationError`, which says what
happened; the caller knows where in the program. A text that shows a `none` is itself `none`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from pedalang.expression import nodes, values
from pedalang.expression.functions import FUNCTIONS
from pedalang.expression.limits import MAX_BITS, MAX_INSIDE, MAX_ITEMS, MAX_STEPS, MAX_TEXT
from pedalang.expression.values import Absent, Value

Env: TypeAlias = Mapping[str, Value]
Compiled: TypeAlias = Callable[[Env], Value]


class EvaluationError(Exception):
    """An expression has no value here; the message says why in few words."""


Outside: TypeAlias = Callable[[nodes.Extern, Sequence[Value]], Value]
"""Computes a function that the program's author wrote in Python. Raises `EvaluationError`."""


def _nothing_outside(function: nodes.Extern, arguments: Sequence[Value]) -> Value:
    raise EvaluationError(f"the Python function `{function.target}` may not be run here")


class Evaluator:
    """Evaluates the expressions of one plan; each is compiled when it is first met.

    Keyed by identity, and holding the expressions, so that an identity cannot be used twice.
    """

    def __init__(self, outside: Outside | None = None) -> None:
        """`outside` computes the functions of the program's author, where they may be run."""
        self._known: dict[int, tuple[nodes.Expr, Compiled]] = {}
        self._outside = outside or _nothing_outside

    def __call__(self, expr: nodes.Expr, env: Env) -> Value:
        """The value of `expr` in `env`. Raises `EvaluationError`."""
        known = self._known.get(id(expr))
        if known is not None:
            return known[1](env)
        new = compiled(expr, self._outside)
        self._known[id(expr)] = (expr, new)
        return new(env)


_NO_VALUE = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError)


def compiled(expr: nodes.Expr, outside: Outside = _nothing_outside) -> Compiled:
    """The function that computes `expr` from an environment. It raises `EvaluationError`, and so does this for what
    is no expression of this version."""
    meter = _Meter(outside)
    try:
        inner = _compile(expr, meter)
    except _NO_VALUE as error:
        raise EvaluationError(f"no expression: {_said(error)}") from error

    def evaluate(env: Env) -> Value:
        meter.spent = 0
        try:
            return inner(env)
        except ZeroDivisionError:
            raise EvaluationError("division by zero") from None
        except _NO_VALUE as error:
            raise EvaluationError(f"no value: {_said(error)}") from error

    return evaluate


def _said(error: Exception) -> str:
    match error:
        case KeyError():
            return f"nothing is called {error}"
        case RecursionError():
            return "nested too deep"
    return str(error)


class _Meter:
    """Counts what one evaluation makes and visits, and what it makes stays within the limits."""

    def __init__(self, outside: Outside) -> None:
        self.spent = 0
        self.outside = outside

    def spend(self, amount: int) -> None:
        self.spent += amount
        if self.spent > MAX_STEPS:
            raise EvaluationError(f"more than {MAX_STEPS} steps")

    def bounded(self, value: Value) -> Value:
        """The value. Raises `EvaluationError` where it is larger than expressions may make it."""
        match value:
            case str():
                self.bounded_text(value)
            case bool() | None:
                pass
            case int():
                if value.bit_length() > MAX_BITS:
                    raise EvaluationError(f"a number of more than {MAX_BITS} bits")
            case float():
                if not math.isfinite(value):
                    raise EvaluationError("a number that is too large")
            case Fraction():
                if max(value.denominator.bit_length(), value.numerator.bit_length()) > MAX_BITS:
                    raise EvaluationError(f"a fraction of more than {MAX_BITS} bits")
            case tuple() | dict():
                self.spend(_inside(value))
        return value

    def bounded_text(self, text: str) -> str:
        """The same for what is known to be a text."""
        size = len(text)
        if size > MAX_TEXT:
            raise EvaluationError(f"a text of more than {MAX_TEXT} characters")
        if size >= 64:
            self.spend(size >> 6)
        return text


def _inside(value: tuple[Value, ...] | dict[str, Value]) -> int:
    """How much a list or record holds: its items, those of the lists and records in it, and its texts, 64 characters
    for an item. What is shared counts each time, since each time it is written out."""
    if len(value) > MAX_ITEMS:
        raise EvaluationError(f"a list of more than {MAX_ITEMS} items")
    total, left = 0, [value]
    while left:
        each = left.pop()
        total += len(each)
        if total > MAX_INSIDE:
            raise EvaluationError(f"a list of more than {MAX_INSIDE} items, with what is inside it")
        items: Iterable[Value] = each.values() if isinstance(each, dict) else each
        for item in items:
            if isinstance(item, str):
                total += len(item) >> 6
            elif isinstance(item, tuple | dict):
                left.append(item)
    return total


def _compile(expr: nodes.Expr, meter: _Meter) -> Compiled:
    match expr:
        case nodes.Lit(value):
            return lambda env: value
        case nodes.Ratio(numerator, denominator):
            fraction = Fraction(numerator, denominator)
            return lambda env: fraction
        case nodes.Name(name):
            return operator.itemgetter(name)
        case nodes.Attr(nodes.Name(name), field):
            return _field(name, field)
        case nodes.Attr(of, field):
            return _attribute(_compile(of, meter), field)
        case nodes.Index(of, key):
            return _index(_compile(of, meter), _compile(key, meter))
        case nodes.Extern(arguments=arguments):
            given = tuple(_compile(argument, meter) for argument in arguments)
            return lambda env: meter.bounded(meter.outside(expr, [argument(env) for argument in given]))
        case nodes.Call(function, arguments):
            return _call(function, tuple(_compile(a, meter) for a in arguments), meter)
        case nodes.Unary(symbol, value):
            of = _compile(value, meter)
            return (lambda env: not of(env)) if symbol == "not" else (lambda env: -of(env))
        case nodes.Binary(symbol, left, right):
            if symbol == "==" and isinstance(right, nodes.Lit) and isinstance(right.value, str):
                return _is_text(_compile(left, meter), right.value)
            return _binary(symbol, _compile(left, meter), _compile(right, meter), meter)
        case nodes.If(condition, then, otherwise):
            test, yes, no = (_compile(e, meter) for e in (condition, then, otherwise))
            return lambda env: yes(env) if test(env) else no(env)
        case nodes.Text(parts):
            return _text(parts, meter)
        case nodes.Judged(key):
            return _judged(key)
        case nodes.Initial(value):
            at_start = _compile(value, meter)
            return lambda env: at_start(env["initial"])
        case _:
            return _compile_compound(expr, meter)


def _compile_compound(expr: nodes.Expr, meter: _Meter) -> Compiled:
    match expr:
        case nodes.Items(items):
            parts = tuple(_compile(i, meter) for i in items)
            return lambda env: meter.bounded(tuple([part(env) for part in parts]))
        case nodes.Entries(keys, entries):
            pairs = tuple(zip(keys, [_compile(v, meter) for v in entries], strict=True))
            return lambda env: meter.bounded({key: part(env) for key, part in pairs})
        case nodes.Each():
            return _each(expr, meter)
        case nodes.Let(name, value, body):
            bound, rest = _compile(value, meter), _compile(body, meter)
            return lambda env: rest({**env, name: bound(env)})
        case nodes.Match(subject, cases, otherwise):
            pick, default = _compile(subject, meter), _compile(otherwise, meter)
            table = {name: _compile(case, meter) for name, case in cases.items()}
            return lambda env: table.get(pick(env), default)(env)
    raise TypeError(f"{type(expr).__name__} is no expression")


def _judged(key: str) -> Compiled:
    def get(env: Env) -> Value:
        answers = env.get("judged", {})
        if key not in answers:
            raise EvaluationError(f"`{key.partition(':')[0]}` has not been judged")
        return answers[key]

    return get


def _attribute(of: Compiled, field: str) -> Compiled:
    def get(env: Env) -> Value:
        record = of(env)
        try:
            return record[field]
        except (KeyError, TypeError):
            what = "nothing is there" if record is None else "no such field"
            raise EvaluationError(f"`.{field}`: {what}") from None

    return get


def _field(name: str, field: str) -> Compiled:
    """What `_attribute` gives of a name, in one step: most of what expressions read is that."""
    slow = _attribute(operator.itemgetter(name), field)

    def get(env: Env) -> Value:
        try:
            return env[name][field]
        except (KeyError, TypeError):
            return slow(env)

    return get


def _index(of: Compiled, key: Compiled) -> Compiled:
    def get(env: Env) -> Value:
        container, at = of(env), key(env)
        if isinstance(container, dict):
            return container.get(at)
        return container[at] if 0 <= at < len(container) else None

    return get


def _call(name: str, arguments: tuple[Compiled, ...], meter: _Meter) -> Compiled:
    function, bounded = FUNCTIONS[name].python, meter.bounded
    if len(arguments) == 1:
        only = arguments[0]
        return lambda env: bounded(function(only(env)))
    return lambda env: bounded(function(*[argument(env) for argument in arguments]))


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, tuple) and isinstance(right, tuple):
        return left + right
    return _numeric("+", operator.add)(left, right)


def _numeric(symbol: str, apply: Callable[[Value, Value], Value]) -> Callable[[Value, Value], Value]:
    """An operation on two numbers, for Python has others of the same sign: `%` on texts, `*` on lists."""
    def checked(left: Value, right: Value) -> Value:
        if not (values.is_number(left) and values.is_number(right)):
            raise EvaluationError(f"`{symbol}` is for two numbers")
        return apply(left, right)

    return checked


def _ordered(symbol: str, apply: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    def checked(left: Value, right: Value) -> bool:
        both_texts = isinstance(left, str) and isinstance(right, str)
        if not (both_texts or (values.is_number(left) and values.is_number(right))):
            raise EvaluationError(f"`{symbol}` is for two numbers or two texts")
        return apply(left, right)

    return checked


_ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": _plus, "-": _numeric("-", operator.sub), "*": _numeric("*", operator.mul),
    "/": _numeric("/", operator.truediv), "%": _numeric("%", operator.mod),
}
_TESTS: dict[str, Callable[[Value, Value], bool]] = {
    "<": _ordered("<", operator.lt), "<=": _ordered("<=", operator.le),
    ">": _ordered(">", operator.gt), ">=": _ordered(">=", operator.ge),
    "==": values.equal, "!=": lambda a, b: not values.equal(a, b),
    "in": lambda item, container: any(values.equal(item, i) for i in container),
    "not in": lambda item, container: not any(values.equal(item, i) for i in container),
}


def _is_text(of: Compiled, text: str) -> Compiled:
    """Whether a value is a text: what `values.equal` says where one side is, at a quarter of the time. Nearly every
    fact of a contract asks it."""
    return lambda env: of(env) == text


def _binary(symbol: str, left: Compiled, right: Compiled, meter: _Meter) -> Compiled:
    if symbol == "and":
        return lambda env: left(env) and right(env)
    if symbol == "or":
        return lambda env: left(env) or right(env)
    if symbol == "??":
        def fallback(env: Env) -> Value:
            value = left(env)
            return right(env) if value is None else value
        return fallback
    if symbol in _TESTS:
        test = _TESTS[symbol]
        return lambda env: test(left(env), right(env))
    apply, bounded = _ARITHMETIC[symbol], meter.bounded
    return lambda env: bounded(apply(left(env), right(env)))


def _each(expr: nodes.Each, meter: _Meter) -> Compiled:
    value, over, name = _compile(expr.value, meter), _compile(expr.over, meter), expr.name
    condition = _compile(expr.condition, meter) if expr.condition is not None else None

    def loop(env: Env) -> Value:
        found, inner = [], dict(env)
        for item in over(env):
            meter.spend(1)
            inner[name] = item
            if condition is None or condition(inner):
                found.append(value(inner))
        return meter.bounded(tuple(found))

    return loop


def _text(parts: tuple[nodes.Expr, ...], meter: _Meter) -> Compiled:
    fixed = [part.value if isinstance(part, nodes.Lit) and isinstance(part.value, str) else "" for part in parts]
    shown = [(at, _compile(part, meter)) for at, part in enumerate(parts) if not fixed[at]]
    bounded, to_text = meter.bounded_text, values.to_text

    def filled(env: Env) -> Value:
        pieces = fixed.copy()
        try:
            for at, value in shown:
                piece = value(env)
                pieces[at] = piece if type(piece) is str else to_text(piece)
        except Absent:
            return None
        return bounded("".join(pieces))

    return filled

