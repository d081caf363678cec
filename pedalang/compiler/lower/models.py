"""Models: which engine answers for a role or a judge, and how warm."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import numerals
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree

_LATER = ("context", "seed", "top_p", "adapter")
HOTTEST = 2.0
"""The highest temperature: beyond it all engines speak at random."""


def model(graph: Graph, found: Declared[tree.ModelDecl], scope: Scope) -> Node[plan.Model]:
    """The node of a model, added if it is not there yet."""
    decl, name = found.decl, found.decl.name.text
    for node in graph.nodes(plan.Model):
        if node.name == name:
            return node
    inner = scope.inside(found, {})
    known = fields.read(decl.fields, ("engine", "weights", "url", "temperature"), inner, "a model", _LATER)
    if "weights" in known and "url" in known:
        inner.error("PED0202", known["url"].key, "a model has `weights:` or `url:`, and not both",
                    "leave one of them out", also=(known["weights"].key, "here"))
    target = fields.string(known.get("weights") or known.get("url"), inner)
    payload = plan.Model(name, f"{_engine(known.get('engine'), decl, inner)}:{target}",
                         _temperature(known.get("temperature"), inner), found.module.place(decl.name))
    return graph.add(carrying(payload, name, found.module.span(decl.name)))


def _engine(field: tree.Field | None, decl: tree.ModelDecl, scope: Scope) -> str:
    if field is None:
        scope.error("PED0702", decl.name, f"the model `{decl.name.text}` has no `engine:`",
                    "add for example `engine: llama`; `ped engines` lists them")
        return ""
    if isinstance(field.value, tree.Name):
        return field.value.word.text
    scope.error("PED0309", field.value, "`engine:` is the name of an engine", "`ped engines` lists them")
    return ""


def _temperature(field: tree.Field | None, scope: Scope) -> float:
    if field is None:
        return 0.0
    value = numerals.signed(field.value)
    if value is None:
        scope.error("PED0309", field.value, "`temperature:` is a number", "write for example `0.7`")
        return 0.0
    if not 0 <= value <= HOTTEST:
        scope.error("PED0305", field.value, f"{value:g} is not in 0..{HOTTEST:g}",
                    f"write a number from 0 to {HOTTEST:g}; at 0 the words are the same each time")
    return float(value)
