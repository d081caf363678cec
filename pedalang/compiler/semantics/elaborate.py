"""From an expression as written to a compiled one with its type: names resolved, definitions expanded, types checked.

`def`s, code predicates and misconceptions are expanded where they are used; they cannot call themselves, so that
every expression ends. A mistake is reported once, and what stands for it fits everywhere. What operators mean is in
`operators.py`, how references and arguments are found in `references.py`; here is what needs both.
"""

from __future__ import annotations

from collections.abc import Iterable

from pedalang.compiler.semantics import (
    builtin,
    definitions,
    interpolation,
    members,
    misconceptions,
    operators,
    outside,
    predicates,
    ranks,
    references,
    types,
    written,
)
from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.scope import (
    MAX_DEPTH,
    NOTHING,
    SPECIAL_FUNCTIONS,
    Binding,
    Broken,
    Case,
    Operand,
    Scope,
    Typed,
)
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes
from pedalang.expression.functions import FUNCTIONS


def expression(expr: tree.Expr, scope: Scope, wanted: Type | None = None, hint: Type | None = None) -> Typed:
    """The compiled expression, reported if not of the type `wanted`; a `hint` is for a case that several enums have."""
    budget = scope.budget
    if budget.depth >= MAX_DEPTH:
        return definitions.too_much(expr, "this is nested too deep, with the definitions that it uses", scope)
    budget.depth += 1
    try:
        typed = _expression(expr, scope, wanted or hint)
    finally:
        budget.depth -= 1
    if typed.type.optional and any(typed.expr == each for each in scope.present):
        typed = Typed(typed.type.required, typed.expr)
    return typed if wanted is None or typed is NOTHING else operators.fitted(Operand(expr, *typed), wanted, scope)


def operand(expr: tree.Expr, scope: Scope, hint: Type | None = None) -> Operand:
    """The compiled expression with where it stands."""
    return Operand(expr, *expression(expr, scope, hint=hint))


def _expression(expr: tree.Expr, scope: Scope, hint: Type | None) -> Typed:
    match expr:
        case tree.Name(word=word):
            return _name(word, scope, hint)
        case tree.Attribute():
            return _attribute(expr, scope)
        case tree.Call():
            return _call(expr, scope)
        case tree.Index(of=of, key=key):
            chosen = operand(key, scope)
            return operators.answered(operators.looked_up(operand(of, scope), chosen, scope), chosen, expr, scope)
        case tree.Number(word=word) | tree.Quantity(word=word):
            return operators.numeral(word, scope)
        case tree.True_() | tree.False_():
            return Typed(types.BOOL, nodes.Lit(isinstance(expr, tree.True_)))
        case tree.None_():
            return Typed(types.NONE, nodes.Lit(None))
        case tree.Text(word=word):
            return text(word, scope)
        case tree.List(items=items):
            inside = hint.item if hint is not None else None
            return operators.listed([operand(item, scope, inside) for item in items], scope)
        case tree.ListOf(comprehension=comprehension):
            return _each(comprehension, scope)
        case tree.Record(entries=entries):
            return _record(entries, scope, hint)
        case _:
            return _operation(expr, scope, hint)


def _operation(expr: tree.Expr, scope: Scope, hint: Type | None) -> Typed:
    match expr:
        case tree.And(left=left, right=right):
            one = expression(left, scope, types.BOOL)
            inner = scope.knowing(operators.known(one.expr)[0])
            return operators.logic("and", one, expression(right, inner, types.BOOL))
        case tree.Or(left=left, right=right):
            one = expression(left, scope, types.BOOL)
            inner = scope.knowing(operators.known(one.expr)[1])
            return operators.logic("or", one, expression(right, inner, types.BOOL))
        case tree.Not(value=value):
            return operators.negated(expression(value, scope, types.BOOL))
        case tree.Negative(value=value):
            return operators.minus(operand(value, scope), scope)
        case tree.Binary(left=left, operator=word, right=right):
            return operators.arithmetic(word, operand(left, scope), operand(right, scope), expr, scope)
        case tree.Compare(left=left, operator=word, right=right):
            return compared(expr, left, word, right, scope)
        case tree.In(item=item, container=container) | tree.NotIn(item=item, container=container):
            symbol = "in" if isinstance(expr, tree.In) else "not in"
            one = operand(item, scope)
            return operators.containment(symbol, one, operand(container, scope, types.list_of(one.type)), expr, scope)
        case tree.Coalesce(left=left, right=right):
            one = operand(left, scope, hint) if not isinstance(left, tree.Index) else \
                Operand(left, *operators.looked_up(operand(left.of, scope), operand(left.key, scope), scope))
            return operators.fallback(one, operand(right, scope, hint or one.type), expr, scope)
        case tree.Conditional(condition=condition, then=then, otherwise=otherwise):
            test = expression(condition, scope, types.BOOL)
            holds, fails = operators.known(test.expr)
            one = operand(then, scope.knowing(holds), hint)
            other = operand(otherwise, scope.knowing(fails), hint or one.type)
            return operators.choice(test, one, other, expr, scope)
        case tree.Range(low=low, high=high):
            return operators.between(expression(low, scope, types.INT), expression(high, scope, types.INT))
    raise TypeError(f"{type(expr).__name__} is no expression")


