"""A role's voice as instructions that can be tuned, and back: tuned instructions as what takes the voice's place.

What a voice shows of a problem or a state stands in the instructions in braces: `You teach {{ problem.a }}.` Where
tuned instructions have the same braces, they show the same. Demonstrations stand at the end of the voice, so that all
prompts of a dialogue still begin alike; of each, its last message and its answer. One that lacks either is left out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pedalang.expression import nodes

EXAMPLES = "Examples of how you answer:"
HEARD, ANSWERED = "You hear:", "You answer:"


class Voice(NamedTuple):
    """A role's voice: the expression, its text with braces, and what the braces show."""

    expr: nodes.Expr
    text: str
    shown: Mapping[str, nodes.Expr]


def voice(expr: nodes.Expr) -> Voice:
    """The voice that an expression gives."""
    shown: dict[str, nodes.Expr] = {}
    text = "".join(_part(part, shown) for part in (expr.parts if isinstance(expr, nodes.Text) else (expr,)))
    return Voice(expr, inspect.cleandoc(text), shown)


def tuned(own: Voice, instructions: str, examples: str) -> nodes.Expr | str | None:
    """What takes the place of a voice under these instructions and examples; None where nothing does."""
    base = own.expr if instructions == own.text else _filled(instructions, own.shown)
    if examples:
        return nodes.Text((nodes.Lit(base) if isinstance(base, str) else base, nodes.Lit(examples)))
    return None if base is own.expr else base


def examples(demos: Iterable[Mapping[str, Any]], output: str) -> str:
    """Demonstrations as they stand at the end of a voice; empty where there are none."""
    pairs = [(demo["said"], demo[output]) for demo in usable(demos, output)]
    if not pairs:
        return ""
    return "\n\n".join(["", EXAMPLES, *(f"{HEARD} {said}\n{ANSWERED} {answered}" for said, answered in pairs)])


def usable(demos: Iterable[Mapping[str, Any]], output: str) -> list[Mapping[str, Any]]:
    """The demonstrations that show what was heard and what was answered."""
    return [demo for demo in demos if all(isinstance(demo.get(name), str) for name in ("said", output))]


def _part(part: nodes.Expr, shown: dict[str, nodes.Expr]) -> str:
    if isinstance(part, nodes.Lit) and isinstance(part.value, str):
        return part.value
    braces = f"{{{{ {_written(part) or f'value {len(shown) + 1}'} }}}}"
    shown[braces] = part
    return braces


def _written(expr: nodes.Expr) -> str:
    """A name or a path as the author wrote it; anything else has no short form."""
    match expr:
        case nodes.Name(name):
            return name
        case nodes.Attr(of, field) if path := _written(of):
            return f"{path}.{field}"
    return ""


def _filled(instructions: str, shown: Mapping[str, nodes.Expr]) -> nodes.Expr | str:
    if not any(braces in instructions for braces in shown):
        return instructions
    pieces = re.split("|".join(f"({re.escape(braces)})" for braces in shown), instructions)
    parts = [shown.get(piece) or nodes.Lit(piece) for piece in pieces if piece]
    return nodes.Text(tuple(parts))
