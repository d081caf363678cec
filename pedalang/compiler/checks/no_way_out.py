"""A phase from which no final phase can be reached."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0502"


def check(graph: Graph, report: Report) -> None:
    """Reports phases from which a dialogue can only run into the flow's limit; once where that is so from all."""
    for flow in graph.nodes(plan.Flow):
        phases = graph.after(flow.id, "holds", plan.Phase)
        ends = [phase for phase in phases if phase.payload.final]
        if not ends:
            report.error(CODE, flow.span, f"no phase of the flow `{flow.name}` is an end",
                         help="mark a phase as `final`")
            continue
        leaving = graph.reaching([end.id for end in ends], ("steps", "leads"))
        for phase in phases:
            if phase.id not in leaving:
                report.error(CODE, phase.span, f"no end can be reached from the phase `{phase.payload.name}`",
                             help="add a `->` that leads on, or mark a phase as `final`")
