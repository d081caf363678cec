"""A prompt that asks for a move which cannot be made."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.diagnostic import Label, Report
from pedalang.expression import nodes
from pedalang.source import Span

CODE = "PED0405"
_ASKS = "asks "


def check(graph: Graph, report: Report) -> None:
    """Warns of moves that a voice names in backticks, and that the role does not have, a hard clause of its flow
    forbids throughout, or no turn allows."""
    for flow in graph.nodes(plan.Flow):
        forbidden = dict(_forbidden(graph, flow))
        for role in graph.after(flow.id, "casts", plan.Role):
            turns = [turn.payload for turn in graph.before(role.id, "by") if isinstance(turn.payload, plan.Turn)]
            made = {name for turn in turns for name in turn.moves}
            for key, span in role.parts.items():
                name = key.removeprefix(_ASKS)
                if name == key or role.payload.open:
                    continue
                if name not in role.payload.moves:
                    _warn(report, span, name, f"which `{role.payload.name}` does not have",
                          f"add `{name}` to the `moves:` of `{role.payload.name}`")
                elif name in forbidden:
                    _warn(report, span, name, "which a contract forbids", f"let the contract allow `{name}`",
                          [Label(forbidden[name], "forbidden here")])
                elif turns and name not in made:
                    _warn(report, span, name, "which no turn allows", f"let a turn allow `{name}`")


def _warn(report: Report, span: Span, name: str, why: str, remedy: str, also: list[Label] | None = None) -> None:
    report.warning(CODE, span, f"the prompt asks for the move `{name}`, {why}",
                   help=f"{remedy}, or leave it out of the text", also=also or [])


def _forbidden(graph: Graph, flow: Node[plan.Flow]) -> list[tuple[str, Span]]:
    """The moves that hard clauses of a flow's contracts say are never made, and where."""
    found: list[tuple[str, Span]] = []
    for contract in graph.after(flow.id, "obeys", plan.Contract):
        for clause in contract.payload.clauses:
            span = contract.parts.get(f"clause {clause.name}")
            match clause.formula:
                case plan.Op("never", (plan.Atom(expr),)) if clause.severity == "hard" and span is not None:
                    found += [(name, span) for name in _made(expr)]
    return found


def _made(expr: nodes.Expr) -> list[str]:
    """The move of a fact that says no more than that it is made, or that somebody makes it."""
    match expr:
        case nodes.Binary("and", nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), _), made):
            return _made(made)
        case nodes.Binary("or", nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "move"), nodes.Lit(str() as name)),
                          nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "act"), nodes.Lit(other))) if name == other:
            return [name]
    return []
