"""The graph as text: a line a node, its edges indented under it. For people and for tests."""

from __future__ import annotations

import msgspec

from pedalang.compiler.ir.graph import Graph


def to_text(graph: Graph, *, payloads: bool = False) -> str:
    """Nodes in the order in which they were added, so that the same graph gives the same text; with `payloads` each
    also with what it carries, as JSON."""
    lines: list[str] = []
    out: dict[str, list[str]] = {}
    for start, kind, end, label in graph.edges():
        out.setdefault(start, []).append(f"  {kind} {end}{f' as {label}' if label else ''}")
    for node in graph.all():
        lines.append(node.id)
        if payloads:
            lines.append(f"  = {msgspec.json.encode(node.payload, order='deterministic').decode()}")
        lines.extend(out.get(node.id, []))
    return "\n".join(lines) + "\n"
