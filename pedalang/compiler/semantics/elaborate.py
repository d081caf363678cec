"""From an expression as written to a compiled one with its type: names resolved, definitions expanded, types checked.

`def`s, code predicates and misconceptions are expanded where they are used; they cannot call themselves, so that
every expression ends. A mistake is reported once, and what stands for it fits everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from pedalang.compiler.semantics import builtin, operators, types, written
from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.semantics.scope import NOTHING, Case, Declared, Scope, Typed, declared
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes
from pedalang.expression.functions import FUNCTIONS


def expression(expr: tree.Expr, scope: Scope, wanted: Type | None = None) -> Typed:
    """The compiled expression. With `wanted`, an expression of another type is reported."""
    typed = _expression(expr, scope)
    if wanted is not None and not types.fits(typed.type, wanted):
        return _misfit(expr, typed.type, wanted, scope)
    return typed


def _misfit(expr: tree.Node, actual: Type, wanted: Type, scope: Scope) -> Typed:
    if actual.optional and types.fits(actual.required, wanted):
        return scope.error("PED0306", expr, f"this may be none, where {wanted} is wanted",
                           "say what holds then: `… ?? OTHER`, or `if … == none then … else …`")
    return scope.error("PED0301", expr, f"this is {actual}, where {wanted} is wanted")


def _expression(expr: tree.Expr, scope: Scope) -> Typed:
    match expr:
        case tree.Name(word=word):
            return _name(word, scope)
        case tree.Attribute():
            return _attribute(expr, scope)
        case tree.Call():
            return _call(expr, scope)
        case tree.Index(of=of, key=key):
            return _index(expression(of, scope), expression(key, scope), expr, scope)
        case tree.Number(word=word):
            return _number(word.text)
        case tree.Quantity(word=word):
            return _quantity(word.text)
        case tree.True_():
            return Typed(types.BOOL, nodes.Lit(True))
        case tree.False_():
            return Typed(types.BOOL, nodes.Lit(False))
        case tree.None_():
            return Typed(types.NONE, nodes.Lit(None))
        case tree.Text(word=word):
            return text(word, scope)
        case tree.List(items=items):
            return _list(items, scope)
        case tree.ListOf(comprehension=comprehension):
            return _each(comprehension, scope)
        case tree.Record(entries=entries):
            pairs = [(entry.key.text.strip('"'), expression(entry.value, scope)) for entry in entries]
            shape = nodes.Entries(tuple(key for key, _ in pairs), tuple(value.expr for _, value in pairs))
            return Typed(Type("Map", (types.TEXT, types.ANY)), shape)
        case _:
            return _operation(expr, scope)


def _operation(expr: tree.Expr, scope: Scope) -> Typed:
    match expr:
        case tree.And(left=left, right=right):
            return _logic("and", left, right, scope)
        case tree.Or(left=left, right=right):
            return _logic("or", left, right, scope)
        case tree.Not(value=value):
            return Typed(types.BOOL, nodes.Unary("not", expression(value, scope, types.BOOL).expr))
        case tree.Negative(value=value):
            typed = expression(value, scope, types.FLOAT)
            return Typed(typed.type, nodes.Unary("-", typed.expr))
        case tree.Binary(left=left, operator=word, right=right):
            return _arithmetic(expr, word, left, right, scope)
        case tree.Compare(left=left, operator=word, right=right):
            return compare(expr, word, expression(left, scope), expression(right, scope), scope)
        case tree.In(item=item, container=container):
            return _contains("in", expr, item, container, scope)
        case tree.NotIn(item=item, container=container):
            return _contains("not in", expr, item, container, scope)
        case tree.Coalesce(left=left, right=right):
            return _coalesce(expr, left, right, scope)
        case tree.Conditional():
            return _conditional(expr, scope)
        case tree.Range(low=low, high=high):
            first, last = expression(low, scope, types.INT), expression(high, scope, types.INT)
            return Typed(types.list_of(types.INT), nodes.Call("range", (first.expr, last.expr)))
    raise TypeError(f"{type(expr).__name__} is no expression")


# ---------------------------------------------------------------- literals


def _number(word: str) -> Typed:
    plain = word.replace("_", "")
    return Typed(types.FLOAT, nodes.Lit(float(plain))) if "." in plain else Typed(types.INT, nodes.Lit(int(plain)))


def _quantity(word: str) -> Typed:
    if word.endswith("%"):
        return Typed(Type("Percent"), nodes.Lit(float(word[:-1].replace("_", "")) / 100))
    return _number(word.split()[0])


def text(word: tree.Word, scope: Scope) -> Typed:
    """A text, with what it interpolates. A part that may be none makes the whole text one that may be absent."""
    parts: list[nodes.Expr] = []
    for part in texts.read(scope.module.source, word, scope.report):
        if isinstance(part, str):
            parts.append(nodes.Lit(part))
            continue
        typed = expression(part, scope)
        if typed.type.name in ("Turn", "History", "Role", "Measures"):
            scope.error("PED0402", part, f"a text cannot show {typed.type}", "show one of its fields")
        parts.append(typed.expr)
    if all(isinstance(part, nodes.Lit) for part in parts):
        whole = "".join(part.value for part in parts)  # type: ignore[union-attr, misc]
        return Typed(types.TEXT, nodes.Lit(whole))
    return Typed(types.TEXT, nodes.Text(tuple(parts)))


def _list(items: Iterable[tree.Expr], scope: Scope) -> Typed:
    found = [(item, expression(item, scope)) for item in items]
    of = types.ANY
    for item, typed in found:
        joined = typed.type if of is types.ANY else types.join(of, typed.type)
        if joined is None:
            return scope.error("PED0301", item, f"this is {typed.type}, in a list of {of}")
        of = joined
    return Typed(types.list_of(of), nodes.Items(tuple(typed.expr for _, typed in found)))


def _each(comprehension: tree.Comprehension, scope: Scope) -> Typed:
    over = expression(comprehension.over, scope)
    if over.type.name not in ("List", "History", "Any"):
        return scope.error("PED0301", comprehension.over, f"this is {over.type}, where a list is wanted")
    item = types.TURN if over.type.name == "History" else (over.type.arguments or (types.ANY,))[0]
    name = comprehension.name.text
    inner = scope.binding({name: Typed(item, nodes.Name(name))})
    value = expression(comprehension.value, inner)
    condition = expression(comprehension.condition, inner, types.BOOL).expr if comprehension.condition else None
    return Typed(types.list_of(value.type), nodes.Each(value.expr, name, over.expr, condition))


# ---------------------------------------------------------------- operators


def _logic(symbol: str, left: tree.Expr, right: tree.Expr, scope: Scope) -> Typed:
    one, other = expression(left, scope, types.BOOL), expression(right, scope, types.BOOL)
    return Typed(types.BOOL, nodes.Binary(symbol, one.expr, other.expr))


def _arithmetic(expr: tree.Node, word: tree.Word, left: tree.Expr, right: tree.Expr, scope: Scope) -> Typed:
    one, other = expression(left, scope), expression(right, scope)
    gives = operators.arithmetic(word.text, one.type, other.type)
    if gives is None:
        if one.type.optional or other.type.optional:
            maybe = left if one.type.optional else right
            return _misfit(maybe, types.optional(types.FLOAT), types.FLOAT, scope)
        return scope.error("PED0301", expr, f"`{word.text}` cannot join {one.type} and {other.type}")
    return Typed(gives, nodes.Binary(word.text, one.expr, other.expr))


def compare(expr: tree.Node, word: tree.Word, one: Typed, other: Typed, scope: Scope) -> Typed:
    """A comparison of two compiled sides."""
    if not operators.comparable(word.text, one.type, other.type):
        return scope.error("PED0301", expr, f"{one.type} cannot be compared with {other.type} by `{word.text}`")
    return Typed(types.BOOL, nodes.Binary(word.text, one.expr, other.expr))


def _contains(symbol: str, expr: tree.Node, item: tree.Expr, container: tree.Expr, scope: Scope) -> Typed:
    one, other = expression(item, scope), expression(container, scope)
    if not operators.contains(one.type, other.type):
        return scope.error("PED0301", expr, f"{one.type} cannot be looked for in {other.type}")
    return Typed(types.BOOL, nodes.Binary(symbol, one.expr, other.expr))


def _coalesce(expr: tree.Node, left: tree.Expr, right: tree.Expr, scope: Scope) -> Typed:
    one, other = expression(left, scope), expression(right, scope)
    joined = types.join(one.type.required, other.type)
    if joined is None:
        return scope.error("PED0301", expr, f"`??` cannot choose between {one.type} and {other.type}")
    return Typed(joined, nodes.Binary("??", one.expr, other.expr))


def _conditional(expr: tree.Conditional, scope: Scope) -> Typed:
    condition = expression(expr.condition, scope, types.BOOL)
    then, otherwise = expression(expr.then, scope), expression(expr.otherwise, scope)
    joined = types.join(then.type, otherwise.type)
    if joined is None:
        return scope.error("PED0301", expr, f"one side is {then.type}, the other {otherwise.type}")
    return Typed(joined, nodes.If(condition.expr, then.expr, otherwise.expr))


def _index(of: Typed, key: Typed, expr: tree.Index, scope: Scope) -> Typed:
    if of.type.name == "Any":
        return Typed(types.ANY, nodes.Index(of.expr, key.expr))
    if of.type.optional or of.type.name not in ("List", "Map"):
        return scope.error("PED0301", expr.of, f"{of.type} has no items to look up")
    wanted = types.INT if of.type.name == "List" else of.type.arguments[0]
    if not types.fits(key.type, wanted):
        return _misfit(expr.key, key.type, wanted, scope)
    return Typed(types.optional(of.type.arguments[-1]), nodes.Index(of.expr, key.expr))


# ---------------------------------------------------------------- names and fields


def _name(word: tree.Word, scope: Scope) -> Typed:
    match scope.lookup(word.text):
        case Typed() as typed:
            return typed
        case Case(of=of, name=name):
            assert isinstance(of.decl, tree.EnumDecl)
            cases = tuple(case.name.text for case in of.decl.cases)
            return Typed(Type(of.decl.name.text, kind="enum", cases=cases), nodes.Lit(name))
        case Declared(module, tree.LetDecl() | tree.LetTyped() as let):
            return _let(Declared(module, let), let, word, scope)
        case Declared(_, tree.MoveDecl()):
            return Typed(types.MOVE, nodes.Lit(word.text))
        case Declared(_, tree.MisconceptionDecl(type=of)):
            return Typed(Type("Misconception", (Type(of.text, kind="record"),)), nodes.Lit(word.text))
        case Declared(_, tree.DefDecl() | tree.PredicateDecl()):
            return _expand(word, word, (), scope)
        case Declared(_, decl):
            return scope.error("PED0208", word, f"`{word.text}` is no value", f"it is {article(decl)}")
        case Module():
            return scope.error("PED0208", word, f"`{word.text}` is a module", "name something in it, after a dot")
    return scope.unknown(word)


def article(decl: tree.Declaration) -> str:
    """`a role`, `an enum`: a declaration's kind in words."""
    kind = type(decl).__name__.removesuffix("Decl").lower()
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _let(found: Declared, let: tree.LetDecl | tree.LetTyped, word: tree.Word, scope: Scope) -> Typed:
    if let in scope.expanding:
        return scope.error("PED0209", word, f"`{word.text}` is defined by itself")
    inner = scope.inside(found, {})
    wanted = written.read(let.type, inner) if isinstance(let, tree.LetTyped) else None
    return expression(let.value, inner, wanted)


