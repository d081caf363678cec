"""Record types, data sets and selections of their rows."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import elaborate, types, written
from pedalang.compiler.semantics.scope import Declared, Scope, Typed
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes, values


def record(graph: Graph, found: Declared, scope: Scope) -> Node:
    """The node of a record type; a default may use the fields before it."""
    assert isinstance(found.decl, tree.TypeDecl)
    name = found.decl.name.text
    if f"record:{name}" in graph:
        return graph.node(f"record:{name}")
    inner = scope.inside(found, {})
    specs: list[plan.FieldSpec] = []
    for each in found.decl.fields:
        of = written.read(each.type, inner)
        default = elaborate.expression(each.default, inner, of).expr if each.default is not None else None
        specs.append(plan.FieldSpec(each.key.text, _written(of.required), of.optional, default, of.cases))
        inner = inner.binding({each.key.text: Typed(of, nodes.Name(each.key.text))})
    payload = plan.RecordType(name, tuple(specs), found.module.place(found.decl.name))
    return graph.add(Node("record", name, payload, found.module.span(found.decl.name)))


def _written(of: types.Type) -> str:
    """The type with the bounds that its author gave it: whoever loads data holds it to them."""
    inside = f"[{', '.join(map(_written, of.arguments))}]" if of.arguments else ""
    bounded = of.low is not None and of.high is not None and of.name != types.PROB.name
    bounds = f" in {values.to_text(of.low)}..{values.to_text(of.high)}" if bounded else ""
    return f"{of.name}{inside}{'?' if of.optional else ''}{bounds}"


def dataset(graph: Graph, found: Declared, scope: Scope) -> Node:
    """The node of a data set, and of the record type that it makes."""
    assert isinstance(found.decl, tree.DatasetDecl)
    decl, name = found.decl, found.decl.name.text
    if f"dataset:{name}" in graph:
        return graph.node(f"dataset:{name}")
    inner = scope.inside(found, {"row": Typed(types.ROW, nodes.Name("row"))})
    known = fields.read(decl.items, ("licence", "splits", "sha256", "transcripts"), inner, "dataset")
    maker = _record_of(graph, decl, inner)
    names = {spec.name for spec in maker.payload.fields} if maker else set()  # type: ignore[attr-defined]
    payload = plan.Dataset(
        name, texts.plain(found.module.source, decl.path) if decl.path else "", maker.name if maker else "",
        _maps(decl, names, inner), _splits(known.get("splits"), inner), fields.string(known.get("licence"), inner),
        fields.string(known.get("sha256"), inner), fields.string(known.get("transcripts"), inner),
        found.module.place(decl.name))
    node = graph.add(Node("dataset", name, payload, found.module.span(decl.name)))
    if maker is not None:
        graph.link(node.id, "makes", maker.id)
    return node


def _record_of(graph: Graph, decl: tree.DatasetDecl, scope: Scope) -> Node | None:
    if decl.type is None:
        scope.error("PED0309", decl.name, f"dataset `{decl.name.text}` does not say what its rows are",
                    "write `as TYPE` after its path")
        return None
    of = written.read(decl.type, scope)
    if of.kind != "record":
        if of is not types.ANY:
            scope.error("PED0302", decl.type, f"rows are records, and {of} is none")
        return None
    match scope.lookup(of.name):
        case Declared(_, tree.TypeDecl()) as found:
            return record(graph, found, scope)
    return None


def _maps(decl: tree.DatasetDecl, names: set[str], scope: Scope) -> dict[str, nodes.Expr]:
    found: dict[str, nodes.Expr] = {}
    for item in decl.items:
        if isinstance(item, tree.Map):
            if names and item.name.text not in names:
                scope.error("PED0304", item.name, f"the record has no field `{item.name.text}`",
                            did_you_mean(item.name.text, names))
            found[item.name.text] = elaborate.expression(item.value, scope).expr
    return found


def _splits(field: tree.Field | None, scope: Scope) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for name, value in (fields.entries(field, scope) if field else {}).items():
        if isinstance(value, tree.Range):
            low = fields.whole(value.low, scope, "the first row of a split")
            high = fields.whole(value.high, scope, "the last row of a split")
            if low is not None and high is not None:
                if low >= high:
                    scope.error("PED0305", value, f"the split `{name}` has no rows")
                found[name] = (low, high)
        else:
            scope.error("PED0309", value, "a split is a range of rows", "write for example `0..40`")
    return found


def selection(graph: Graph, expr: tree.Expr, scope: Scope) -> tuple[plan.Selection, Node] | None:
    """`DATA`, `DATA.SPLIT`, and either with `.sample(N, seed: S)`; the node is the data set's."""
    sample, seed, of = None, 0, expr
    if isinstance(expr, tree.Call) and isinstance(expr.function, tree.Attribute):
        if expr.function.name.text != "sample":
            scope.error("PED0304", expr.function.name, f"a dataset has no function `{expr.function.name.text}`",
                        did_you_mean(expr.function.name.text, ["sample"]))
            return None
        of = expr.function.of
        sample, seed = _sample(expr, scope)
    split = of.name if isinstance(of, tree.Attribute) else None
    base = of.of if isinstance(of, tree.Attribute) else of
    if not isinstance(base, tree.Name):
        scope.error("PED0309", expr, "data is a dataset, one of its splits, or a sample of either")
        return None
    match scope.lookup(base.word.text):
        case Declared(_, tree.DatasetDecl()) as found:
            node = dataset(graph, found, scope)
            assert isinstance(node.payload, plan.Dataset)
            if split is not None and split.text not in node.payload.splits:
                scope.error("PED0304", split, f"dataset `{node.name}` has no split `{split.text}`",
                            did_you_mean(split.text, node.payload.splits))
                return None
            return plan.Selection(node.name, split.text if split else "", sample, seed), node
        case None:
            scope.unknown(base.word, "dataset")
        case _:
            scope.error("PED0208", base.word, f"`{base.word.text}` is no dataset")
    return None


def _sample(call: tree.Call, scope: Scope) -> tuple[int | None, int]:
    size, seed = None, None
    for argument in call.arguments:
        if isinstance(argument, tree.Named) and argument.key.text == "seed":
            seed = fields.whole(argument.value, scope, "a seed")
        elif isinstance(argument, tree.Named | tree.Comprehension):
            scope.error("PED0307", argument, "`sample` takes a number of rows and `seed:`")
        else:
            size = fields.whole(argument, scope, "the size of a sample")
    if seed is None:
        scope.report.warning("PED0820", scope.span(call), "this sample has no seed of its own, so 0 is used",
                             help="write `sample(N, seed: S)`: then a change of it is seen")
    return size, seed or 0
