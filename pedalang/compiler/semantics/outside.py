"""Functions that are computed outside the language: `= python "std:NAME"` travels with pedalang and is a measure,
`= python "MODULE:FUNCTION"` is the author's own, in a file beside the program, and runs only where that is allowed."""

from __future__ import annotations

from collections.abc import Mapping

from pedalang.compiler.semantics import written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.expression import nodes

STANDARD = "std:"
"""How the target of a function begins that travels with pedalang."""


def target(found: Declared[tree.Node], body: tree.Extern) -> str:
    """What the function is called outside."""
    return texts.plain(found.module.source, body.target)


def check(found: Declared[tree.DefDecl], body: tree.Extern, gives: Type, scope: Scope) -> None:
    """Reports a function that cannot be found, or gives what cannot come from outside; and one that is not allowed."""
    named = target(found, body)
    if named.startswith(STANDARD):
        return
    module, colon, function = named.partition(":")
    if not (colon and module.isidentifier() and function.isidentifier()):
        scope.error("PED0309", body.target, f"`{named}` is no function in Python",
                    "write for example `python \"mine:similar\"`, the function `similar` of `mine.py`")
    elif not _comes(gives):
        scope.error("PED0302", found.decl.type, f"no `{gives}` can come from a function in Python",
                    "numbers, texts, truth values, cases of an enum, and lists and maps of them can")
    elif not scope.around.allows_python:
        scope.warning("PED0316", body, f"the Python function `{named}` is not allowed to run",
                      "read it, then allow it: `--allow-python`")
    elif not scope.around.python(module):
        scope.error("PED0206", body.target, f"there is no Python module `{module}` beside the program",
                    f"put it into `{module}.py` in the program's folder")


def _comes(of: Type) -> bool:
    if of.name in ("List", "Map"):
        return all(map(_comes, of.arguments))
    return of.is_enum or of.is_number or of.name in ("Text", "Bool", "Any")


def applied(found: Declared[tree.DefDecl], word: tree.Word, at: tree.Node, given: Mapping[str, Typed] | None,
            scope: Scope) -> Typed:
    """The call of an author's own function; a measure is refused here."""
    body = found.decl.value
    assert isinstance(body, tree.Extern)
    named = target(found, body)
    if named.startswith(STANDARD):
        return scope.error("PED0308", at, f"`{word.text}` is computed outside the language",
                           "use it in a criterion's `measures:`")
    gives = written.read(found.decl.type, scope.inside(found, {}))
    if given is None:
        return NOTHING
    sha256 = scope.around.python(named.partition(":")[0])
    arguments = tuple(each.expr for each in given.values())
    return Typed(gives, nodes.Extern(named, sha256, str(gives), _cases(gives), arguments))


def _cases(of: Type) -> tuple[str, ...]:
    return of.cases or (_cases(of.arguments[-1]) if of.arguments else ())