def _attribute(expr: tree.Attribute, scope: Scope) -> Typed:
    if isinstance(expr.of, tree.Name):
        match scope.lookup(expr.of.word.text):
            case Module() as module:
                return _name(expr.name, Scope(scope.report, module, {}, scope.expanding))
            case Declared(_, tree.EnumDecl() as enum) if expr.name.text == "cases":
                names = tuple(case.name.text for case in enum.cases)
                of = Type(enum.name.text, kind="enum", cases=names)
                return Typed(types.list_of(of), nodes.Items(tuple(nodes.Lit(name) for name in names)))
    of = expression(expr.of, scope)
    if of.type.name == "History" and expr.name.text == "turns":
        return Typed(types.INT, nodes.Call("count", (of.expr,)))
    return field(of, expr.name, scope)


def field(of: Typed, word: tree.Word, scope: Scope) -> Typed:
    """A field of a compiled value."""
    if of.type.name in ("Any", "Row"):
        return Typed(types.ANY, nodes.Attr(of.expr, word.text))
    if of.type.optional:
        return _misfit(word, of.type, of.type.required, scope)
    known = fields(of.type, scope)
    found = known.get(word.text)
    if found is None:
        return scope.error("PED0304", word, f"{of.type} has no field `{word.text}`", did_you_mean(word.text, known))
    return Typed(found, nodes.Attr(of.expr, word.text))


