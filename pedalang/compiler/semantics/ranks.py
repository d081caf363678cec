"""The place of a move in an ordered set: what `Help.rank(turn.move)` means."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang.compiler.semantics import operators, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Operand, Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes


def call(found: Declared[tree.MovesDecl | tree.MovesOrdered], name: tree.Word, at: tree.Node,
         arguments: Sequence[Operand], scope: Scope) -> Typed:
    """From 1 for the first move of the set; 0 for what is no move of it, so that it ranks below all that are."""
    decl = found.decl
    if name.text != "rank":
        return scope.error("PED0304", name, f"a set of moves has no function `{name.text}`",
                           did_you_mean(name.text, ("rank",), "it has"))
    if isinstance(decl, tree.MovesDecl):
        return scope.error("PED0301", at, f"the moves of `{decl.name.text}` have no order",
                           f"write `moves {decl.name.text} = {{ {' < '.join(word.text for word in decl.names)} }}`")
    if len(arguments) != 1:
        return scope.error("PED0307", at, f"`rank` takes 1 argument, and is given {len(arguments) or 'none'}",
                           "write for example `rank(turn.move)`")
    if operators.fitted(arguments[0], types.TEXT, scope) is NOTHING:
        return NOTHING
    places: dict[str, nodes.Expr] = {word.text: nodes.Lit(place) for place, word in enumerate(decl.names, 1)}
    return Typed(types.INT, nodes.Match(arguments[0].expr, places, nodes.Lit(0)))
