"""What a text shows between its braces: how it reads in the text's language, and braces that were probably meant so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pedalang.compiler.semantics import operators
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.expression import locales, nodes

_WHOLE = ("Text", "Bool", "Int", "Rational")
"""Types whose values read alike in all languages; an enum's case and a misconception's name are texts too."""
_MEANT = re.compile(
    r"\\[{}]|\{\{.*?\}\}|(?P<before>\\[A-Za-z]+|[}^_\]])?(?P<meant>\$?\{ ?(?P<name>[^\W\d][\w.]*) ?\}"
    r"|%\((?P<old>[^\W\d][\w.]*)\)[sdf])", re.DOTALL)
"""Texts as other languages interpolate them; what stands in two braces, or behind a sign of LaTeX, is left alone."""


def shown(at: tree.Node, typed: Typed, scope: Scope) -> Typed:
    """What is interpolated, as it reads in the language of the text."""
    of = typed.type
    if of.name in ("Turn", "History", "Role", "Measures"):
        return scope.error("PED0402", at, f"a text cannot show {operators.article(of)}", "show one of its fields")
    alike = of.name in _WHOLE or of.is_enum or of.name == "Misconception"
    if alike or locales.of(scope.language).decimal == ".":
        return typed
    return Typed(of, nodes.Call("shown", (typed.expr, nodes.Lit(scope.language))))


def joined(parts: Sequence[nodes.Expr]) -> nodes.Expr:
    """The text of these parts: a literal one, where they all are."""
    plain = [part.value for part in parts if isinstance(part, nodes.Lit) and isinstance(part.value, str)]
    return nodes.Lit("".join(plain)) if len(plain) == len(parts) else nodes.Text(tuple(parts))


def check(word: tree.Word, scope: Scope) -> None:
    """Warns of `{name}`, `${name}` and `%(name)s` where `name` is known and `{{ name }}` was meant."""
    source = scope.module.source.text[word.start:word.end]
    if source.startswith("#") or ("{" not in source and "%(" not in source):
        return
    for found in _MEANT.finditer(source):
        name = found["name"] or found["old"]
        if name is None or found["before"] or scope.lookup(name.split(".")[0]) is None:
            continue
        at = tree.Word(word.start + found.start("meant"), word.start + found.end("meant"), found["meant"])
        braces = found["meant"].startswith("{")
        scope.warning("PED0403", at, f"`{found['meant']}` stands in the text as it is, and shows no `{name}`",
                      f"write `{{{{ {name} }}}}`" + (f", or `\\{{{name}\\}}` for braces that are shown" if braces
                                                    else ""))
