"""A grounded role that has no words for a move that it may have to make."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Report

CODE = "PED0510"


def check(graph: Graph, report: Report) -> None:
    """Reports moves and acts without `say:` of a role that speaks only authored words."""
    for turn in graph.nodes("turn"):
        assert isinstance(turn.payload, plan.Turn)
        for role in graph.after(turn.id, "by"):
            assert isinstance(role.payload, plan.Role)
            if role.payload.speak != "grounded":
                continue
            for name in turn.payload.moves:
                if not role.payload.moves[name].say:
                    report.error(CODE, turn.span, f"`{turn.payload.role}` has no words for the move `{name}`",
                                 help=f"add `say {name}: [ … ]` to the role, or let it `speak: either`")
            if role.payload.kind == "student" and not any(act.say for act in role.payload.acts):
                report.error(CODE, turn.span, f"`{turn.payload.role}` has no words",
                             help="add an `act NAME { say: [ … ] }`, or let it `speak: either`")
