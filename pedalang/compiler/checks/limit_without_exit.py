"""A phase with a most number of turns that says nothing of what comes then."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0506"


def check(graph: Graph, report: Report) -> None:
    """Warns where a phase's limit would end the dialogue, because no transition takes it up."""
    for phase in graph.nodes(plan.Phase):
        if phase.payload.max_turns is None or phase.payload.final:
            continue
        gotos = [step.payload for step in graph.after(phase.id, "steps", plan.Goto)]
        if not any(goto.at_max or goto.when is None for goto in gotos):
            report.warning(CODE, phase.span, f"after {phase.payload.max_turns} turns the phase `{phase.payload.name}` "
                           "ends the dialogue", help="add `-> PHASE at max`")
