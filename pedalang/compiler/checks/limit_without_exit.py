"""A phase with a most number of turns that says nothing of what comes then."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0506"


def check(graph: Graph, report: Report) -> None:
    """Warns where a phase's limit would end the dialogue, because no transition takes it up."""
    for phase in graph.nodes(plan.Phase):
        after = _limit(phase.payload)
        if not after or phase.payload.final:
            continue
        gotos = [step.payload for step in graph.after(phase.id, "steps", plan.Goto)]
        if not any(goto.at_max or goto.when is None for goto in gotos):
            report.warning(CODE, phase.span, f"after {after} the phase `{phase.payload.name}` "
                           "ends the dialogue", help="add `-> PHASE at max`")


def _limit(of: plan.Phase) -> str:
    """What uses the phase up, in words; empty where nothing does."""
    limits = (f"{of.max_turns} turns" if of.max_turns is not None else "",
              f"{of.budget} tokens" if of.budget is not None else "")
    return " or ".join(filter(None, limits))
