"""The names that every expression inside a dialogue can use, and those that nothing else may have there."""

from __future__ import annotations

from pedalang.compiler.semantics import types
from pedalang.compiler.semantics.scope import Typed
from pedalang.expression import nodes

NAMES = {
    "history": Typed(types.HISTORY, nodes.Name("history")),
    "turn": Typed(types.TURN, nodes.Name("turn")),
    "phase": Typed(types.TEXT, nodes.Name("phase")),
}
RESERVED = (*NAMES, "args", "flow", "initial", "previous", "self", "turns")
"""A flow's parameters, its cast and what handlers draw are kept beside these."""
