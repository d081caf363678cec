"""References to declarations: `Tutor`, `people.Tutor`, `Tutor(problem)`; and arguments put beside parameters.

Nothing is compiled here: a reference leads to a declaration and the arguments as they were written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.scope import Binding, Broken, Case, Scope, Typed, find, only, visible
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

Kind = TypeVar("Kind", bound=tree.Node)


class Reference(NamedTuple, Generic[Kind]):
    """What is referred to, the word that names it, and its arguments."""

    found: Declared[Kind]
    word: tree.Word
    arguments: tuple[tree.Argument, ...]


def resolve(expr: tree.Expr, scope: Scope, what: str, *kinds: type[Kind]) -> Reference[Kind] | None:
    """The declaration of one of these kinds that an expression refers to; None, and reported, for anything else.
    `what` says with its article what is wanted: `a role`."""
    match expr:
        case tree.Call(function=function, arguments=arguments):
            word, binding, module = _named(function, scope)
        case _:
            arguments = ()
            word, binding, module = _named(expr, scope)
    if word is None:
        known = [name for name in visible(scope.module) if only(find(scope.module, name), *kinds)]
        example = f", for example `{known[0]}`" if known else ""
        scope.error("PED0309", expr, f"{what} is wanted here",
                    "write a list such as `[ask, tell]`, or the name of a set" if tree.MovesDecl in kinds else
                    f"write its name{example}")
        return None
    found = only(binding, *kinds)
    if found is not None:
        return Reference(found, word, arguments)
    noun = what.partition(" ")[2]
    known = [name for name in visible(module) if only(find(module, name), *kinds)]
    help = did_you_mean(word.text, known, "there is")
    if binding is None:
        scope.error("PED0201", word, f"unknown {noun} `{word.text}`", help)
    elif not isinstance(binding, Broken):
        alone = tree.MovesDecl in kinds and only(binding, tree.MoveDecl)
        scope.error("PED0208", word, f"`{word.text}` is {kind_of(binding)}, where {what} is wanted",
                    f"write `[{word.text}]`" if alone else help)
    return None


def _named(expr: tree.Expr, scope: Scope) -> tuple[tree.Word | None, Binding | None, Module]:
    """The word that names something, what it stands for, and the module in which it was looked for."""
    here = scope.module
    match expr:
        case tree.Name(word=word):
            return word, scope.lookup(word.text), here
        case tree.Attribute(of=tree.Name(word=owner), name=word):
            match scope.lookup(owner.text):
                case Broken() as broken:
                    return word, broken, here
                case Module() as module:
                    return word, scope.of(module, word), module
                case None:
                    return owner, None, here
    return None, None, here


_KINDS: dict[type[tree.Node], str] = {
    tree.TypeDecl: "a type", tree.EnumDecl: "an enum", tree.ScaleDecl: "a scale", tree.LetDecl: "a value",
    tree.LetTyped: "a value", tree.DefDecl: "a function", tree.MovesDecl: "a set of moves",
    tree.MovesOrdered: "a set of moves", tree.MoveDecl: "a move", tree.MisconceptionDecl: "a misconception",
    tree.RoleDecl: "a role", tree.StudentDecl: "a student", tree.PredicateDecl: "a predicate", tree.FlowDecl: "a flow",
    tree.ContractDecl: "a contract", tree.RubricDecl: "a rubric", tree.DatasetDecl: "a dataset",
    tree.ClassifierDecl: "a classifier", tree.ModelDecl: "a model", tree.RunDecl: "a run",
    tree.MatrixDecl: "a matrix", tree.OptimizeDecl: "an optimization", tree.ObserveDecl: "an observe",
    tree.CourseDecl: "a course", tree.CurriculumDecl: "a curriculum",
    tree.TestDecl: "a test", tree.PropertyDecl: "a property",
}
"""What the declarations are in words, for messages."""


def kind_of(binding: Binding) -> str:
    """What a name stands for, in words with their article."""
    match binding:
        case Declared(_, decl):
            return _KINDS[type(decl)]
        case Case():
            return "a case of an enum"
        case Module():
            return "a module"
        case Typed(type=of):
            return "a member of the cast" if of.name == "Role" else "a value"
    return "an import that failed"


def valued(binding: Binding, word: tree.Word) -> str:
    """How a name that is no value leads to one, where there is a way; else the empty text."""
    match binding:
        case Declared(_, tree.EnumDecl(cases=(case, *_))):
            return f"write one of its cases, for example `{word.text}.{case.name.text}`"
    return ""


def kind(decl: tree.Node) -> str:
    """What a declaration is, in words with their article."""
    return _KINDS[type(decl)]


def arranged(word: tree.Word, at: tree.Node, params: Iterable[tree.Param], arguments: Iterable[tree.Argument],
             scope: Scope) -> dict[str, tree.Expr] | None:
    """Arguments by the name of their parameter, by place or by name; None, and reported, where they do not match.
    Parameters with a default may be missing."""
    by_name: dict[str, tree.Param] = {}
    for param in params:
        by_name.setdefault(param.key.text, param)
    names = tuple(by_name)
    found: dict[str, tree.Expr] = {}
    for place, argument in enumerate(arguments):
        match argument:
            case tree.Named(key=key, value=value):
                name = key.text
            case tree.Comprehension():
                scope.error("PED0307", argument, f"`{word.text}` takes no list without brackets", "put it in `[…]`")
                return None
            case _ if place < len(names):
                name, value = names[place], argument
            case _:
                takes = counted(len(names), "argument")
                scope.error("PED0307", argument, f"`{word.text}` takes {takes}, and this is one more", "leave it out")
                return None
        if name not in by_name:
            scope.error("PED0307", argument, f"`{word.text}` has no parameter `{name}`",
                        did_you_mean(name, by_name, "its parameters are"))
            return None
        if name in found:
            scope.error("PED0307", argument, f"`{word.text}` is given its parameter `{name}` twice",
                        "leave one of them out")
            return None
        found[name] = value
    missing = [name for name, param in by_name.items() if name not in found and param.default is None]
    if missing:
        scope.error("PED0307", at, f"`{word.text}` is not given its parameter `{missing[0]}`",
                    f"write `{word.text}({', '.join(f'{name}: …' for name in missing)})`" if not found else
                    f"add `{missing[0]}: …`")
        return None
    return found


def counted(number: int, noun: str) -> str:
    """`no arguments`, `1 argument`, `2 arguments`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
