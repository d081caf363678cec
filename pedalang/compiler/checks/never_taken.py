"""A transition that no dialogue takes."""

from __future__ import annotations

from msgspec import Struct

from pedalang import plan
from pedalang.compiler.ir import truth
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.diagnostic import Label, Report

CODE = "PED0514"


def check(graph: Graph, report: Report) -> None:
    """Warns of conditions that never hold, and of those that an earlier transition of the same moment has too."""
    for phase in graph.nodes(plan.Phase):
        before: list[Node[Struct]] = []
        for step in graph.after(phase.id, "steps", Struct):
            if not isinstance(step.payload, plan.Goto):
                before = []  # a turn changes what holds
                continue
            _check(step, step.payload, before, report)
            before.append(step)
            if step.payload.when is None and not step.payload.at_max:
                break  # what is behind it is another matter


def _check(step: Node[Struct], goto: plan.Goto, before: list[Node[Struct]], report: Report) -> None:
    if goto.when is not None and truth.never(goto.when):
        report.warning(CODE, step.span, "this transition is never taken", help="mend its condition, or take it out")
        return
    for other in before:
        same = isinstance(other.payload, plan.Goto) and (other.payload.when, other.payload.at_max) == (
            goto.when, goto.at_max)
        if same and (goto.when is not None or goto.at_max) and other.span is not None:
            report.warning(CODE, step.span, "this transition is never taken",
                           help="give it another condition, or take it out",
                           also=[Label(other.span, "this one is taken first")])
            return
