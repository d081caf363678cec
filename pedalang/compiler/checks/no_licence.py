"""Data without a licence."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0822"


def check(graph: Graph, report: Report) -> None:
    """Warns of data sets that do not say under which licence they may be used."""
    for dataset in graph.nodes(plan.Dataset):
        if not dataset.payload.licence:
            report.warning(CODE, dataset.span, f"the dataset `{dataset.name}` names no licence",
                           help="add for example `licence: \"CC-BY-4.0\"`")
