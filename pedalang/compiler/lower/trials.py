"""Tests: fixed traces of a flow, and what is expected of them; and properties, which are checked and not run yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import carrying
from pedalang.compiler.lower import contracts, data, fields, formulas, models, records, traces
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import declarations, elaborate, references, types
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
        if isinstance(item, tree.Forall):
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
    """Checks a property; if nothing is wrong with it, it is said that it cannot be run yet."""
    decl = found.decl
    before = len(scope.report.found)
    known = fields.read(decl.items, ("flow", "model", "runs", "seed"), scope, "a property")
    fields.whole(known["runs"].value if "runs" in known else None, scope, "`runs:`")
    fields.whole(known["seed"].value if "seed" in known else None, scope, "a seed", least=0)
    if "model" in known:
        named = references.resolve(known["model"].value, scope, "a model", tree.ModelDecl)
        if named is not None:
            models.model(graph, named.found, scope)
    stage = _stage(decl, known, stage_of, scope)
    if stage is None:
        return
    _varied(graph, decl, stage, scope)
    drawn = _given(decl, stage, scope)._replace(values={name: nodes.Lit(None) for name in stage.params})
    expects = tuple(_expectations(graph, decl, drawn, stage, scope))
    if not expects and len(scope.report.found) == before:
        scope.error("PED0702", decl.name, f"the property {decl.name.text} expects nothing",
                    "add `expect` with a formula")
    if len(scope.report.found) == before:
        declarations.not_run(decl, scope)


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


def _varied(graph: Graph, decl: tree.PropertyDecl, stage: Stage, scope: Scope) -> None:
    """What a property varies: a parameter of the flow, over rows of data or the items of a list; or a member of the
    cast, over students: `any(Learner)`."""
    words: dict[str, tree.Word] = {}
    for item in decl.items:
        if not isinstance(item, tree.Forall):
            continue
        name = item.name.text
        if name in words:
            scope.twice(item.name, f"`forall {name}`", words[name])
        words[name] = item.name
        match item.values:
            case tree.Call(function=tree.Name(word=word), arguments=(of,)) if word.text == "any" and \
                    not isinstance(of, tree.Named | tree.Comprehension):
                references.resolve(of, scope, "a role or student", tree.StudentDecl, tree.RoleDecl)
                known = stage.roles
            case tree.List() | tree.ListOf() | tree.Range():
                over = elaborate.operand(item.values, scope)
                wanted = stage.params[name].type if name in stage.params else types.ANY
                if over.type.item is not None and not types.fits(over.type.item, wanted):
                    scope.error("PED0301", item.values, f"`{name}` of the flow `{stage.name}` is `{wanted}`, and this "
                                f"is a list of {over.type.item}")
                known = stage.params
            case _:
                data.selection(graph, item.values, scope)
                known = stage.params
        if name not in known:
            what = "a member of the cast" if known is stage.roles else "a parameter"
            scope.error("PED0201", item.name, f"`{name}` is not {what} of the flow `{stage.name}`",
                        did_you_mean(name, known, "there is"))


# ---------------------------------------------------------------- what is expected


def _expectations(graph: Graph, decl: Trial, given: _Given, stage: Stage, scope: Scope) -> Iterator[plan.Expectation]:
    inner = scope.binding(stage.values)
    for item in decl.items:
        match item:
            case tree.ExpectVerdict():
                made = _verdict(graph, item, given, stage, inner)
            case tree.Expect(formula=formula):
                read, watched = formulas.formula(formula, "what is expected", stage, inner)
                made = plan.Expectation(formulas.as_written(formula, scope), scope.module.place(item), formula=read,
                                        automaton=watched)
                _known(formulas.facts(read), given, stage, item, "it", scope)
            case _:
                continue
        if made is not None:
            yield made


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
    read = [fact for clause in node.payload.clauses for fact in formulas.facts(clause.formula)]
    _known(read, given, stage, item, f"`{contract.word.text}`", scope)
    text = " ".join(scope.span(item).text.split()).removeprefix("expect ")
    return plan.Expectation(text, scope.module.place(item), node.name, trace, item.verdict.text == "accepts")


def _known(facts: Iterable[nodes.Expr], given: _Given, stage: Stage, at: tree.Node,
           who: str, scope: Scope) -> None:
    """What a fact reads of the flow's parameters is given: else it would hold nowhere, whatever it says."""
    read = {name for fact in facts for name in formulas.names(fact)}
    missing = [name for name in stage.params if name in read and name not in given.values]
    if missing:
        scope.error("PED0307", at, f"{who} reads `{missing[0]}` of the flow, which the test does not give",
                    f"add `given {missing[0]}: …`")
