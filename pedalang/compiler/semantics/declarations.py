"""What can be said of a declaration by itself, used or not: types, enums, scales, values, functions, predicates,
misconceptions; and what the language has and this version cannot run.

Roles, flows, contracts and rubrics have a meaning only together: `lower/` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable

from pedalang import plan
from pedalang.compiler.semantics import (
    decorators,
    dialogue,
    elaborate,
    misconceptions,
    numerals,
    outside,
    predicates,
    references,
    types,
    written,
)
from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.scope import Broken, Scope, Typed, find
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes


def check(module: Module, scope: Scope) -> None:
    """Reports what is wrong with a module's declarations, each by itself."""
    for decl in module.tree.decls:
        decorators.of_declaration(decl, scope)
        _declaration(Declared(module, decl.body), scope)


def _declaration(found: Declared[tree.Declaration], scope: Scope) -> None:
    module = found.module
    match found.decl:
        case tree.TypeDecl() as decl:
            _type(Declared(module, decl), scope)
        case tree.EnumDecl(name=name, cases=cases):
            _own_name(name, scope)
            _once([case.name for case in cases], "the case", scope)
        case tree.ScaleDecl() as decl:
            _scale(Declared(module, decl), scope)
        case tree.LetDecl() | tree.LetTyped() as decl:
            elaborate.let(Declared(module, decl), scope)
        case tree.DefDecl() as decl:
            _def(Declared(module, decl), scope)
        case tree.PredicateDecl() as decl:
            _predicate(Declared(module, decl), scope)
        case tree.MisconceptionDecl() as decl:
            _misconception(Declared(module, decl), scope)
        case tree.MovesDecl() | tree.MovesOrdered() as decl:
            _moves(decl, scope)
        case tree.MoveDecl() as decl:
            _move(decl, scope)
        case tree.RoleDecl(params=params) | tree.StudentDecl(params=params) | tree.ContractDecl(params=params) \
                | tree.RubricDecl(params=params):
            _params(params or (), scope)


def _once(words: Iterable[tree.Word], what: str, scope: Scope) -> None:
    seen: dict[str, tree.Word] = {}
    for word in words:
        if word.text in seen:
            scope.twice(word, f"{what} `{word.text}`", seen[word.text])
        seen.setdefault(word.text, word)


def _own_name(word: tree.Word, scope: Scope) -> None:
    if word.text in written.BUILT_IN:
        scope.error("PED0202", word, f"`{word.text}` is a type of the language", "give yours another name")


def _type(found: Declared[tree.TypeDecl], scope: Scope) -> None:
    """A record: a default may use the fields before it."""
    inner = scope.inside(found, {})
    _own_name(found.decl.name, inner)
    _once([each.key for each in found.decl.fields], "the field", inner)
    for each in found.decl.fields:
        decorators.of_field(each, inner)
        of = written.read(each.type, inner)
        if each.default is not None:
            elaborate.expression(each.default, inner, of)
        inner = inner.binding({each.key.text: Typed(of, nodes.Name(each.key.text))})


def _scale(found: Declared[tree.ScaleDecl], scope: Scope) -> None:
    decl, inner = found.decl, scope.inside(found, {})
    inner = inner.binding(_params(decl.params or (), inner))
    seen: dict[float, tree.Node] = {}
    labels: list[str] = []
    for level in decl.levels:
        elaborate.expression(level.text, inner, types.TEXT)
        value = numerals.level(level.value)
        label = texts.plain(scope.module.source, level.label) if level.label is not None else f"{value:g}"
        if value in seen:
            scope.twice(level.value, f"the level {value:g}", seen[value])
        elif label in labels:
            scope.error("PED0202", level.label or level.value, f"the label `{label}` stands twice in this scale",
                        "a judge answers by the labels, so each is another one")
        seen.setdefault(value, level.value)
        labels.append(label)
    if len(decl.levels) < 2:
        levels = references.counted(len(decl.levels), "level")
        scope.error("PED0705", decl.name, f"the scale `{decl.name.text}` has {levels}",
                    "a judge needs two levels or more to choose from")


def _params(params: Iterable[tree.Param], scope: Scope) -> dict[str, Typed]:
    """Parameters as values of unknown size; their defaults are checked."""
    _once([param.key for param in params], "the parameter", scope)
    found: dict[str, Typed] = {}
    for param in params:
        of = written.read(param.type, scope)
        if param.default is not None:
            elaborate.expression(param.default, scope.binding(found), of)
        found.setdefault(param.key.text, Typed(of, nodes.Name(param.key.text)))
    return found


def _def(found: Declared[tree.DefDecl], scope: Scope) -> None:
    inner = scope.inside(found, {})
    bound = _params(found.decl.params, inner)
    wanted = written.read(found.decl.type, inner)
    body = found.decl.value
    if isinstance(body, tree.Extern):
        outside.check(found, body, wanted, inner)
    else:
        elaborate.expression(body, inner.binding(bound), wanted)


def _predicate(found: Declared[tree.PredicateDecl], scope: Scope) -> None:
    decl = found.decl
    inner = scope.inside(found, dialogue.NAMES)
    bound = _params(decl.params, inner)
    if decl.method.text == "judge":
        predicates.judged(found, inner.binding(bound), {}, elaborate.expression)
        return
    if decl.method.text != "code":
        inner.later(decl.method, f"a predicate by {decl.method.text}", "write `by code` and `holds:`, or `by judge`")
        return
    seen: dict[str, tree.Word] = {}
    for field in decl.fields:
        if field.key.text in seen:
            inner.twice(field.key, f"`{field.key.text}:`", seen[field.key.text])
        elif field.key.text == "holds":
            elaborate.expression(field.value, inner.binding(bound), types.BOOL)
        else:
            inner.error("PED0210", field.key, f"a predicate by code has no field `{field.key.text}`",
                        did_you_mean(field.key.text, ["holds"]))
        seen.setdefault(field.key.text, field.key)
    if "holds" not in seen:
        inner.error("PED0702", decl.name, f"the predicate `{decl.name.text}` does not say when it holds",
                    "add `holds: …`")


def _misconception(found: Declared[tree.MisconceptionDecl], scope: Scope) -> None:
    decl = found.decl
    about = misconceptions.about(found)
    if about is None:
        if not isinstance(find(found.module, decl.type.text), Broken):
            known = [name for name, each in found.module.decls.items() if isinstance(each.body, tree.TypeDecl)]
            scope.error("PED0302", decl.type, f"`{decl.type.text}` is no type of records, and a misconception is about "
                        "one", did_you_mean(decl.type.text, known))
        return
    _once([field.key for field in decl.fields], "the field", scope)
    elaborate.misconception(found, about, nodes.Name("record"), scope)


def _moves(decl: tree.MovesDecl | tree.MovesOrdered, scope: Scope) -> None:
    _once(decl.names, "the move", scope)
    for word in decl.names:
        references.resolve(tree.Name(word.start, word.end, word), scope, "a move", tree.MoveDecl)


def _move(decl: tree.MoveDecl, scope: Scope) -> None:
    _params(decl.params or (), scope)
    cases = [item for item in decl.items if isinstance(item, tree.SubIntent)]
    _once([case.name for case in cases], "the case", scope)
    for param in decl.params or ():
        if cases and param.key.text == plan.CASE:
            scope.error("PED0202", param.key, "a move with cases has an argument `case` already",
                        "give it another name", also=(cases[0], "a case of it"))
    for item in decl.items:
        match item:
            case tree.Example(text=text, reply=reply):
                for each in (text, reply):
                    if each is not None:
                        texts.read(scope.module.source, each.word, scope.report)
