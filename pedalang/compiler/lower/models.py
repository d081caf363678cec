"""Models: which engine answers for a role or a judge, and how warm."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import numerals, references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes

_FIELDS = ("engine", "weights", "url", "temperature", "context", "seed", "top_p", "adapter")
HOTTEST = 2.0
"""The highest temperature: beyond it all engines speak at random."""


def model(graph: Graph, found: Declared[tree.ModelDecl], scope: Scope) -> Node[plan.Model]:
    """The node of a model, added if it is not there yet."""
    decl, name = found.decl, found.decl.name.text
    for node in graph.nodes(plan.Model):
        if node.name == name:
            return node
    inner = scope.inside(found, {})
    known = fields.read(decl.fields, _FIELDS, inner, "a model")
    if "weights" in known and "url" in known:
        inner.error("PED0202", known["url"].key, "a model has `weights:` or `url:`, and not both",
                    "leave one of them out", also=(known["weights"].key, "here"))
    target = fields.string(known.get("weights") or known.get("url"), inner)
    payload = plan.Model(name, f"{_engine(known.get('engine'), decl, inner)}:{target}",
                         _number(known.get("temperature"), HOTTEST, inner) or 0.0, found.module.place(decl.name),
                         _whole(known.get("context"), "Tokens", inner), _whole(known.get("seed"), "", inner),
                         _number(known.get("top_p"), 1.0, inner), fields.string(known.get("adapter"), inner))
    context = known.get("context")
    return graph.add(carrying(payload, name, found.module.span(decl.name),
                              {"context": found.module.span(context.value)} if context is not None else None))


def _engine(field: tree.Field | None, decl: tree.ModelDecl, scope: Scope) -> str:
    if field is None:
        scope.error("PED0702", decl.name, f"the model `{decl.name.text}` has no `engine:`",
                    "add for example `engine: llama`; `ped engines` lists them")
        return ""
    if isinstance(field.value, tree.Name):
        return field.value.word.text
    scope.error("PED0309", field.value, "`engine:` is the name of an engine", "`ped engines` lists them")
    return ""


def _number(field: tree.Field | None, most: float, scope: Scope) -> float | None:
    """A plain number from 0 to `most`."""
    if field is None:
        return None
    value = numerals.signed(field.value)
    if value is None:
        scope.error("PED0309", field.value, f"`{field.key.text}:` is a number", "write for example `0.7`")
    elif not 0 <= value <= most:
        scope.error("PED0305", field.value, f"{value:g} is not in 0..{most:g}", f"write a number from 0 to {most:g}" +
                    ("; at 0 the words are the same each time" if field.key.text == "temperature" else ""))
    else:
        return float(value)
    return None


def _whole(field: tree.Field | None, unit: str, scope: Scope) -> int | None:
    if field is None:
        return None
    return fields.whole(field.value, scope, f"`{field.key.text}:`", unit, 1 if unit else 0)


def role_model(field: tree.Field | None, scope: Scope) -> str:
    """The model that answers for a role: its name, or that of the flow's parameter that says which one."""
    if field is None:
        return ""
    match field.value:
        case tree.Name(word=word):
            match scope.lookup(word.text):
                case Typed(type=of, expr=nodes.Name(name) | nodes.Lit(str() as name)) if of.name == "Model":
                    return name
    reference = references.resolve(field.value, scope, "a model", tree.ModelDecl)
    return reference.found.decl.name.text if reference is not None else ""
