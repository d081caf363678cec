"""The whole program into one graph: first data, then flows, then what speaks of flows."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import (
    classifiers,
    contracts,
    courses,
    curricula,
    data,
    flow,
    languages,
    matrix,
    models,
    rubric,
    runs,
    trials,
    tuning,
)
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import declarations, references
from pedalang.compiler.semantics.modules import Declared, Module, declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.semantics.surroundings import NOTHING_KNOWN, Surroundings
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report, did_you_mean


def build(modules: dict[str, Module], report: Report, around: Surroundings = NOTHING_KNOWN) -> Graph:
    """The graph of the main module's program, with what it uses of the others; `around` is what lies beside it."""
    module = modules[""]
    scope, graph = Scope(report, module, around=around), Graph()
    scope = scope.speaking(languages.of_program(module.tree, scope))
    declarations.check(module, scope)
    for found in declared(module, tree.TypeDecl):
        data.record(graph, found, found.decl.name, scope)
    for found in declared(module, tree.DatasetDecl):
        data.dataset(graph, found, scope)
    for found in declared(module, tree.ModelDecl):
        models.model(graph, found, scope)
    for found in declared(module, tree.ClassifierDecl):
        classifiers.classifier(graph, found, scope)
    classifiers.measured_once(graph, scope)
    flows = _Flows(graph, scope)
    for found in declared(module, tree.FlowDecl):
        flows.stage(found)
    for found in declared(module, tree.ObserveDecl):
        runs.observe(graph, found, flows.stage, scope)
    for found in declared(module, tree.RunDecl):
        runs.run(graph, found, flows.stage, scope)
    for found in declared(module, tree.TestDecl):
        trials.test(graph, found, flows.stage, scope)
    for found in declared(module, tree.PropertyDecl):
        trials.property(graph, found, flows.stage, scope)
    for found in declared(module, tree.MatrixDecl):
        matrix.matrix(graph, found, flows.stage, scope)
    _contracts(graph, module, flows, scope)
    _rubrics(graph, module, flows, scope)
    _later(graph, module, flows, scope)
    return graph


def _later(graph: Graph, module: Module, flows: _Flows, scope: Scope) -> None:
    """What speaks of flows, rubrics and contracts. An optimization need not have a name."""
    for found in declared(module, tree.CurriculumDecl):
        curricula.curriculum(graph, found, scope)
    for each in module.tree.decls:
        match each.body:
            case tree.OptimizeDecl() as decl:
                tuning.optimize(graph, Declared(module, decl), flows.stage, scope)
            case tree.CourseDecl() as decl:
                courses.course(graph, Declared(module, decl), flows.stage, scope)


class _Flows:
    """The flows of a program, each made when it is first asked for."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._graph = graph
        self._scope = scope
        self._made: dict[tree.FlowDecl, Stage] = {}

    @property
    def stages(self) -> list[Stage]:
        return list(self._made.values())

    def stage(self, found: Declared[tree.FlowDecl]) -> Stage:
        if found.decl not in self._made:
            self._made[found.decl] = made = flow.flow(self._graph, found, self._scope)
            self._obey(found, made)
        return self._made[found.decl]

    def _obey(self, found: Declared[tree.FlowDecl], stage: Stage) -> None:
        scope = self._scope.inside(found, stage.values)
        seen: dict[str, tree.Node] = {}
        for ref in (ref for item in found.decl.items if isinstance(item, tree.Obeys) for ref in item.contracts):
            contract = contracts.resolve(ref, scope)
            node = contracts.contract(self._graph, contract, ref, stage, scope) if contract is not None else None
            if node is None:
                continue
            if node.id in seen:
                scope.twice(ref, f"`{node.name}`", seen[node.id])
                continue
            seen[node.id] = ref
            self._graph.link(f"flow:{stage.name}", "obeys", node.id)


def _contracts(graph: Graph, module: Module, flows: _Flows, scope: Scope) -> None:
    """Contracts that nothing has used: over the flow that they name, or the only one there is."""
    for found in declared(module, tree.ContractDecl):
        over, stages = contracts.flow_named(found.decl), flows.stages
        named = [stage for stage in stages if over is not None and stage.name == over.text]
        if over is not None and not named:
            scope.error("PED0201", over, f"unknown flow `{over.text}`",
                        did_you_mean(over.text, [stage.name for stage in stages], "there is"))
        elif named or len(stages) == 1:
            reference = references.Reference(found, found.decl.name, ())
            if not _used(graph, found, plan.Contract):
                contracts.contract(graph, reference, found.decl.name, (named or stages)[0], scope)
        elif stages and not _used(graph, found, plan.Contract):
            scope.warning("PED0212", found.decl.name, f"no flow obeys the contract `{found.decl.name.text}`, so it was "
                          "not checked", "write `over FLOW` after its name, or `obeys` in a flow")


def _rubrics(graph: Graph, module: Module, flows: _Flows, scope: Scope) -> None:
    """Rubrics that nothing has used: over the first flow that has their parameters."""
    for found in declared(module, tree.RubricDecl):
        if not flows.stages or _used(graph, found, plan.Rubric):
            continue
        wanted = {param.key.text for param in found.decl.params or () if param.default is None}
        fitting = [stage for stage in flows.stages if wanted <= stage.params.keys()]
        reference = references.Reference(found, found.decl.name, ())
        rubric.rubric(graph, reference, found.decl.name, (fitting or flows.stages)[0], scope)


def _used(graph: Graph, found: Declared[tree.ContractDecl] | Declared[tree.RubricDecl],
          kind: type[plan.Contract] | type[plan.Rubric]) -> bool:
    return any(node.payload.place == found.module.place(found.decl.name) for node in graph.nodes(kind))
