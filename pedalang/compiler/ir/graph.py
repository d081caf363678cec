"""The graph, over networkx, and the few questions that are asked of it. Edges of a kind keep their order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, TypeGuard, TypeVar

import msgspec
import networkx
from msgspec import Struct

from pedalang import plan
from pedalang.compiler.ir.nodes import Edge, Node

Part = TypeVar("Part", bound=Struct)
AnyNode: TypeAlias = Node[Struct]


class Graph:
    """A program. Passes build a new graph (`keep`, `replace`) and leave the old one as it is."""

    def __init__(self) -> None:
        self._graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
        self._carrying: dict[type[Struct], list[AnyNode]] = {}
        self._links = 0

    def add(self, node: Node[Part]) -> Node[Part]:
        """Adds a node; a node of the same kind and name must not be there yet."""
        if node.id in self._graph:
            raise ValueError(f"{node.id} is there already")
        self._graph.add_node(node.id, node=node)
        self._carrying.setdefault(type(node.payload), []).append(node)
        return node

    def link(self, start: str, kind: Edge, end: str, label: str = "") -> None:
        """Adds an edge between nodes that are there."""
        for node in (start, end):
            if node not in self._graph:
                raise ValueError(f"there is no {node}")
        self._graph.add_edge(start, end, kind=kind, label=label, order=self._links)
        self._links += 1

    def __contains__(self, id: str) -> bool:
        return id in self._graph

    def node(self, id: str) -> AnyNode:
        node: AnyNode = self._graph.nodes[id]["node"]
        return node

    def all(self) -> list[AnyNode]:
        """All nodes, in the order in which they were added."""
        return [data["node"] for _, data in self._graph.nodes(data=True)]

    def nodes(self, of: type[Part]) -> list[Node[Part]]:
        """The nodes that carry such a part of the plan, in the order in which they were added."""
        return _carrying(self._carrying.get(of, ()), of)

    def after(self, id: str, kind: Edge, of: type[Part]) -> list[Node[Part]]:
        """Where the edges of a kind lead from a node, to nodes that carry such a part of the plan, in order."""
        return _carrying([self.node(end) for end, _ in self.labelled(id, kind)], of)

    def labelled(self, id: str, kind: Edge) -> list[tuple[str, str]]:
        """(end, label) of the edges of a kind from a node, in order."""
        edges = sorted(self._graph.out_edges(id, data=True), key=lambda edge: edge[2]["order"])
        return [(end, data["label"]) for _, end, data in edges if data["kind"] == kind]

    def before(self, id: str, kind: Edge) -> list[AnyNode]:
        """Where the edges of a kind come from that lead to a node, in order."""
        edges = sorted(self._graph.in_edges(id, data=True), key=lambda edge: edge[2]["order"])
        return [self.node(start) for start, _, data in edges if data["kind"] == kind]

    def edges(self) -> Iterator[tuple[str, Edge, str, str]]:
        """(start, kind, end, label) of all edges, in the order in which they were added."""
        for start, end, data in sorted(self._graph.edges(data=True), key=lambda edge: edge[2]["order"]):
            yield start, data["kind"], end, data["label"]

    def reachable(self, id: str, kinds: Iterable[Edge]) -> set[str]:
        """The ids of the nodes that can be reached over edges of these kinds, the first node included."""
        return self._spread([id], set(kinds), lambda node: (
            (end, data) for _, end, data in self._graph.out_edges(node, data=True)))

    def reaching(self, ids: Iterable[str], kinds: Iterable[Edge]) -> set[str]:
        """The ids of the nodes from which one of some nodes can be reached over edges of these kinds, they included."""
        return self._spread(ids, set(kinds), lambda node: (
            (start, data) for start, _, data in self._graph.in_edges(node, data=True)))

    def circles(self, kinds: Iterable[Edge]) -> list[set[str]]:
        """The ids of nodes that can each be reached from each other over edges of these kinds: one set a circle."""
        wanted = set(kinds)
        over: networkx.DiGraph[str] = networkx.DiGraph()
        over.add_edges_from((start, end) for start, kind, end, _ in self.edges() if kind in wanted)
        return [found for found in networkx.strongly_connected_components(over) if len(found) > 1]

    def _spread(self, ids: Iterable[str], kinds: set[Edge],
                steps: Callable[[str], Iterable[tuple[str, Any]]]) -> set[str]:
        """Where steps lead from some nodes. networkx's own way counts all the nodes of the graph."""
        waiting = list(ids)
        found = set(waiting)
        while waiting:
            new = {other for other, data in steps(waiting.pop()) if data["kind"] in kinds and other not in found}
            found |= new
            waiting += new
        return found

    def keep(self, wanted: Callable[[AnyNode], bool]) -> Graph:
        """The graph of the nodes that are wanted, and the edges between them."""
        return self.replace(lambda node: node if wanted(node) else None)

    def replace(self, rewrite: Callable[[AnyNode], AnyNode | None]) -> Graph:
        """The graph with every node rewritten (its kind and name stay), or left out where that gives None."""
        result = Graph()
        for node in self.all():
            new = rewrite(node)
            if new is not None:
                result.add(new)
        for start, kind, end, label in self.edges():
            if start in result and end in result:
                result.link(start, kind, end, label)
        return result

    def digest(self) -> str:
        """SHA-256 over nodes and edges; places in the source do not count, so that a comment changes nothing."""
        total = hashlib.sha256()
        for node in sorted(self.all(), key=lambda n: n.id):
            said = [node.id, plan.without_places(node.payload)]
            total.update(msgspec.json.encode(said, order="deterministic") + b"\n")
        orders: dict[tuple[str, Edge], int] = {}
        for start, kind, end, label in self.edges():
            at = orders[start, kind] = orders.get((start, kind), -1) + 1
            total.update(msgspec.json.encode([start, kind, at, end, label]) + b"\n")
        return total.hexdigest()


def _carrying(nodes: Iterable[AnyNode], of: type[Part]) -> list[Node[Part]]:
    def carries(node: AnyNode) -> TypeGuard[Node[Part]]:
        return isinstance(node.payload, of)

    return [node for node in nodes if carries(node)]

