"""Moves that cannot be made, and turns at which there is none."""

from __future__ import annotations

from msgspec import Struct

from pedalang import plan
from pedalang.compiler.ir import truth
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.diagnostic import Label, Report

CODE = "PED0515"
NO_MOVE = "PED0516"


def check(graph: Graph, report: Report) -> None:
    """Reports turns at which no move is ever allowed; warns of other moves that no turn allows, or that are never
    allowed. Sets of moves are for many roles: only what a role lists itself is looked at."""
    for role in graph.nodes(plan.Role):
        turns = [turn for turn in graph.before(role.id, "by") if isinstance(turn.payload, plan.Turn)]
        never = [name for name, move in role.payload.moves.items()
                 if move.allow is not None and truth.never(move.allow)]
        reported = _silent(role, turns, never, report)
        made = {name for turn in turns if isinstance(turn.payload, plan.Turn) for name in turn.payload.moves}
        for name in role.payload.moves if turns else ():
            span = role.parts.get(f"move {name}")
            if span is None or name in reported:
                continue
            out = f"take it out of the `moves:` of `{role.payload.name}`"
            if name in never:
                report.warning(CODE, span, f"the move `{name}` is never allowed",
                               help=f"mend its `allow when`, or {out}", also=_guard(role, name))
            elif name not in made:
                report.warning(CODE, span, f"no turn allows the move `{name}`", help=f"let a turn allow it, or {out}")


def _silent(role: Node[plan.Role], turns: list[Node[Struct]], never: list[str], report: Report) -> set[str]:
    """Reports turns of which all moves are never allowed, and gives these moves."""
    found: set[str] = set()
    for turn in turns:
        moves = turn.payload.moves if isinstance(turn.payload, plan.Turn) else ()
        if not moves or not set(moves) <= set(never):
            continue
        found |= set(moves)
        names = " and ".join(f"`{name}`" for name in moves)
        report.error(NO_MOVE, turn.span, "no move is ever allowed in this turn",
                     help=f"let the turn allow another move, or mend the `allow when` of {names}",
                     also=[label for name in moves for label in _guard(role, name)])
    return found


def _guard(role: Node[plan.Role], name: str) -> list[Label]:
    span = role.parts.get(f"allow {name}")
    return [Label(span, "never so")] if span is not None else []
