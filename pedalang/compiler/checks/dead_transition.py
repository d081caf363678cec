"""A step behind a transition that is always taken."""

from __future__ import annotations

from msgspec import Struct

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Label, Report

CODE = "PED0507"


def check(graph: Graph, report: Report) -> None:
    """Warns of steps that follow a transition without a condition."""
    for phase in graph.nodes(plan.Phase):
        taken = None
        for step in graph.after(phase.id, "steps", Struct):
            if taken is not None and taken.span is not None:
                what = "transition" if step.kind == "goto" else "turn"
                report.warning(CODE, step.span, f"no dialogue comes to this {what}",
                               help="give the transition before it a condition with `when`, or take one of them out",
                               also=[Label(taken.span, "this one is always taken")])
                break
            if isinstance(step.payload, plan.Goto) and step.payload.when is None and not step.payload.at_max:
                taken = step