def fields(of: Type, scope: Scope) -> dict[str, Type]:
    """What a type's values have after a dot."""
    if of.name == "Turn":
        return types.TURN_FIELDS
    if of.name == "Role":
        return dict(of.members)
    if of.kind == "record":
        match scope.lookup(of.name):
            case Declared(module, tree.TypeDecl(fields=found)):
                inner = Scope(scope.report, module)
                return {each.key.text: written.read(each.type, inner) for each in found}
    return {}


# ---------------------------------------------------------------- calls


def _call(expr: tree.Call, scope: Scope) -> Typed:
    match expr.function:
        case tree.Name(word=word):
            if scope.lookup(word.text) is not None:
                return _expand(word, expr, expr.arguments, scope)
            if word.text == "initial":
                return _initial(expr, scope)
            if word.text == "describe":
                return _describe(expr, scope)
            if word.text not in FUNCTIONS:
                return scope.unknown(word, "function")
            return builtin.call(word, expr, _plain(expr.arguments, scope), scope)
        case tree.Attribute(of=tree.Name(word=owner), name=name) if isinstance(scope.lookup(owner.text), Module):
            module = scope.lookup(owner.text)
            assert isinstance(module, Module)
            return _expand(name, expr, expr.arguments, scope, within=module)
        case tree.Attribute(of=of, name=name):
            return _method(expression(of, scope), name, expr, scope)
    return scope.error("PED0208", expr.function, "this cannot be called")


