"""From the graph to the plan: what the edges say is put back beside what the nodes carry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Edge, Kind, Node
from pedalang.compiler.semantics.modules import Module


def emit(graph: Graph, program: str, modules: Mapping[str, Module]) -> plan.Plan:
    """The plan of a graph. `program` is its name; `modules` are its files, which the plan records by hash."""
    sources = {module.file: hashlib.sha256(module.source.text.encode()).hexdigest()
               for module in modules.values()}
    return plan.Plan(
        program, sources, _named(graph, "record"), _named(graph, "dataset"), _named(graph, "model"),
        {node.name: _flow(graph, node) for node in graph.nodes("flow")},
        _named(graph, "contract"), _named(graph, "rubric"),
        {node.name: _work(graph, node) for node in graph.nodes("run")},
        {node.name: _work(graph, node) for node in graph.nodes("observe")},
    )


def _named(graph: Graph, kind: Kind) -> dict[str, Any]:
    return {node.name: node.payload for node in graph.nodes(kind)}


def _flow(graph: Graph, node: Node) -> plan.Flow:
    assert isinstance(node.payload, plan.Flow)
    return replace(
        node.payload,
        cast={label: graph.node(end).payload for end, label in graph.labelled(node.id, "casts")},
        phases={each.payload.name: _phase(graph, each) for each in graph.after(node.id, "holds")},  # type: ignore[attr-defined]
        start=_short(graph.after(node.id, "starts")[0]),
        obeys=_names(graph, node, "obeys"),
    )


def _phase(graph: Graph, node: Node) -> plan.Phase:
    assert isinstance(node.payload, plan.Phase)
    return replace(node.payload, steps=tuple(each.payload for each in graph.after(node.id, "steps")))


def _work(graph: Graph, node: Node) -> Any:
    """A run or observe with the names of what it scores by and checks."""
    scores = _names(graph, node, "scores")
    changes: dict[str, Any] = {"score": scores[0] if scores else "", "check": _names(graph, node, "checks")}
    if node.kind == "run":
        beside = _names(graph, node, "beside")
        changes["beside"] = beside[0] if beside else ""
    return replace(node.payload, **changes)


def _names(graph: Graph, node: Node, kind: Edge) -> tuple[str, ...]:
    return tuple(each.name for each in graph.after(node.id, kind))


def _short(phase: Node) -> str:
    return phase.name.rpartition(".")[2]
