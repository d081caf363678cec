"""Record types, data sets and selections of their rows."""

from __future__ import annotations

from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import columns, fields, splits
from pedalang.compiler.semantics import elaborate, members, references, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_FIELDS = ("licence", "splits", "seed", "sha256", "transcripts", "columns", "each")
_LINES = ("csv", "any")
"""Formats of recorded dialogues in which a line of the file need not be a row of the data set."""
_COLUMNS = ("speaker", "text", "start", "end", "dialogue", "move")
"""What a column of a table of utterances may hold."""


def record(graph: Graph, found: Declared[tree.TypeDecl], at: tree.Node, scope: Scope) -> Node[plan.RecordType]:
    """The node of a record type, and of those that its fields hold; added if they are not there yet."""
    name, place = found.decl.name.text, found.module.place(found.decl.name)
    for node in graph.nodes(plan.RecordType):
        if node.name == name:
            if node.payload.place != place:
                scope.error("PED0202", at, f"two types are called `{name}`", "give one of them another name")
            return node
    inner = scope.inside(found, {})
    specs: list[plan.FieldSpec] = []
    inside: list[Type] = []
    for each in found.decl.fields:
        of = written.read(each.type, inner)
        default = elaborate.expression(each.default, inner, of).expr if each.default is not None else None
        specs.append(plan.FieldSpec(each.key.text, str(of.required), of.optional, default, _cases(of)))
        inside.append(of)
        inner = inner.binding({each.key.text: Typed(of, nodes.Name(each.key.text))})
    node = graph.add(carrying(plan.RecordType(name, tuple(specs), place), name, found.module.span(found.decl.name)))
    for of in inside:
        _held(graph, of, at, scope)
    return node


def _held(graph: Graph, of: Type, at: tree.Node, scope: Scope) -> None:
    match of.of:
        case Declared(home, tree.TypeDecl() as decl):
            record(graph, Declared(home, decl), at, scope)
    for inside in of.arguments:
        _held(graph, inside, at, scope)


def _cases(of: Type) -> tuple[str, ...]:
    """What a value, or each value of a list or map, may be, where that is an enum."""
    return of.cases or (_cases(of.arguments[-1]) if of.name in ("List", "Map") else ())


def dataset(graph: Graph, found: Declared[tree.DatasetDecl], scope: Scope) -> Node[plan.Dataset]:
    """The node of a data set, and of the record type that it makes; added if they are not there yet."""
    decl, name = found.decl, found.decl.name.text
    for node in graph.nodes(plan.Dataset):
        if node.name == name:
            return node
    inner = scope.inside(found, {"row": Typed(types.ROW, nodes.Name("row"))})
    known = fields.read(decl.items, _FIELDS, inner, "a dataset")
    each = elaborate.expression(known["each"].value, inner, types.ANY).expr if "each" in known else None
    if each is not None:
        inner = inner.binding({"entry": Typed(types.ENTRY, nodes.Name("entry"))})
    of = row_type(decl, inner)
    if decl.path is None:
        inner.error("PED0702", decl.name, f"the dataset `{name}` does not say which file it is",
                    "write `from \"FILE\"` after its name")
    path = texts.plain(found.module.source, decl.path) if decl.path is not None else ""
    cut = splits.read(known.get("splits"), known.get("seed"), inner)
    maps = _maps(decl, of, inner)
    form = fields.string(known.get("transcripts"), inner)
    if decl.path is not None and columns.inside(decl, decl.path, path, inner) and form not in _LINES:
        columns.check(decl, path, of, inner)
    payload = plan.Dataset(
        name, path, of.decl.name.text if of is not None else "", maps, cut.rows, cut.shares, cut.seed,
        fields.string(known.get("licence"), inner), fields.string(known.get("sha256"), inner),
        form, found.module.place(decl.name), each, _columns(known.get("columns"), form, inner))
    node = graph.add(carrying(payload, name, found.module.span(decl.name)))
    if of is not None:
        graph.link(node.id, "makes", record(graph, of, decl.type or decl.name, inner).id)
    return node


def _columns(field: tree.Field | None, form: str, scope: Scope) -> dict[str, str]:
    """What a table of utterances calls its columns, by what they hold."""
    found: dict[str, str] = {}
    for holds, value in fields.entries(field, scope).items():
        if holds not in _COLUMNS:
            scope.error("PED0210", value, f"a column holds no `{holds}`", did_you_mean(holds, _COLUMNS, "it may hold"))
        elif isinstance(value, tree.Text):
            found[holds] = texts.plain(scope.module.source, value.word)
        else:
            scope.error("PED0309", value, "the name of a column is a text in quotes", f'write `{holds}: "NAME"`')
    if field is not None and not form:
        scope.error("PED0702", field.key, "`columns:` are those of recorded dialogues, and this dataset has none",
                    'say in which format they are: `transcripts: "csv"`')
    return found


def row_type(decl: tree.DatasetDecl, scope: Scope) -> Declared[tree.TypeDecl] | None:
    """What the rows of a data set are, in the scope of its own text."""
    if decl.type is None:
        scope.error("PED0702", decl.name, f"the dataset `{decl.name.text}` does not say what its rows are",
                    "write `as TYPE` after its path")
        return None
    of = written.read(decl.type, scope)
    match of.of:
        case Declared(module, tree.TypeDecl() as record):
            return Declared(module, record)
    if of.name != "Any":
        scope.error("PED0302", decl.type, f"a row is a record, and `{of}` is none", "declare it with `type`")
    return None


