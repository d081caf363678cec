"""Types as they are written in a program: `List[Text]?`, `Int in 1..12`, `Misconception[Problem]`, a record's name."""

from __future__ import annotations

from dataclasses import replace

from pedalang.compiler.semantics import numerals, references, types
from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.scope import Broken, Scope, find, visible
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

_ARGUMENTS = {"List": 1, "Map": 2, "Misconception": 1}
_EXAMPLES = {"List": "List[Text]", "Map": "Map[Text, Int]", "Misconception": "Misconception[Problem]"}
_OTHERS = ("Turn", "Measures", "Model", "Any")
BUILT_IN = (*types.SCALARS, *types.UNITS, *_ARGUMENTS, *_OTHERS)


_ELSEWHERE = {"string": "Text", "str": "Text", "integer": "Int", "boolean": "Bool", "number": "Float",
              "double": "Float", "array": "List[…]", "dict": "Map[Text, …]", "object": "Map[Text, …]",
              "probability": "Prob"}
"""Types of other languages, and what they are called here."""


def read(written: tree.Type, scope: Scope) -> Type:
    """The type that is written; `Any` for what was reported."""
    names = [word.text for word in written.names.names]
    arguments = tuple(read(argument, scope) for argument in written.arguments or ())
    found = _built_in(names[0], written, arguments, scope) if len(names) == 1 and names[0] in BUILT_IN else \
        _declared(written, names, scope)
    if written.bounds is not None:
        found = _bounded(found, written.bounds, scope)
    return types.optional(found) if written.optional is not None else found


def _built_in(name: str, written: tree.Type, arguments: tuple[Type, ...], scope: Scope) -> Type:
    wanted = _ARGUMENTS.get(name, 0)
    if len(arguments) != wanted:
        takes, given = (references.counted(number, "type") for number in (wanted, len(arguments)))
        scope.error("PED0303", written, f"`{name}` takes {takes} in brackets, and is given {given}",
                    f"write for example `{_EXAMPLES.get(name, name)}`")
        return types.ANY
    if name == "Misconception" and not arguments[0].is_record:
        if arguments[0].name != "Any":
            scope.error("PED0302", written, f"a misconception is about records of a type, and `{arguments[0]}` is none")
        return types.ANY
    return types.PROB if name == "Prob" else Type(name, arguments)


def _declared(written: tree.Type, names: list[str], scope: Scope) -> Type:
    module = scope.module
    for name in names[:-1]:
        inner = find(module, name)
        if isinstance(inner, Broken):
            return types.ANY
        if not isinstance(inner, Module):
            scope.error("PED0302", written, f"`{name}` is no module, so `{'.'.join(names)}` is no type")
            return types.ANY
        module = inner
    match find(module, names[-1]) if module is scope.module else scope.of(module, written.names.names[-1]):
        case Declared(home, tree.TypeDecl() | tree.EnumDecl() as decl):
            if written.arguments is not None:
                scope.error("PED0303", written, f"`{names[-1]}` takes no types in brackets", f"write `{names[-1]}`")
            return types.named(Declared(home, decl))
        case Broken():
            return types.ANY
        case None:
            known = (*BUILT_IN, *visible(module))
            elsewhere = _ELSEWHERE.get(names[-1].lower(), "")
            scope.error("PED0302", written.names, f"unknown type `{names[-1]}`",
                        f"write `{elsewhere}`" if elsewhere else did_you_mean(names[-1], known))
        case _:
            scope.error("PED0302", written.names, f"`{names[-1]}` is no type", "`type` and `enum` declare types")
    return types.ANY


def _bounded(of: Type, bounds: tree.Bounds, scope: Scope) -> Type:
    low, high = numerals.signed(bounds.low), numerals.signed(bounds.high)
    if of.name == "Any":
        return of
    if low is None or high is None or not of.is_number:
        scope.error("PED0302", bounds, "a range in a type is of two numbers, behind a type of numbers",
                    "write for example `Int in 1..12`")
        return of
    if low > high:
        scope.error("PED0305", bounds, f"no number is in {low}..{high}", f"write `{high}..{low}`")
        return of
    return replace(of, low=low, high=high)
