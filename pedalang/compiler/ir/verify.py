"""What a legal graph is. Run after lowering and after every pass in tests, and on demand."""

from __future__ import annotations

from msgspec import Struct

from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import ENDS, KINDS, Edge, Kind

_EXACTLY_ONE: dict[Kind, tuple[Edge, ...]] = {
    "turn": ("by",), "goto": ("leads",), "flow": ("starts",), "run": ("plays", "reads"), "observe": ("plays", "reads"),
    "dataset": ("makes",), "contract": ("over",), "rubric": ("over",), "test": ("over",),
}


def verify(graph: Graph) -> list[str]:
    """What is wrong with a graph, in words; an empty list for a legal one."""
    found = [f"{node.id} carries a {type(node.payload).__name__}"
             for node in graph.all() if KINDS.get(type(node.payload)) != node.kind]
    for start, kind, end, _ in graph.edges():
        starts, ends = ENDS[kind]
        if graph.node(start).kind not in starts or graph.node(end).kind not in ends:
            found.append(f"{start} -{kind}-> {end}: such an edge joins {'/'.join(starts)} and {'/'.join(ends)}")
    for node in graph.all():
        for edge in _EXACTLY_ONE.get(node.kind, ()):
            count = len(graph.after(node.id, edge, Struct))
            if count != 1:
                found.append(f"{node.id} has {count} edges `{edge}`, not 1")
        if node.kind in ("turn", "goto") and len(graph.before(node.id, "steps")) != 1:
            found.append(f"{node.id} is not a step of one phase")
    return found
