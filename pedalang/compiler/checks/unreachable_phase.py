"""A phase that no dialogue can come to."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0501"


def check(graph: Graph, report: Report) -> None:
    """Warns of phases without a path from the flow's first phase."""
    for flow in graph.nodes(plan.Flow):
        for start in graph.after(flow.id, "starts", plan.Phase):
            reached = graph.reachable(start.id, ("steps", "leads"))
            for phase in graph.after(flow.id, "holds", plan.Phase):
                if phase.id not in reached:
                    report.warning(CODE, phase.span, f"no dialogue can come to the phase `{phase.payload.name}`",
                                   help="lead to it with `->`, or take it out")
