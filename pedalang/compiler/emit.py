"""From the graph to the plan: what the edges say is put back beside what the nodes carry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Edge, Node
from pedalang.compiler.semantics.modules import Module

Part = TypeVar("Part", bound=Struct)
Work = TypeVar("Work", plan.Run, plan.Observe, plan.Matrix, plan.Course)


def emit(graph: Graph, program: str, modules: Mapping[str, Module]) -> plan.Plan:
    """The plan of a graph. `program` is its name; `modules` are its files, which the plan records by hash."""
    sources = {module.file: hashlib.sha256(module.source.text.encode(errors="surrogatepass")).hexdigest()
               for module in modules.values()}
    return plan.Plan(
        program, sources, _named(graph, plan.RecordType), _named(graph, plan.Dataset), _named(graph, plan.Model),
        {node.name: _flow(graph, node) for node in graph.nodes(plan.Flow)},
        _named(graph, plan.Contract), _named(graph, plan.Rubric),
        {node.name: _run(graph, node) for node in graph.nodes(plan.Run)},
        {node.name: _played(graph, node) for node in graph.nodes(plan.Observe)},
        _named(graph, plan.Test),
        {node.name: _played(graph, node) for node in graph.nodes(plan.Matrix)},
        properties=_named(graph, plan.Property), classifiers=_named(graph, plan.Classifier),
        optimizations=_named(graph, plan.Optimize),
        courses={node.name: _played(graph, node) for node in graph.nodes(plan.Course)},
        curricula=_named(graph, plan.Curriculum),
    )


def _named(graph: Graph, kind: type[Part]) -> dict[str, Part]:
    return {node.name: node.payload for node in graph.nodes(kind)}


def _flow(graph: Graph, node: Node[plan.Flow]) -> plan.Flow:
    people = {each.id: each.payload for each in graph.after(node.id, "casts", plan.Role)}
    phases = graph.after(node.id, "holds", plan.Phase)
    (start,) = graph.after(node.id, "starts", plan.Phase)
    return replace(
        node.payload, cast={label: people[end] for end, label in graph.labelled(node.id, "casts")},
        phases={each.payload.name: _phase(graph, each) for each in phases}, start=start.payload.name,
        obeys=_names(graph, node.id, "obeys"))


def _phase(graph: Graph, node: Node[plan.Phase]) -> plan.Phase:
    steps = graph.after(node.id, "steps", Struct)
    return replace(node.payload, steps=tuple(
        each.payload for each in steps if isinstance(each.payload, plan.Turn | plan.Goto)))


def _run(graph: Graph, node: Node[plan.Run]) -> plan.Run:
    beside = _names(graph, node.id, "beside")
    return replace(_played(graph, node), beside=beside[0] if beside else "")


def _played(graph: Graph, node: Node[Work]) -> Work:
    return replace(node.payload, score=_score(graph, node.id), check=_checks(graph, node.id))


def _score(graph: Graph, id: str) -> str:
    scores = _names(graph, id, "scores")
    return scores[0] if scores else ""


def _checks(graph: Graph, id: str) -> tuple[str, ...]:
    """The contracts that a run or observe checks: those that it names, and those that its rubric looks
    at in whole dialogues."""
    used = [each.contract for rubric in graph.after(id, "scores", plan.Rubric) for each in rubric.payload.criteria
            if each.contract and each.units is None]
    return tuple(dict.fromkeys((*_names(graph, id, "checks"), *used)))


def _names(graph: Graph, id: str, kind: Edge) -> tuple[str, ...]:
    return tuple(each.name for each in graph.after(id, kind, Struct))