def _maps(decl: tree.DatasetDecl, of: Declared[tree.TypeDecl] | None, scope: Scope) -> dict[str, nodes.Expr]:
    known = members.fields(types.named(of), scope) if of is not None else {}
    found: dict[str, nodes.Expr] = {}
    words: dict[str, tree.Word] = {}
    for item in decl.items:
        if not isinstance(item, tree.Map):
            continue
        name = item.name.text
        if name in words:
            scope.twice(item.name, f"the map of `{name}`", words[name])
        if of is not None and name not in known:
            scope.error("PED0304", item.name, f"the record `{of.decl.name.text}` has no field `{name}`",
                        did_you_mean(name, known, "its fields are"))
        # A row may lack what the map reads: that is seen when the data is.
        wanted = types.optional(_loose(known[name])) if name in known else None
        found[name], words[name] = elaborate.expression(item.value, scope, wanted).expr, item.name
    return found


def _loose(of: Type) -> Type:
    """The type as a loader takes it: texts and numbers are made to fit a field's own type."""
    return types.ANY if of.is_number or of.cases or of.name in ("Text", "Bool") else of


def selection(graph: Graph, expr: tree.Expr, scope: Scope) -> tuple[plan.Selection, Node[plan.Dataset]] | None:
    """`DATA`, `DATA.SPLIT`, and either with `.sample(N, seed: S)`; with the node of the data set."""
    drawn, of = _NO_SAMPLE, expr
    if isinstance(expr, tree.Call) and isinstance(expr.function, tree.Attribute):
        if expr.function.name.text != "sample":
            name = expr.function.name
            scope.error("PED0304", name, f"a dataset has no function `{name.text}`",
                        did_you_mean(name.text, ["sample"], "it has"))
            return None
        of = expr.function.of
        drawn = _sample(expr, scope)
    split = None
    if isinstance(of, tree.Attribute) and not is_module(of.of, scope):
        split, of = of.name, of.of
    reference = references.resolve(of, scope, "a dataset", tree.DatasetDecl)
    if reference is None:
        return None
    node = dataset(graph, reference.found, scope)
    known = (*node.payload.splits, *node.payload.shares)
    if split is not None and split.text not in known:
        scope.error("PED0304", split, f"the dataset `{node.name}` has no split `{split.text}`",
                    did_you_mean(split.text, known, "its splits are"))
        return None
    if drawn.stratify is not None:
        _stratum(drawn.stratify, graph, node, scope)
    return plan.Selection(node.name, split.text if split is not None else "", drawn.size, drawn.seed,
                          _plain(drawn.stratify, scope)), node


def _stratum(of: tree.Expr, graph: Graph, node: Node[plan.Dataset], scope: Scope) -> None:
    """Reports a stratum that is no field of the rows."""
    known = [spec.name for record in graph.after(node.id, "makes", plan.RecordType) for spec in record.payload.fields]
    if not isinstance(of, tree.Text):
        scope.error("PED0309", of, "`stratify:` is the name of a field, in quotes",
                    "write for example `stratify: \"topic\"`")
    elif known and _plain(of, scope) not in known:
        scope.error("PED0304", of, f"the rows of `{node.name}` have no field `{_plain(of, scope)}`",
                    did_you_mean(_plain(of, scope), known, "their fields are"))


def _plain(of: tree.Expr | None, scope: Scope) -> str:
    return texts.plain(scope.module.source, of.word) if isinstance(of, tree.Text) else ""


def named(expr: tree.Expr, scope: Scope) -> Declared[tree.DatasetDecl] | None:
    """The data set that a selection is of."""
    of = expr.function.of if isinstance(expr, tree.Call) and isinstance(expr.function, tree.Attribute) else expr
    if isinstance(of, tree.Attribute) and not is_module(of.of, scope):
        of = of.of
    reference = references.resolve(of, scope, "a dataset", tree.DatasetDecl)
    return reference.found if reference is not None else None


def is_module(expr: tree.Expr, scope: Scope) -> bool:
    """Whether an expression is the name of an imported module."""
    return isinstance(expr, tree.Name) and expr.word.text in scope.module.imports and \
        scope.module.imports[expr.word.text].name is None


class _Drawn(NamedTuple):
    """What `sample` is given."""

    size: int | None
    seed: int
    stratify: tree.Expr | None


_NO_SAMPLE = _Drawn(None, 0, None)


def _sample(call: tree.Call, scope: Scope) -> _Drawn:
    given: dict[str, int | None] = {}
    stratify: tree.Expr | None = None
    before = len(scope.report.errors)
    for argument in call.arguments:
        match argument:
            case tree.Named(key=key, value=value) if key.text == "seed" and "seed" not in given:
                given["seed"] = fields.whole(value, scope, "a seed", least=0)
            case tree.Named(key=key, value=value) if key.text == "stratify" and stratify is None:
                stratify = value
            case tree.Named() | tree.Comprehension():
                scope.error("PED0307", argument, "`sample` takes a number of rows, `seed:` and `stratify:`",
                            "write for example `sample(8, seed: 1)`")
            case _ if "size" in given:
                scope.error("PED0307", argument, "`sample` takes one number of rows")
            case _:
                given["size"] = fields.whole(argument, scope, "the size of a sample")
    if len(scope.report.errors) > before:
        return _NO_SAMPLE
    if "size" not in given:
        scope.error("PED0307", call, "`sample` does not say how many rows", "write for example `sample(8, seed: 1)`")
    if "seed" not in given:
        scope.warning("PED0820", call, "this sample has no seed of its own, so 0 is used",
                      "write `sample(N, seed: S)`: then a change of it is seen")
    return _Drawn(given.get("size"), given.get("seed") or 0, stratify)
