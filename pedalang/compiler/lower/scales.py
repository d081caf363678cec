"""The words of a scale that a criterion names, with the scale's parameters filled in."""

from __future__ import annotations

from pedalang.compiler.semantics import elaborate, numerals, references, types
from pedalang.compiler.semantics.scope import NOTHING, Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.expression import nodes
from pedalang.expression.evaluate import EvaluationError, compiled


def texts_of(reference: references.Reference[tree.ScaleDecl], at: tree.Node, scope: Scope) -> dict[float, str]:
    """The text of each level by its number. What is given for the parameters is known before any dialogue; else that is
    reported, and the texts are as they are written."""
    found, word, arguments = reference
    bound = elaborate.bind(found, word, at, found.decl.params or (), arguments, scope)
    as_written = {numerals.level(each.value): texts.plain(found.module.source, each.text.word)
                  for each in found.decl.levels}
    if not bound or any(typed is NOTHING for typed in bound.values()):
        return as_written
    inner = scope.inside(found, bound)
    made: dict[float, str] = {}
    for level in found.decl.levels:
        expr = elaborate.expression(level.text, inner, types.TEXT).expr
        text = _known(expr)
        if text is None:
            scope.error("PED0309", arguments[0] if arguments else at, "the words of a scale are the same for all "
                        f"dialogues, and those of `{word.text}` would not be", "give it a value that is written here")
            return as_written
        made[numerals.level(level.value)] = text
    return made


def _known(expr: nodes.Expr) -> str | None:
    """The text that an expression is in every dialogue."""
    try:
        value = compiled(expr)({})
    except EvaluationError:
        return None
    return value if isinstance(value, str) else None
