"""Types as they are written in a program: `List[Text]?`, `Int in 1..12`, `Misconception[Problem]`, a record's name."""

from __future__ import annotations

from dataclasses import replace

from pedalang.compiler.semantics import types
from pedalang.compiler.semantics.scope import Declared, Scope
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

_ARGUMENTS = {"List": 1, "Map": 2, "Misconception": 1}
_UNITS = ("Turns", "Exchanges", "Tokens", "Seconds", "Minutes", "Usd", "Points")
_OTHERS = ("Model", "Turn", "Measures", "Role", "Any")


def read(written: tree.Type, scope: Scope) -> Type:
    """The type that is written; `Any` for what was reported."""
    names = [word.text for word in written.names.names]
    name = names[-1]
    if len(names) > 1:
        scope.error("PED0302", written, f"`{'.'.join(names)}` is no type", "import it by its name")
        return types.ANY
    arguments = tuple(read(argument, scope) for argument in written.arguments or ())
    found = _named(name, written, arguments, scope)
    if written.bounds is not None:
        found = _bounded(found, written.bounds, scope)
    return types.optional(found) if written.optional is not None else found


def _named(name: str, written: tree.Type, arguments: tuple[Type, ...], scope: Scope) -> Type:
    wanted = _ARGUMENTS.get(name, 0)
    if name in types.SCALARS or name in _UNITS or name in _OTHERS or name in _ARGUMENTS:
        if len(arguments) != wanted:
            scope.error("PED0303", written, f"`{name}` takes {wanted} types in brackets, not {len(arguments)}",
                        f"write `{name}[{', '.join(['Text'] * wanted)}]`" if wanted else f"write `{name}`")
            return types.ANY
        return types.PROB if name == "Prob" else Type(name, arguments)
    match scope.lookup(name):
        case Declared(_, tree.TypeDecl()):
            return Type(name, kind="record")
        case Declared(_, tree.EnumDecl() as enum):
            return Type(name, kind="enum", cases=tuple(case.name.text for case in enum.cases))
        case Declared(_, tree.RoleDecl() | tree.StudentDecl()):
            return replace(types.ROLE)
    known = [*types.SCALARS, *_ARGUMENTS, *scope.module.decls, *scope.module.imports]
    scope.error("PED0302", written, f"unknown type `{name}`", did_you_mean(name, known))
    return types.ANY


def _bounded(of: Type, bounds: tree.Bounds, scope: Scope) -> Type:
    low, high = _number(bounds.low), _number(bounds.high)
    if low is None or high is None or not of.is_number:
        scope.error("PED0302", bounds, "a range of a type is two numbers, and the type is one of numbers",
                    "write for example `Int in 1..12`")
        return of
    if low > high:
        scope.error("PED0305", bounds, "this range has nothing in it", f"write `{high:g}..{low:g}`")
        return of
    return replace(of, low=low, high=high)


def _number(expr: tree.Expr) -> float | None:
    match expr:
        case tree.Number(word=word):
            return float(word.text.replace("_", ""))
        case tree.Negative(value=tree.Number(word=word)):
            return -float(word.text.replace("_", ""))
    return None
