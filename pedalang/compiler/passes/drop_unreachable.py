"""Drops phases that no dialogue can come to, and their steps."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph


def rewrite(graph: Graph) -> Graph:
    """The graph without unreachable phases."""
    reached = {id for flow in graph.nodes(plan.Flow) for start in graph.after(flow.id, "starts", plan.Phase)
               for id in graph.reachable(start.id, ("steps", "leads"))}
    return graph.keep(lambda node: node.kind not in ("phase", "turn", "goto") or node.id in reached)
