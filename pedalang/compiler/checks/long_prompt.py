"""A prompt that its model cannot read whole."""

from __future__ import annotations

from pedalang import plan, prompt
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Label, Report
from pedalang.expression import nodes

CODE = "PED0404"


def check(graph: Graph, report: Report) -> None:
    """Warns of a voice that leaves no room for a reply in what its model reads. What is written is counted, by
    estimate; what a dialogue adds comes on top."""
    for role in graph.nodes(plan.Role):
        tokens = sum(prompt.estimated_tokens(text) for text in _written(role.payload.voice))
        for model in graph.after(role.id, "uses", plan.Model):
            context = model.payload.context
            if context is None or tokens == 0 or tokens + role.payload.limit <= context:
                continue
            span = model.parts.get("context")
            report.warning(CODE, role.parts.get("voice"),
                           f"this is about {tokens} tokens, and with a reply of up to {role.payload.limit} more than "
                           f"the {context} that `{model.name}` reads",
                           help="shorten it, or take a model with a larger `context:`",
                           also=[Label(span, f"the context of `{model.name}`")] if span is not None else [])


def _written(voice: nodes.Expr) -> list[str]:
    """The texts of a voice that stand in the program."""
    return [each.value for each in nodes.inside(voice) if isinstance(each, nodes.Lit) and isinstance(each.value, str)]
