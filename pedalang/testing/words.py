"""What a member of the cast may say where its words are free: what the program wrote for it, and the numbers and short
texts of what the dialogue is about, right and wrong ones alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from pedalang import plan
from pedalang.expression import nodes, values
from pedalang.expression.values import Value

MOST = 24
"""Things that can be said in a turn."""
LONGEST = 200
"""Characters of one of them."""


def sayable(role: plan.Role, item: Mapping[str, Value]) -> list[str]:
    """At least one text, each once: words that the program wrote for the member first, then what it could let slip."""
    patterns = [say for each in (*role.moves.values(), *role.acts) for say in each.say]
    written = (text for pattern in patterns for text in _literal(pattern))
    shown = (f"It is {text}." for text in _numbers(item))
    found = list(dict.fromkeys(text[:LONGEST] for text in (*written, *shown) if text.strip()))
    return found[:MOST] or ["…"]


def _literal(pattern: nodes.Expr) -> Iterator[str]:
    """The texts that a pattern says without looking at anything."""
    match pattern:
        case nodes.Lit(str() as text):
            yield text.strip()
        case nodes.Items(items):
            for each in items:
                yield from _literal(each)
        case nodes.If(_, then, otherwise):
            yield from _literal(then)
            yield from _literal(otherwise)


def _numbers(value: Value) -> Iterable[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _numbers(each)]
    if isinstance(value, tuple):
        return [text for each in value for text in _numbers(each)]
    return [values.to_text(value)] if values.is_number(value) or isinstance(value, Fraction) else []
