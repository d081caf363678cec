"""A transition behind one that is always taken."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Label, Report

CODE = "PED0507"


def check(graph: Graph, report: Report) -> None:
    """Warns of steps that follow a transition without a condition."""
    for phase in graph.nodes("phase"):
        taken = None
        for step in graph.after(phase.id, "steps"):
            if taken is not None and taken.span is not None:
                what = "transition" if step.kind == "goto" else "turn"
                report.warning(CODE, step.span, f"this {what} is never come to",
                               help="give the transition before it a condition with `when`, or take one of them out",
                               also=[Label(taken.span, "this one is always taken")])
                break
            if isinstance(step.payload, plan.Goto) and step.payload.when is None and not step.payload.at_max:
                taken = step