def compared(at: tree.Node, left: tree.Expr, word: tree.Word, right: tree.Expr, scope: Scope) -> Typed:
    """A comparison; a case on one side is one of the enum on the other."""
    if isinstance(left, tree.Name) and isinstance(scope.lookup(left.word.text), Case):
        other = operand(right, scope)
        return operators.comparison(word, operand(left, scope, other.type), other, at, scope)
    one = operand(left, scope)
    return operators.comparison(word, one, operand(right, scope, one.type), at, scope)


# ---------------------------------------------------------------- literals


def text(word: tree.Word, scope: Scope) -> Typed:
    """A text, with what it interpolates. A part that may be none makes the whole text one that may be none."""
    interpolation.check(word, scope)
    parts: list[nodes.Expr] = []
    optional = False
    for part in texts.read(scope.module.source, word, scope.report):
        if isinstance(part, str):
            parts.append(nodes.Lit(part))
            continue
        typed = interpolation.shown(part, expression(part, scope), scope)
        optional = optional or typed.type.optional
        parts.append(typed.expr)
    return Typed(types.optional(types.TEXT) if optional else types.TEXT, interpolation.joined(parts))


def _record(entries: Iterable[tree.KeyEntry | tree.TextEntry], scope: Scope, hint: Type | None) -> Typed:
    """A record; where a map by the cases of an enum is wanted, its keys are cases."""
    keyed, inside = hint.arguments if hint is not None and hint.name == "Map" else (types.TEXT, None)
    found: list[tuple[tree.Word, str, Typed]] = []
    for entry in entries:
        key = entry.key.text if isinstance(entry, tree.KeyEntry) else texts.plain(scope.module.source, entry.key)
        found.append((entry.key, key, expression(entry.value, scope, hint=inside)))
    return operators.record(found, keyed if keyed.is_enum else types.TEXT, scope)


def _each(comprehension: tree.Comprehension, scope: Scope) -> Typed:
    over = operand(comprehension.over, scope)
    item = over.type.item
    if item is None or over.type.optional:
        return operators.misfit(over, types.list_of(types.ANY), scope)
    depth = len(scope.expanding)  # a definition's own name must not hide that of who uses it
    name = comprehension.name.text
    unique = f"{name}.{depth}" if depth else name
    inner = scope.binding({name: Typed(item, nodes.Name(unique))})
    condition = None
    if comprehension.condition is not None:
        condition = expression(comprehension.condition, inner, types.BOOL).expr
        inner = inner.knowing(operators.known(condition)[0])
    value = expression(comprehension.value, inner)
    return Typed(types.list_of(value.type), nodes.Each(value.expr, unique, over.expr, condition))


# ---------------------------------------------------------------- names and fields


def _name(word: tree.Word, scope: Scope, hint: Type | None) -> Typed:
    found = scope.lookup(word.text)
    cases = hint.cases if hint is not None else ()
    if hint is not None and word.text in cases and (found is None or isinstance(found, Case)):
        return Typed(hint.required, nodes.Lit(word.text))
    return scope.unknown(word) if found is None else _value(found, word, scope)


