"""A phase that no dialogue can come to."""

from __future__ import annotations

from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0501"


def check(graph: Graph, report: Report) -> None:
    """Warns of phases without a path from the flow's first phase."""
    for flow in graph.nodes("flow"):
        for start in graph.after(flow.id, "starts"):
            reached = graph.reachable(start.id, ("steps", "leads"))
            for phase in graph.after(flow.id, "holds"):
                if phase.id not in reached:
                    report.warning(CODE, phase.span, f"no dialogue can come to the phase `{phase.payload.name}`",  # type: ignore[attr-defined]
                                   help="lead to it with `->`, or take it out")
