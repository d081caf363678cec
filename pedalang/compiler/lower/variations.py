"""What a property varies: `forall NAME in …`."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import data, records
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate, references, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes


def read(graph: Graph, decl: tree.PropertyDecl, stage: Stage, scope: Scope) -> dict[str, plan.Over]:
    """What each parameter of the flow may be; those that are not named are any value of their type."""
    found: dict[str, plan.Over] = {}
    words: dict[str, tree.Word] = {}
    for item in decl.items:
        if not isinstance(item, tree.Forall):
            continue
        name = item.name.text
        if name in words:
            scope.twice(item.name, f"`forall {name}`", words[name])
        words[name] = item.name
        over = _over(graph, item, stage, scope)
        if over is not None:
            found[name] = over
    for name, param in stage.params.items():
        if name not in words and name not in stage.defaults:
            found[name] = _typed(graph, param.type, decl.name, f"`{name}` of the flow `{stage.name}`", scope)
    return found


def _over(graph: Graph, item: tree.Forall, stage: Stage, scope: Scope) -> plan.Over | None:
    name = item.name.text
    match item.values:
        case tree.Call(function=tree.Name(word=word), arguments=(of,)) if word.text == "any" and \
                not isinstance(of, tree.Named | tree.Comprehension):
            return _any(graph, item, of, stage, scope)
        case tree.List(items=items):
            wanted = _wanted(item, stage, scope)
            return plan.Listed(nodes.Items(tuple(records.value(each, wanted, scope) for each in items)))
        case tree.ListOf() | tree.Range():
            over = elaborate.operand(item.values, scope)
            wanted = _wanted(item, stage, scope)
            if over.type.item is not None and not types.fits(over.type.item, wanted):
                scope.error("PED0301", item.values, f"`{name}` of the flow `{stage.name}` is `{wanted}`, and this "
                            f"is a list of {over.type.item}")
            return plan.Listed(over.expr) if name in stage.params else None
    selected = data.selection(graph, item.values, scope)
    wanted = _wanted(item, stage, scope)
    if selected is None or name not in stage.params:
        return None
    selection, dataset = selected
    makes = [node.name for node in graph.after(dataset.id, "makes", plan.RecordType)]
    if makes and str(wanted) not in (*makes, "Any"):
        scope.error("PED0301", item.values, f"`{name}` of the flow `{stage.name}` is `{wanted}`, and a row of "
                    f"`{dataset.name}` is `{makes[0]}`")
    return plan.Rows(selection)


def _any(graph: Graph, item: tree.Forall, of: tree.Expr, stage: Stage, scope: Scope) -> plan.Over | None:
    """`any(TYPE)` for a parameter; `any(STUDENT)` for a member of the cast, whose draws are any."""
    name = item.name.text
    if isinstance(of, tree.Name) and name in stage.params:
        type = tree.Type(of.start, of.end, tree.NamePath(of.start, of.end, (of.word,)), None, None, None)
        given, wanted = written.read(type, scope), stage.params[name].type
        if given == types.ANY:
            return None
        if not types.fits(given, wanted):
            scope.error("PED0301", of, f"`{name}` of the flow `{stage.name}` is `{wanted}`, not `{given}`")
        return _typed(graph, given, of, f"`{given}`", scope)
    played = references.resolve(of, scope, "a role or student", tree.StudentDecl, tree.RoleDecl)
    if name not in stage.roles:
        scope.error("PED0201", item.name, f"`{name}` is not a member of the cast of the flow `{stage.name}`",
                    did_you_mean(name, (*stage.roles, *stage.params), "there is"))
    elif played is not None and played.word.text != stage.roles[name].name:
        scope.error("PED0301", of, f"the flow `{stage.name}` casts `{stage.roles[name].name}` as `{name}`, not "
                    f"`{played.word.text}`", f"write `any({stage.roles[name].name})`")
    return None


def _wanted(item: tree.Forall, stage: Stage, scope: Scope) -> Type:
    """The type of the parameter that is varied; `Any` where there is none, which is reported."""
    name = item.name.text
    if name in stage.params:
        return stage.params[name].type
    scope.error("PED0201", item.name, f"`{name}` is not a parameter of the flow `{stage.name}`",
                did_you_mean(name, stage.params, "there is"))
    return types.ANY


_DRAWN = frozenset({*types.SCALARS, *types.UNITS, "List", "Map"})
"""Types, besides records and enums, of which a value can be made up."""


def _typed(graph: Graph, of: Type, at: tree.Node, what: str, scope: Scope) -> plan.Typed:
    """Any value of a type, with the records that it holds."""
    match of.of:
        case Declared(home, tree.TypeDecl() as decl):
            data.record(graph, Declared(home, decl), at, scope)
    if not (of.name in _DRAWN or of.is_record or of.is_enum):
        scope.error("PED0307", at, f"no value of the type {of} can be made up for {what}",
                    "say what it may be: `forall NAME in […]`")
    return plan.Typed(str(of), of.cases)
