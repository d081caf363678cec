"""What a legal graph is. Run after lowering and after every pass in tests, and on demand."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import ENDS, Kind

PAYLOADS: dict[Kind, type] = {
    "record": plan.RecordType, "dataset": plan.Dataset, "model": plan.Model, "flow": plan.Flow, "role": plan.Role,
    "phase": plan.Phase, "turn": plan.Turn, "goto": plan.Goto, "contract": plan.Contract, "rubric": plan.Rubric,
    "run": plan.Run, "observe": plan.Observe,
}

_EXACTLY_ONE = {"turn": "by", "goto": "leads", "flow": "starts", "run": "plays", "dataset": "makes"}


def verify(graph: Graph) -> list[str]:
    """What is wrong with a graph, in words; an empty list for a legal one."""
    found = [f"{node.id} carries a {type(node.payload).__name__}"
             for node in graph.nodes() if type(node.payload) is not PAYLOADS[node.kind]]
    for start, kind, end, _ in graph.edges():
        starts, ends = ENDS[kind]
        if graph.node(start).kind not in starts or graph.node(end).kind not in ends:
            found.append(f"{start} -{kind}-> {end}: such an edge joins {'/'.join(starts)} and {'/'.join(ends)}")
    for node in graph.nodes():
        edge = _EXACTLY_ONE.get(node.kind)
        if edge is not None:
            count = len(graph.after(node.id, edge))  # type: ignore[arg-type]
            if count != 1:
                found.append(f"{node.id} has {count} edges `{edge}`, not 1")
        if node.kind in ("turn", "goto") and len(graph.before(node.id, "steps")) != 1:
            found.append(f"{node.id} is not a step of one phase")
    return found
