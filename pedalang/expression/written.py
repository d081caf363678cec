"""An expression as text, as its author may have written it: for people who are shown a guard, not for a parser."""

from __future__ import annotations

from fractions import Fraction

from pedalang.expression import nodes, values

_TIGHT = {"or": 1, "and": 2, "not": 3, "in": 4, "not in": 4, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
          "??": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7}
"""How tightly an operator binds."""
_LOOSEST, _TIGHTEST = 0, 9


def written(expr: nodes.Expr) -> str:
    """The text. What the language has no short form for is `…`."""
    return _text(expr, _LOOSEST)


def _text(expr: nodes.Expr, around: int) -> str:
    """The text, in brackets where what stands around it binds more tightly."""
    match expr:
        case nodes.Binary(operator, left, right):
            own = _TIGHT.get(operator, _LOOSEST)
            return _within(f"{_text(left, own)} {operator} {_text(right, own + 1)}", own, around)
        case nodes.Unary("not", value):
            return _within(f"not {_text(value, _TIGHT['not'])}", _TIGHT["not"], around)
        case nodes.Unary(operator, value):
            return f"{operator}{_text(value, _TIGHTEST)}"
        case nodes.If(condition, then, otherwise):
            said = f"if {written(condition)} then {written(then)} else {written(otherwise)}"
            return _within(said, _LOOSEST, around)
        case nodes.Let(name, value, body):
            return _within(f"let {name} = {written(value)} in {written(body)}", _LOOSEST, around)
    return _closed(expr)


def _closed(expr: nodes.Expr) -> str:
    """The text of what needs no brackets."""
    match expr:
        case nodes.Lit(value):
            return _literal(value)
        case nodes.Ratio(numerator, denominator):
            return values.to_text(Fraction(numerator, denominator))
        case nodes.Name(name):
            return name
        case nodes.Attr(of, field):
            return f"{_text(of, _TIGHTEST)}.{field}"
        case nodes.Index(of, key):
            return f"{_text(of, _TIGHTEST)}[{written(key)}]"
        case nodes.Call("count", (nodes.Name("history"),)):
            return "history.turns"
        case nodes.Call("count_moves", (of, move)):
            return f"{_text(of, _TIGHTEST)}.count({written(move)})"
        case nodes.Call(function, arguments):
            return f"{function}({', '.join(map(written, arguments))})"
        case nodes.Items(items):
            return f"[{', '.join(map(written, items))}]"
        case nodes.Initial(value):
            return f"initial({written(value)})"
    return "…"


def _within(said: str, own: int, around: int) -> str:
    return f"({said})" if own < around else said


def _literal(value: nodes.JSONScalar) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return values.to_text(value)