def _plain(arguments: Iterable[tree.Argument], scope: Scope) -> list[tuple[tree.Node, Typed]]:
    """Arguments without names, compiled."""
    found: list[tuple[tree.Node, Typed]] = []
    for argument in arguments:
        match argument:
            case tree.Named(key=key):
                scope.error("PED0307", key, "this function takes no named arguments")
            case tree.Comprehension():
                found.append((argument, _each(argument, scope)))
            case _:
                found.append((argument, expression(argument, scope)))
    return found


def _initial(expr: tree.Call, scope: Scope) -> Typed:
    arguments = _plain(expr.arguments, scope)
    if len(arguments) != 1:
        return scope.error("PED0307", expr, f"`initial` takes 1 argument, not {len(arguments)}")
    typed = arguments[0][1]
    return Typed(typed.type, nodes.Initial(typed.expr))


def _describe(expr: tree.Call, scope: Scope) -> Typed:
    """The text that stands beside a case of an enum."""
    arguments = _plain(expr.arguments, scope)
    if len(arguments) != 1 or arguments[0][1].type.kind != "enum":
        return scope.error("PED0307", expr, "`describe` takes one value of an enum")
    of = arguments[0][1]
    match scope.lookup(of.type.name):
        case Declared(module, tree.EnumDecl(cases=cases)):
            read = {case.name.text: texts.plain(module.source, case.description) if case.description
                    else case.name.text for case in cases}
            return Typed(replace_optional(types.TEXT, of.type),
                         nodes.Match(of.expr, {n: nodes.Lit(t) for n, t in read.items()}, nodes.Lit(None)))
    return NOTHING


def replace_optional(of: Type, like: Type) -> Type:
    return types.optional(of) if like.optional else of


def _method(of: Typed, name: tree.Word, expr: tree.Call, scope: Scope) -> Typed:
    if of.type.name == "Misconception":
        return misconception(of, name, expr.arguments, scope)
    if of.type.name == "History" and name.text == "count":
        return builtin.method("count_moves", of, expr, _plain(expr.arguments, scope), scope)
    if of.type.name == "Any":
        return NOTHING
    return scope.error("PED0304", name, f"{of.type} has no function `{name.text}`")


def misconception(of: Typed, name: tree.Word, arguments: Iterable[tree.Argument], scope: Scope) -> Typed:
    """A field of the misconception that a value names, computed for a record: one case for each that is declared."""
    given = _plain(arguments, scope)
    record = of.type.arguments[0]
    if len(given) != 1 or given[0][1].type.name not in (record.name, "Any"):
        return scope.error("PED0307", name, f"`{name.text}` of a misconception takes the {record} it is about")
    known = [d for d in declared(scope.module, tree.MisconceptionDecl)
             if isinstance(d.decl, tree.MisconceptionDecl) and d.decl.type.text == record.name]
    cases: dict[str, nodes.Expr] = {}
    gives: Type | None = None
    for each in known:
        typed = _misconception_field(each, name.text, given[0][1], scope)
        if typed is not None:
            cases[each.decl.name.text] = typed.expr  # type: ignore[union-attr]
            gives = typed.type if gives is None else types.join(gives, typed.type)
    if gives is None:
        return scope.error("PED0304", name, f"no misconception for {record} has a field `{name.text}`")
    maybe = of.type.optional or len(cases) < len(known)
    return Typed(types.optional(gives) if maybe else gives, nodes.Match(of.expr, cases, nodes.Lit(None)))


