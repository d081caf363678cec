"""Phases that can lead round in a circle without anybody speaking."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0508"


def check(graph: Graph, report: Report) -> None:
    """Reports phases without turns that lead, over such phases, back to themselves: each circle once."""
    silent = {phase.id for phase in graph.nodes(plan.Phase) if not graph.after(phase.id, "steps", plan.Turn)}
    quiet = graph.keep(lambda node: node.kind != "phase" or node.id in silent)
    circle_of = {id: circle for circle in quiet.circles(("steps", "leads")) for id in circle}
    reported: set[str] = set()
    for phase in quiet.nodes(plan.Phase):
        if phase.id in circle_of and phase.id not in reported:
            reported |= circle_of[phase.id]
            report.error(CODE, phase.span, f"the phase `{phase.payload.name}` can lead back to itself without a turn",
                         help="add a `turn`, or lead to a phase that has one")
