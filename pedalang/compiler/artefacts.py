"""Whether what an optimization saved or loads was tuned for the prompts that the program has now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.semantics.surroundings import Surroundings
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import Report

CODE = "PED0905"


def check(module: Module, graph: Graph, rewritten: Callable[[Graph], Graph], around: Surroundings,
          report: Report) -> None:
    """Warns of artefacts that are older than a prompt. `rewritten` gives the graph as a plan is made of it."""
    for each in module.tree.decls:
        decl = each.body
        if not isinstance(decl, tree.OptimizeDecl) or not isinstance(decl.flow, tree.Name):
            continue
        for item in decl.items:
            if isinstance(item, tree.Field) and item.key.text in ("save", "load") and isinstance(item.value, tree.Text):
                path = texts.plain(module.source, item.value.word)
                for who in _older(around.tuned(path) or {}, decl.flow.word.text, graph, rewritten):
                    report.warning(CODE, module.span(item.value), f"`{path}` was tuned for another prompt of `{who}`",
                                   help="tune it again, or take back what was changed in the prompt")


def _older(tuned: Mapping[str, str], flow: str, graph: Graph, rewritten: Callable[[Graph], Graph]) -> list[str]:
    """The members of the cast whose prompt is another one now."""
    if not tuned:
        return []
    roles = {node.name: node.payload for node in rewritten(graph).nodes(plan.Role)}
    found = []
    for who, digest in tuned.items():
        role = roles.get(f"{flow}.{who}")
        if role is not None and plan.voice_digest(role) != digest:
            found.append(who)
    return found