def _misconception_field(found: Declared, name: str, record: Typed, scope: Scope) -> Typed | None:
    """A field, with the record's fields and the misconception's earlier fields under their bare names."""
    assert isinstance(found.decl, tree.MisconceptionDecl)
    of = Type(found.decl.type.text, kind="record")
    outer = scope.inside(found, {})
    values = {key: Typed(t, nodes.Attr(record.expr, key)) for key, t in fields(of, outer).items()}
    for each in found.decl.fields:
        if each.key.text == name:
            return expression(each.value, scope.inside(found, values))
        values[each.key.text] = expression(each.value, scope.inside(found, values))
    return None


def _expand(word: tree.Word, expr: tree.Node, arguments: Iterable[tree.Argument], scope: Scope,
            within: Module | None = None) -> Typed:
    """A call of a `def` or a code predicate: its text with the arguments in place of the parameters."""
    outer = scope if within is None else Scope(scope.report, within)
    match outer.lookup(word.text):
        case Declared(_, tree.DefDecl(value=tree.Extern())):
            return scope.error("PED0308", expr, f"`{word.text}` is computed outside the language",
                               "use it in a criterion's `measures:`")
        case Declared(_, tree.DefDecl(params=params, type=gives, value=body)) as found:
            assert not isinstance(body, tree.Extern)
            wanted = written.read(gives, scope.inside(found, {}))
            return _expanded(word, expr, found, params, arguments, body, wanted, scope)
        case Declared(_, tree.PredicateDecl(params=params, fields=found_fields, method=method)) as found:
            holds = next((f.value for f in found_fields if f.key.text == "holds"), None)
            if method.text != "code" or holds is None:
                return scope.error("PED0901", expr, f"a predicate by {method.text} cannot be run yet",
                                   "a predicate by code with `holds:` can")
            return _expanded(word, expr, found, params, arguments, holds, types.BOOL, scope)
        case None:
            return scope.unknown(word)
    return scope.error("PED0208", word, f"`{word.text}` cannot be called")


def _expanded(word: tree.Word, expr: tree.Node, found: Declared, params: tuple[tree.Param, ...],
              arguments: Iterable[tree.Argument], body: tree.Expr, wanted: Type, scope: Scope) -> Typed:
    if found.decl in scope.expanding:
        return scope.error("PED0209", word, f"`{word.text}` calls itself", "a definition cannot be recursive")
    bound = bind(word, expr, found, params, arguments, scope)
    if bound is None:
        return NOTHING
    values, lets = dict(bound), []
    for name, typed in bound.items():
        if not isinstance(typed.expr, nodes.Lit | nodes.Name | nodes.Attr):
            unique = f"{word.text}.{name}"
            lets.append((unique, typed.expr))
            values[name] = Typed(typed.type, nodes.Name(unique))
    if isinstance(found.decl, tree.PredicateDecl):
        values = {**{k: v for k, v in scope.values.items() if k in ("turn", "history", "phase")}, **values}
    inner = expression(body, scope.inside(found, values), wanted)
    result = inner.expr
    for unique, value in reversed(lets):
        result = nodes.Let(unique, value, result)
    return Typed(wanted, result)


def bind(word: tree.Word, expr: tree.Node, found: Declared, params: tuple[tree.Param, ...],
         arguments: Iterable[tree.Argument], scope: Scope) -> dict[str, Typed] | None:
    """Arguments to the parameters of a declaration, by place, then by name, then by default. None after a mistake."""
    by_name = {param.key.text: param for param in params}
    bound: dict[str, Typed] = {}
    inner = scope.inside(found, {})
    for place, argument in enumerate(arguments):
        if isinstance(argument, tree.Named):
            name, value = argument.key.text, argument.value
        elif isinstance(argument, tree.Comprehension) or place >= len(params):
            scope.error("PED0307", argument, f"`{word.text}` takes {len(params)} arguments")
            return None
        else:
            name, value = params[place].key.text, argument
        if name not in by_name:
            scope.error("PED0307", argument, f"`{word.text}` has no parameter `{name}`", did_you_mean(name, by_name))
            return None
        bound[name] = expression(value, scope, written.read(by_name[name].type, inner))
    for name, param in by_name.items():
        if name not in bound and param.default is not None:
            bound[name] = expression(param.default, inner.binding(bound), written.read(param.type, inner))
        elif name not in bound:
            scope.error("PED0307", expr, f"`{word.text}` needs its parameter `{name}`")
            return None
    return bound
