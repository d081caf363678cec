"""The whole program into one graph: first data, then flows, then what speaks of flows, then runs."""

from __future__ import annotations

from collections.abc import Iterator

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.compiler.lower import data, fields, flow, rubric
from pedalang.compiler.lower.flow import Stage
from pedalang.compiler.semantics import elaborate
from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.semantics.scope import Declared, Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report, did_you_mean

_LATER = (tree.MatrixDecl, tree.OptimizeDecl, tree.CourseDecl, tree.CurriculumDecl, tree.TestDecl, tree.PropertyDecl)


def build(modules: dict[str, Module], report: Report) -> Graph:
    """The graph of the main module's program, with what it uses of the others."""
    module = modules[""]
    scope, graph = Scope(report, module), Graph()
    for found in _declared(module, tree.TypeDecl):
        data.record(graph, found, scope)
    for found in _declared(module, tree.DatasetDecl):
        data.dataset(graph, found, scope)
    for found in _declared(module, tree.ModelDecl):
        _model(graph, found, scope)
    stages = {found.decl.name.text: flow.flow(graph, found, scope)  # type: ignore[union-attr]
              for found in _declared(module, tree.FlowDecl)}
    _contracts(graph, module, stages, scope)
    for found in _declared(module, tree.RubricDecl):
        stage = _stage_of(found, stages)
        if stage is not None:
            rubric.rubric(graph, found, stage, scope)
    for found in _declared(module, tree.ObserveDecl):
        _observe(graph, found, stages, scope)
    for found in _declared(module, tree.RunDecl):
        _run(graph, found, stages, scope)
    _definitions(module, scope)
    _refuse(module, scope)
    return graph


def _declared(module: Module, kind: type[tree.Node]) -> Iterator[Declared]:
    for decl in module.decls.values():
        if isinstance(decl.body, kind):
            yield Declared(module, decl.body)


def _refuse(module: Module, scope: Scope) -> None:
    for decl in module.tree.decls:
        if isinstance(decl.body, _LATER):
            scope.report.warning("PED0901", scope.span(decl.body), f"{elaborate.article(decl.body)} cannot be run yet",
                                 help="the other declarations of the file can; `ped run` needs this one taken out")


def _definitions(module: Module, scope: Scope) -> None:
    """Checks the text of definitions that nothing may have used yet."""
    for found in _declared(module, tree.LetDecl):
        assert isinstance(found.decl, tree.LetDecl)
        elaborate.expression(found.decl.value, scope.inside(found, {}))


def _model(graph: Graph, found: Declared, scope: Scope) -> None:
    assert isinstance(found.decl, tree.ModelDecl)
    known = fields.read(found.decl.fields, ("engine", "weights", "url", "temperature"), scope, "model",
                        ("context", "seed", "top_p", "adapter"))
    engine = fields.name(known.get("engine"), scope)
    target = fields.string(known.get("weights"), scope) or fields.string(known.get("url"), scope)
    temperature = elaborate.expression(known["temperature"].value, scope).expr if "temperature" in known else None
    degrees = getattr(temperature, "value", 0.0)
    uri = f"{engine.text if engine else 'llama'}:{target}"
    payload = plan.Model(found.decl.name.text, uri, float(degrees or 0.0), found.module.place(found.decl.name))
    graph.add(Node("model", payload.name, payload, scope.span(found.decl.name)))


def _contracts(graph: Graph, module: Module, stages: dict[str, Stage], scope: Scope) -> None:
    for found in _declared(module, tree.ContractDecl):
        assert isinstance(found.decl, tree.ContractDecl)
        over = found.decl.over
        if over is not None and over.text not in stages:
            scope.error("PED0201", over, f"unknown flow `{over.text}`", did_you_mean(over.text, stages))
        elif over is not None or stages:
            stage = stages[over.text] if over is not None else next(iter(stages.values()))
            flow.contract(graph, found, stage, scope)
    for found in _declared(module, tree.FlowDecl):
        assert isinstance(found.decl, tree.FlowDecl)
        for name, word in flow.obeyed(found.decl).items():
            target = scope.lookup(name)
            if not isinstance(target, Declared) or not isinstance(target.decl, tree.ContractDecl):
                scope.error("PED0201", word, f"unknown contract `{name}`", did_you_mean(name, module.decls))
                continue
            flow.contract(graph, target, stages[found.decl.name.text], scope)
            graph.link(f"flow:{found.decl.name.text}", "obeys", f"contract:{name}")


def _stage_of(found: Declared, stages: dict[str, Stage]) -> Stage | None:
    """The first flow that has the rubric's parameters; the first of all where none does, so that it is reported."""
    assert isinstance(found.decl, tree.RubricDecl)
    wanted = {param.key.text for param in found.decl.params or ()}
    fitting = [stage for stage in stages.values() if wanted <= stage.params.keys()]
    return fitting[0] if fitting else next(iter(stages.values()), None)


