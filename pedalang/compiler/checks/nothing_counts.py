"""A rubric in which no criterion has a weight."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0701"


def check(graph: Graph, report: Report) -> None:
    """Warns of a rubric whose total is of nothing; one of measures alone has no total and is fine."""
    for rubric in graph.nodes(plan.Rubric):
        scored = [criterion for criterion in rubric.payload.criteria if criterion.measure is None]
        if scored and all(criterion.weight <= 0 for criterion in scored):
            report.warning(CODE, rubric.span, f"no criterion of the rubric `{rubric.name}` has a weight",
                           help="give one of them `weight 1`")