def _value(found: Binding, word: tree.Word, scope: Scope) -> Typed:
    """What a name that stands alone is worth."""
    match found:
        case Typed():
            return found
        case Broken():
            return NOTHING
        case Case(enums=(enum,), name=name):
            return Typed(types.named(enum), nodes.Lit(name))
        case Case(enums=enums, name=name):
            return scope.error("PED0211", word, f"`{name}` is a case of " +
                               " and ".join(f"`{enum.decl.name.text}`" for enum in enums),
                               f"write `{enums[0].decl.name.text}.{name}`")
        case Declared(_, tree.LetDecl() | tree.LetTyped() as let):
            return _let(Declared(found.module, let), word, scope)
        case Declared(_, tree.ModelDecl(name=name)):
            return Typed(types.MODEL, nodes.Lit(name.text))
        case Declared(_, tree.MoveDecl()):
            return Typed(types.MOVE, nodes.Lit(word.text))
        case Declared(_, tree.MisconceptionDecl() as decl):
            of = misconceptions.about(Declared(found.module, decl))
            return NOTHING if of is None else Typed(Type("Misconception", (of,)), nodes.Lit(word.text))
        case Declared(_, tree.DefDecl() | tree.PredicateDecl()):
            return _applied(found, word, word, (), scope)
    return scope.error("PED0208", word, f"`{word.text}` is {references.kind_of(found)}, where a value is wanted",
                       references.valued(found, word))


def _let(found: Declared[tree.LetDecl | tree.LetTyped], word: tree.Word, scope: Scope) -> Typed:
    if not definitions.may_expand(found, word, f"`{word.text}` is defined by itself", scope):
        return NOTHING
    return let(found, scope, word)


def let(found: Declared[tree.LetDecl | tree.LetTyped], scope: Scope, at: tree.Word | None = None) -> Typed:
    """The value that a `let` names; `at` is where it is used."""
    inner = scope.inside(found, {}, at)
    if isinstance(found.decl, tree.LetDecl):
        return expression(found.decl.value, inner)
    wanted = written.read(found.decl.type, inner)
    return Typed(wanted, expression(found.decl.value, inner, wanted).expr)


def _attribute(expr: tree.Attribute, scope: Scope) -> Typed:
    if isinstance(expr.of, tree.Name):
        name = expr.name
        match scope.lookup(expr.of.word.text):
            case Module() as module:
                found = scope.of(module, name)
                if found is not None:
                    return _value(found, name, scope.of_module(module))
                help = did_you_mean(name.text, module.decls)
                return scope.error("PED0201", name, f"the module `{module.name}` has no `{name.text}`", help)
            case Declared(home, tree.EnumDecl() as enum):
                return members.of_enum(types.named(Declared(home, enum)), name, scope)
    of = operand(expr.of, scope)
    if of.type.name == "History" and expr.name.text == "turns":
        return Typed(types.INT, nodes.Call("count", (of.expr,)))
    return members.field(of, expr.name, scope)


# ---------------------------------------------------------------- calls


def _call(expr: tree.Call, scope: Scope) -> Typed:
    match expr.function:
        case tree.Name(word=word):
            found = scope.lookup(word.text)
            if found is None or (isinstance(found, Typed) and word.text in FUNCTIONS):  # a value cannot be called
                return _own(word, expr, scope)
            return _applied(found, word, expr, expr.arguments, scope)
        case tree.Attribute(of=tree.Name(word=owner), name=name):
            match scope.lookup(owner.text):
                case Broken():
                    return NOTHING
                case Module() as module:
                    found = scope.of(module, name)
                    if found is not None:
                        return _applied(found, name, expr, expr.arguments, scope)
                    help = did_you_mean(name.text, module.decls)
                    return scope.error("PED0201", name, f"the module `{module.name}` has no `{name.text}`", help)
                case Declared(home, tree.MovesDecl() | tree.MovesOrdered() as moves):
                    given = _plain(name, expr.arguments, scope)
                    return NOTHING if given is None else ranks.call(Declared(home, moves), name, expr, given, scope)
            return _method(operand(expr.function.of, scope), name, expr, scope)
        case tree.Attribute(of=of, name=name):
            return _method(operand(of, scope), name, expr, scope)
    return scope.error("PED0208", expr.function, "this is no function")


def _own(word: tree.Word, expr: tree.Call, scope: Scope) -> Typed:
    """A call of one of the language's own functions."""
    if word.text not in (*FUNCTIONS, *SPECIAL_FUNCTIONS):
        return scope.unknown(word, "function")
    arguments = _plain(word, expr.arguments, scope)
    if arguments is None:
        return NOTHING
    return builtin.call(word.text, expr, arguments, scope)


def _plain(word: tree.Word, arguments: Iterable[tree.Argument], scope: Scope) -> list[Operand] | None:
    """Arguments without names, compiled."""
    found: list[Operand] = []
    for argument in arguments:
        match argument:
            case tree.Named(key=key):
                scope.error("PED0307", key, f"`{word.text}` takes no named arguments", "leave the name out")
                return None
            case tree.Comprehension():
                found.append(Operand(argument, *_each(argument, scope)))
            case _:
                found.append(operand(argument, scope))
    return found


