"""Phases that can lead round in a circle without anybody speaking."""

from __future__ import annotations

from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0508"


def check(graph: Graph, report: Report) -> None:
    """Reports a phase without turns that leads, over phases without turns, back to itself."""
    silent = {phase.id for phase in graph.nodes("phase")
              if all(step.kind == "goto" for step in graph.after(phase.id, "steps"))}
    quiet = graph.keep(lambda node: node.kind != "phase" or node.id in silent)
    for phase in quiet.nodes("phase"):
        targets = [target for goto in quiet.after(phase.id, "steps") for target in quiet.after(goto.id, "leads")]
        if any(phase.id in quiet.reachable(target.id, ("steps", "leads")) for target in targets):
            report.error(CODE, phase.span, f"the phase `{phase.payload.name}` can lead back to itself without a turn",  # type: ignore[attr-defined]
                         help="add a `turn`, or lead to a phase that has one")
