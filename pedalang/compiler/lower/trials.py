"""Tests: fixed traces of a flow, and what is expected of them; and properties: what is expected of every dialogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import carrying
from pedalang.compiler.lower import contracts, fields, formulas, models, records, relations, traces, variations
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, find, only
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

StageOf = Callable[[Declared[tree.FlowDecl]], Stage | None]
Trial = tree.TestDecl | tree.PropertyDecl


class _Given(NamedTuple):
    """What a test is given: values of the flow's parameters, and traces; each with the word that names it."""

    values: dict[str, nodes.Expr]
    traces: dict[str, tuple[plan.Heard, ...]]
    words: dict[str, tree.Word]


def test(graph: Graph, found: Declared[tree.TestDecl], stage_of: StageOf, scope: Scope) -> None:
    """Adds a test."""
    decl = found.decl
    before = len(scope.report.errors)
    known = fields.read(decl.items, ("flow",), scope, "a test")
    for item in decl.items:
        if isinstance(item, tree.Forall | tree.ExpectSame):
            scope.error("PED0210", item, "a test has fixed traces, and nothing that varies",
                        "write `property` in place of `test`, or `given`")
    stage = _stage(decl, known, stage_of, scope)
    if stage is None:
        return
    given = _given(decl, stage, scope)
    name = texts.plain(found.module.source, decl.name)
    blank = plan.Test(name, stage.name, given.values, given.traces, (), found.module.place(decl))
    if not given.traces and len(scope.report.errors) == before:
        scope.error("PED0702", decl.name, f"the test {decl.name.text} has no trace",
                    "add for example `given t: trace([teacher.ask, student])`")
    expects = tuple(_expectations(graph, decl, given, stage, scope))
    if not expects and len(scope.report.errors) == before:
        scope.error("PED0702", decl.name, f"the test {decl.name.text} expects nothing",
                    "add `expect CONTRACT accepts t`, or `expect` with a formula")
    node = graph.add(carrying(replace(blank, expects=expects), name, scope.span(decl.name)))
    graph.link(node.id, "over", f"flow:{stage.name}")


def property(graph: Graph, found: Declared[tree.PropertyDecl], stage_of: StageOf, scope: Scope) -> None:
    """Adds a property."""
    decl = found.decl
    known = fields.read(decl.items, ("flow", "model", "runs", "seed", "replay"), scope, "a property")
    runs = fields.whole(known["runs"].value if "runs" in known else None, scope, "`runs:`")
    seed = fields.whole(known["seed"].value if "seed" in known else None, scope, "a seed", least=0)
    model = ""
    if "model" in known:
        named = references.resolve(known["model"].value, scope, "a model", tree.ModelDecl)
        model = models.model(graph, named.found, scope).name if named is not None else ""
    stage = _stage(decl, known, stage_of, scope)
    if stage is None:
        return
    varied = variations.read(graph, decl, stage, scope)
    drawn = _Given({name: nodes.Lit(None) for name in stage.params}, {}, _fixed(decl, scope))
    blank = plan.Property(texts.plain(found.module.source, decl.name), stage.name, varied, (), found.module.place(decl),
                          model)
    payload = replace(blank, expects=tuple(_expectations(graph, decl, drawn, stage, scope)), seed=seed or 0,
                      runs=runs or blank.runs, replay=fields.string(known.get("replay"), scope),
                      same=tuple(relations.read(decl, stage, scope)))
    node = graph.add(carrying(payload, payload.name, scope.span(decl.name)))
    graph.link(node.id, "over", f"flow:{stage.name}")
    for over in varied.values():
        if isinstance(over, plan.Rows):
            graph.link(node.id, "reads", f"dataset:{over.rows.dataset}")


def _fixed(decl: tree.PropertyDecl, scope: Scope) -> dict[str, tree.Word]:
    """Reports what is given in a property: nothing in it is fixed."""
    found = {item.key.text: item.key for item in decl.items if isinstance(item, tree.Given)}
    for word in found.values():
        scope.error("PED0210", word, "a property has nothing that is given",
                    f"write `forall {word.text} in […]`, or `test` in place of `property`")
    return found


def _stage(decl: Trial, known: Mapping[str, tree.Field], stage_of: StageOf, scope: Scope) -> Stage | None:
    """The flow that a test is over: the one that it names, that of its contracts, or the only one there is."""
    if "flow" in known:
        named = references.resolve(known["flow"].value, scope, "a flow", tree.FlowDecl)
        return stage_of(named.found) if named is not None else None
    for item in decl.items:
        contract = contracts.resolve(item.contract, scope) if isinstance(item, tree.ExpectVerdict) else None
        over = contract.found.decl.over if contract is not None else None
        if contract is not None and over is not None:
            flow = only(find(contract.found.module, over.text), tree.FlowDecl)
            if flow is not None:
                return stage_of(flow)
    flows = [each for name in scope.module.decls if (each := only(find(scope.module, name), tree.FlowDecl)) is not None]
    if len(flows) == 1:
        return stage_of(flows[0])
    scope.error("PED0702", decl.name, f"{decl.name.text} does not say which flow it is about", "add `flow: NAME`")
    return None


