"""A grounded role that has no words for what it may have to do."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.diagnostic import Report

CODE = "PED0510"


def check(graph: Graph, report: Report) -> None:
    """Reports moves and acts without `say:` of a role that speaks only authored words, once for a role."""
    for role in graph.nodes(plan.Role):
        if role.payload.speak != "grounded":
            continue
        turns = [turn for turn in graph.before(role.id, "by") if isinstance(turn.payload, plan.Turn)]
        made = dict.fromkeys(name for turn in turns if isinstance(turn.payload, plan.Turn)
                             for name in turn.payload.moves)
        silent = [name for name in made if not role.payload.moves[name].say]
        mute = [act.name for act in role.payload.acts if not act.say]
        if silent:
            _report(role, _own("move", silent), f"add `say {silent[0]}: [ … ]` to the role", report)
        elif not role.payload.moves and mute:
            _report(role, _own("act", mute), "add `say: [ … ]` to the act", report)
        elif turns and not role.payload.moves and not role.payload.acts:
            _report(role, "its turns", "add an `act NAME { say: [ … ] }`", report)


def _own(what: str, names: Sequence[str]) -> str:
    return f"its {what}{'s' if len(names) > 1 else ''} {', '.join(f'`{name}`' for name in names)}"


def _report(role: Node[plan.Role], what: str, help: str, report: Report) -> None:
    report.error(CODE, role.span, f"`{role.payload.name}` speaks only authored words, and has none for {what}",
                 help=f"{help}, or let it `speak: either`")