def _method(of: Operand, name: tree.Word, expr: tree.Call, scope: Scope) -> Typed:
    if of.type.name == "Any" and of.expr == NOTHING.expr:
        return NOTHING
    if of.type.name == "Misconception":
        given = _plain(name, expr.arguments, scope)
        return NOTHING if given is None else misconceptions.call(of, name, expr, given, scope, expression)
    if of.type.name == "History" and name.text == "count":
        arguments = _plain(name, expr.arguments, scope)
        return NOTHING if arguments is None else builtin.call("count_moves", expr, [of, *arguments], scope)
    known = ("count",) if of.type.name == "History" else ()
    return scope.error("PED0304", name, f"{operators.article(of.type)} has no function `{name.text}`",
                       did_you_mean(name.text, known, "it has") or
                       (f"write `{name.text}(…)`" if name.text in FUNCTIONS else ""))


# ---------------------------------------------------------------- definitions, put in where they are used


def _applied(found: Binding, word: tree.Word, at: tree.Node, arguments: Iterable[tree.Argument], scope: Scope) -> Typed:
    """A call of a `def` or a code predicate: its text with the arguments in place of the parameters."""
    match found:
        case Broken():
            return NOTHING
        case Declared(_, tree.DefDecl(params=params, value=tree.Extern()) as decl):
            given = bind(found, word, at, params, arguments, scope)
            return outside.applied(Declared(found.module, decl), word, at, given, scope)
        case Declared(_, tree.DefDecl(params=params, type=gives, value=body)) if not isinstance(body, tree.Extern):
            wanted = written.read(gives, scope.inside(found, {}))
            return _expanded(found, word, at, params, arguments, body, wanted, scope)
        case Declared(_, tree.PredicateDecl(method=method) as decl) if method.text == "judge":
            return predicates.asked(Declared(found.module, decl), word, at, arguments, scope, bind, expression)
        case Declared(_, tree.PredicateDecl(params=params, method=method) as decl):
            holds = next((field.value for field in decl.fields if field.key.text == "holds"), None)
            if method.text != "code" or holds is None:
                return NOTHING  # refused where it is declared
            return _expanded(found, word, at, params, arguments, holds, types.BOOL, scope)
    what = references.kind_of(found)
    return scope.error("PED0208", word, f"`{word.text}` is {what}, and no function",
                       f"write `{word.text}`: only functions are called" if what == "a value" else "")


def _expanded(found: Declared[tree.Node], word: tree.Word, at: tree.Node, params: tuple[tree.Param, ...],
              arguments: Iterable[tree.Argument], body: tree.Expr, wanted: Type, scope: Scope) -> Typed:
    if not definitions.may_expand(found, word, f"`{word.text}` calls itself", scope):
        return NOTHING
    bound = bind(found, word, at, params, arguments, scope)
    if bound is None:
        return NOTHING
    values, lets = definitions.named(word.text, bound)
    if isinstance(found.decl, tree.PredicateDecl):
        values = {**{key: scope.values[key] for key in ("turn", "history", "phase") if key in scope.values}, **values}
    return Typed(wanted, definitions.let(lets, expression(body, scope.inside(found, values, word), wanted).expr))


def bind(found: Declared[tree.Node], word: tree.Word, at: tree.Node, params: tuple[tree.Param, ...],
         arguments: Iterable[tree.Argument], scope: Scope) -> dict[str, Typed] | None:
    """Values for the parameters of a declaration, in their order: arguments by place or name, else defaults, which may
    use the parameters before them. None after a mistake."""
    given = references.arranged(word, at, params, arguments, scope)
    if given is None:
        return None
    inner = scope.inside(found, {})
    bound: dict[str, Typed] = {}
    for param in params:
        name, wanted = param.key.text, written.read(param.type, inner)
        typed = NOTHING
        if name in given:
            typed = expression(given[name], scope, wanted)
        elif param.default is not None:
            typed = expression(param.default, inner.binding(bound), wanted)
        bound[name] = NOTHING if typed is NOTHING else Typed(wanted, typed.expr)
    return bound


def misconception(found: Declared[tree.MisconceptionDecl], record: Type, given: nodes.Expr,
                  scope: Scope) -> dict[str, Typed]:
    """The fields of a misconception about a given record."""
    return misconceptions.fields(found, record, given, scope, expression)
