"""What the graph is made of: nodes with a kind and a payload, edges with a kind.

A payload is the node's own part of the plan, without what the edges say: a flow without its phases, a phase without its
steps. So nothing is said twice, and emitting is putting together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from pedalang import plan
from pedalang.source import Span

Kind = Literal["record", "dataset", "model", "flow", "role", "phase", "turn", "goto", "contract", "rubric", "run",
               "observe", "test", "matrix", "property", "classifier", "optimization", "course", "curriculum"]

Edge = Literal["casts", "starts", "holds", "steps", "by", "leads", "obeys", "over", "makes", "uses", "plays", "reads",
               "scores", "checks", "beside"]

KINDS: dict[type[Struct], Kind] = {
    plan.RecordType: "record", plan.Dataset: "dataset", plan.Model: "model", plan.Flow: "flow", plan.Role: "role",
    plan.Phase: "phase", plan.Turn: "turn", plan.Goto: "goto", plan.Contract: "contract", plan.Rubric: "rubric",
    plan.Run: "run", plan.Observe: "observe", plan.Test: "test", plan.Matrix: "matrix",
    plan.Property: "property", plan.Classifier: "classifier", plan.Optimize: "optimization", plan.Course: "course",
    plan.Curriculum: "curriculum",
}
"""What carries which part of a plan."""

ENDS: dict[Edge, tuple[tuple[Kind, ...], tuple[Kind, ...]]] = {
    "makes": (("dataset",), ("record",)),
    "casts": (("flow",), ("role",)),
    "starts": (("flow",), ("phase",)),
    "holds": (("flow",), ("phase",)),
    "steps": (("phase",), ("turn", "goto")),
    "by": (("turn",), ("role",)),
    "leads": (("goto",), ("phase",)),
    "obeys": (("flow",), ("contract",)),
    "over": (("contract", "rubric", "test", "property"), ("flow",)),
    "uses": (("rubric", "role"), ("contract", "model", "classifier")),
    "plays": (("run", "observe", "matrix", "optimization", "course"), ("flow",)),
    "reads": (("run", "observe", "matrix", "property", "classifier", "optimization", "course", "curriculum"),
              ("dataset",)),
    "scores": (("run", "observe", "matrix", "optimization", "course"), ("rubric",)),
    "checks": (("run", "observe", "matrix", "course"), ("contract",)),
    "beside": (("run",), ("observe",)),
}
"""Which kinds of nodes an edge of each kind joins."""

Payload = TypeVar("Payload", bound=Struct, covariant=True)


@dataclass(frozen=True, slots=True)
class Node(Generic[Payload]):
    """`id` is `kind:name`, the name unique among its kind; `span` is where the program says so. `parts` are places of
    what it holds: of a role those that `lower/places.py` names, of a model its `context`, of a contract each
    `clause NAME`."""

    kind: Kind
    name: str
    payload: Payload
    span: Span | None = None
    parts: Mapping[str, Span] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


Part = TypeVar("Part", bound=Struct)


def carrying(payload: Part, name: str, span: Span | None = None,
             parts: Mapping[str, Span] | None = None) -> Node[Part]:
    """The node of a part of a plan."""
    return Node(KINDS[type(payload)], name, payload, span, parts or {})