def _bound(graph: Graph, known: dict[str, tree.Field], name: tree.Word, stages: dict[str, Stage],
           scope: Scope) -> tuple[Stage, plan.Selection, Node] | None:
    """The flow and data that a run or observe binds together."""
    for key in ("flow", "data"):
        if key not in known:
            scope.error("PED0702", name, f"`{name.text}` has no `{key}:`", f"add `{key}: …`")
            return None
    word = fields.name(known["flow"], scope)
    if word is None or word.text not in stages:
        if word is not None:
            scope.error("PED0201", word, f"unknown flow `{word.text}`", did_you_mean(word.text, stages))
        return None
    selected = data.selection(graph, known["data"].value, scope)
    if selected is None:
        return None
    stage, (selection, dataset) = stages[word.text], selected
    makes = [node.name for node in graph.after(dataset.id, "makes")]
    takes = [str(typed.type) for typed in stage.params.values()]
    if len(takes) != 1 or takes != makes:
        scope.error("PED0301", known["data"].value, f"the flow `{word.text}` takes {', '.join(takes) or 'nothing'}, and "
                    f"a row of `{dataset.name}` is {', '.join(makes) or 'nothing'}")
        return None
    return stage, selection, dataset


def _scored(graph: Graph, node: Node, known: dict[str, tree.Field], stage: Stage, scope: Scope) -> tuple[str, ...]:
    """Links the rubric and contracts that a run or observe names; gives the contracts' names."""
    word = fields.name(known.get("score"), scope)
    if word is not None:
        target = scope.lookup(word.text)
        if isinstance(target, Declared) and isinstance(target.decl, tree.RubricDecl):
            graph.link(node.id, "scores", rubric.rubric(graph, target, stage, scope).id)
        else:
            scope.error("PED0201", word, f"unknown rubric `{word.text}`", did_you_mean(word.text, scope.module.decls))
    checks: list[str] = []
    if "check" in known:
        value = known["check"].value
        for item in value.items if isinstance(value, tree.List) else (value,):
            name = item.function if isinstance(item, tree.Call) else item
            target = scope.lookup(name.word.text) if isinstance(name, tree.Name) else None
            if isinstance(target, Declared) and isinstance(target.decl, tree.ContractDecl):
                checks.append(flow.contract(graph, target, stage, scope).name)
                graph.link(node.id, "checks", f"contract:{checks[-1]}")
            else:
                scope.error("PED0201", item, "this is no contract")
    return tuple(checks)


def _run(graph: Graph, found: Declared, stages: dict[str, Stage], scope: Scope) -> None:
    assert isinstance(found.decl, tree.RunDecl)
    decl = found.decl
    known = fields.read(decl.fields, ("flow", "data", "score", "check", "beside"), scope, "run",
                        ("learner", "seed", "repeat", "budget"))
    bound = _bound(graph, known, decl.name, stages, scope)
    if bound is None:
        return
    stage, selection, dataset = bound
    beside = fields.name(known.get("beside"), scope)
    payload = plan.Run(decl.name.text, stage.name, selection, "", (), "", scope.module.place(decl.name))
    node = graph.add(Node("run", payload.name, payload, scope.span(decl.name)))
    graph.link(node.id, "plays", f"flow:{stage.name}")
    graph.link(node.id, "reads", dataset.id)
    if beside is not None:
        if f"observe:{beside.text}" in graph:
            graph.link(node.id, "beside", f"observe:{beside.text}")
        else:
            scope.error("PED0201", beside, f"unknown observe `{beside.text}`",
                        did_you_mean(beside.text, scope.module.decls))
    _scored(graph, node, known, stage, scope)


def _observe(graph: Graph, found: Declared, stages: dict[str, Stage], scope: Scope) -> None:
    assert isinstance(found.decl, tree.ObserveDecl)
    decl = found.decl
    known = fields.read(decl.items, ("flow", "data", "speakers", "score", "check"), scope, "observe",
                        ("input", "agreement", "feedback", "report"))
    bound = _bound(graph, known, decl.name, stages, scope)
    if bound is None:
        return
    stage, selection, dataset = bound
    assert isinstance(dataset.payload, plan.Dataset)
    if not dataset.payload.transcripts:
        scope.error("PED0821", known["data"].value, f"the rows of `{dataset.name}` hold no recorded dialogues",
                    "say in the dataset in which format they do, for example `transcripts: \"mathdial\"`")
    speakers: dict[str, str] = {}
    for label, value in (fields.entries(known["speakers"], scope) if "speakers" in known else {}).items():
        if isinstance(value, tree.Name) and value.word.text in stage.roles:
            speakers[label.strip('"')] = value.word.text
        else:
            scope.error("PED0201", value, "a speaker is a member of the flow's cast")
    payload = plan.Observe(decl.name.text, stage.name, selection, speakers, "", (), scope.module.place(decl.name))
    node = graph.add(Node("observe", payload.name, payload, scope.span(decl.name)))
    graph.link(node.id, "plays", f"flow:{stage.name}")
    graph.link(node.id, "reads", dataset.id)
    _scored(graph, node, known, stage, scope)