def _given(decl: Trial, stage: Stage, scope: Scope) -> _Given:
    found = _Given({}, {}, {})
    for item in decl.items:
        if not isinstance(item, tree.Given):
            continue
        name = item.key.text
        if name in found.words:
            scope.twice(item.key, f"`given {name}:`", found.words[name])
        found.words[name] = item.key
        if traces.is_trace(item.value):
            found.traces[name] = traces.trace(item.value, stage, scope.binding(stage.values))
        elif name in stage.params:
            found.values[name] = records.value(item.value, stage.params[name].type, scope)
        else:
            scope.error("PED0201", item.key, f"the flow `{stage.name}` has no parameter `{name}`, and this is no trace",
                        did_you_mean(name, stage.params) or "write `trace([…])`")
    return found


# ---------------------------------------------------------------- what is expected


def _expectations(graph: Graph, decl: Trial, given: _Given, stage: Stage, scope: Scope) -> Iterator[plan.Expectation]:
    inner = scope.binding(stage.values)
    for item in decl.items:
        match item:
            case tree.ExpectVerdict() if isinstance(decl, tree.PropertyDecl):
                scope.error("PED0210", item.trace, "a property has no traces", "write `expect CONTRACT` for what every "
                            "dialogue keeps")
                continue
            case tree.ExpectVerdict():
                made = _verdict(graph, item, given, stage, inner)
            case tree.Expect(formula=tree.Name() | tree.Attribute() | tree.Call() as named) \
                    if _contract(named, inner) is not None:
                made = _kept(graph, item, named, given, stage, inner)
            case tree.Expect(formula=formula):
                if isinstance(decl, tree.PropertyDecl):
                    formulas.says_when(formula, "this", scope)
                read, watched = formulas.formula(formula, "what is expected", stage, inner)
                made = plan.Expectation(formulas.as_written(formula, scope), scope.module.place(item), formula=read,
                                        automaton=watched)
                _known(plan.atoms(read), given, stage, item, "it", scope)
            case _:
                continue
        if made is not None:
            yield made


def _contract(expr: tree.Expr, scope: Scope) -> tree.Expr | None:
    """The contract that an expression names, `CONTRACT`, `CONTRACT(…)` or the beginning of `CONTRACT.CLAUSE`."""
    of = expr.of if isinstance(expr, tree.Attribute) else expr
    head = of.function if isinstance(of, tree.Call) else of
    named = scope.lookup(head.word.text) if isinstance(head, tree.Name) else None
    return of if isinstance(named, Declared) and isinstance(named.decl, tree.ContractDecl) else None


def _kept(graph: Graph, item: tree.Expect, named: tree.Expr, given: _Given, stage: Stage,
          scope: Scope) -> plan.Expectation | None:
    """`expect CONTRACT`: its hard clauses hold; `expect CONTRACT.CLAUSE`: this one does."""
    of = _contract(named, scope)
    reference = contracts.resolve(of, scope) if of is not None else None
    node = contracts.contract(graph, reference, item, stage, scope) if reference is not None else None
    if node is None or reference is None:
        return None
    clauses = [each for each in node.payload.clauses if each.severity == "hard"]
    if isinstance(named, tree.Attribute):
        clauses = [each for each in node.payload.clauses if each.name == named.name.text]
        if not clauses:
            scope.error("PED0304", named.name, f"the contract `{reference.word.text}` has no clause "
                        f"`{named.name.text}`", did_you_mean(named.name.text, [each.name for each in
                                                                             node.payload.clauses], "its clauses are"))
            return None
    elif not clauses:
        scope.error("PED0702", item, f"the contract `{reference.word.text}` has no hard clause to keep",
                    f"name a clause: `expect {reference.word.text}.{node.payload.clauses[0].name}`"
                    if node.payload.clauses else "give it one")
        return None
    _known([atom for each in clauses for atom in plan.atoms(each.formula)], given, stage, item,
           f"`{reference.word.text}`", scope)
    return plan.Expectation(formulas.as_written(item.formula, scope), scope.module.place(item), node.name,
                            clauses=tuple(each.name for each in clauses))


def _verdict(graph: Graph, item: tree.ExpectVerdict, given: _Given, stage: Stage,
             scope: Scope) -> plan.Expectation | None:
    contract = contracts.resolve(item.contract, scope)
    node = contracts.contract(graph, contract, item.contract, stage, scope) if contract is not None else None
    trace = item.trace.word.text if isinstance(item.trace, tree.Name) else ""
    if trace not in given.traces:
        if trace not in given.words:
            scope.error("PED0201", item.trace, f"there is no trace `{trace}`" if trace else "a trace is wanted here",
                        did_you_mean(trace, given.traces, "there is") or "write `given t: trace([…])`")
        return None
    if node is None or contract is None:
        return None
    read = [atom for clause in node.payload.clauses for atom in plan.atoms(clause.formula)]
    _known(read, given, stage, item, f"`{contract.word.text}`", scope)
    text = " ".join(scope.span(item).text.split()).removeprefix("expect ")
    return plan.Expectation(text, scope.module.place(item), node.name, trace, item.verdict.text == "accepts")


def _known(atoms: Iterable[plan.Atom], given: _Given, stage: Stage, at: tree.Node,
           who: str, scope: Scope) -> None:
    """What a fact reads of the flow's parameters is given: else it would hold nowhere, whatever it says."""
    read = {name for atom in atoms for name in nodes.names(atom.holds)}
    missing = [name for name in stage.params if name in read and name not in given.values]
    if missing:
        scope.error("PED0307", at, f"{who} reads `{missing[0]}` of the flow, which the test does not give",
                    f"add `given {missing[0]}: …`")
