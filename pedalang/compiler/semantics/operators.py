"""Operators on operands that are compiled already: which types each takes, what comes out, what it is compiled to."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang.compiler.semantics import numerals, types
from pedalang.compiler.semantics.scope import NOTHING, Operand, Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes, values

_ORDER = ("<", "<=", ">", ">=")


def fitted(operand: Operand, wanted: Type, scope: Scope) -> Typed:
    """The operand, reported where it is not of the wanted type or, as a written number, not in its range."""
    if not types.fits(operand.type, wanted):
        return misfit(operand, wanted, scope)
    match operand.expr:
        case nodes.Lit(int() | float() as value) if wanted.low is not None and wanted.high is not None:
            if not wanted.low <= value <= wanted.high:
                span = f"{values.to_text(wanted.low)}..{values.to_text(wanted.high)}"
                return scope.error("PED0305", operand.at, f"{values.to_text(value)} is not in {span}",
                                   f"write a number from {values.to_text(wanted.low)} to {values.to_text(wanted.high)}")
    return Typed(operand.type, operand.expr)


def misfit(operand: Operand, wanted: Type, scope: Scope) -> Typed:
    """Reports an operand of another type than the wanted one."""
    actual = operand.type
    if actual.name == "None":
        return scope.error("PED0306", operand.at, f"this is none, where {article(wanted)} is wanted",
                           f"write a value, or `{wanted}?` for the type")
    if actual.optional and types.fits(actual.required, wanted):
        return scope.error("PED0306", operand.at, f"this may be none, where {article(wanted)} is wanted",
                           "say what holds then: `… ?? OTHER`, or `if … == none then … else …`")
    if other_unit(actual, wanted):
        return scope.error("PED0313", operand.at, f"this is {amount(actual)}, where {amount(wanted)} are wanted",
                           for_example(wanted))
    return scope.error("PED0301", operand.at, f"this is {article(actual)}, where {article(wanted)} is wanted",
                       _conversion(actual, wanted))


def other_unit(actual: Type, wanted: Type) -> bool:
    """Whether both are numbers, and the wanted one is of something that the other is not of."""
    return actual.is_number and wanted.name in types.UNITS and actual.name != wanted.name


def amount(of: Type) -> str:
    """`turns`, `a plain number`: what a number is of, in words."""
    return of.name.lower() if of.name in types.UNITS else "a plain number"


def for_example(of: Type) -> str:
    """How a number of something is written."""
    return f"write for example `12 {of.name.lower()}`"


def _conversion(actual: Type, wanted: Type) -> str:
    """How a value becomes one of the wanted type, where there is a way."""
    match actual.name, wanted.name:
        case "Float", "Rational":
            return "write `rational(1, 2)` for an exact fraction"
        case "Text", "Int" | "Rational" | "Float":
            return f"write `{wanted.name.lower()}(…)` to read a number"
        case "Float" | "Rational", "Int":
            return "write `round(…)` for the nearest whole number"
        case _, "Bool" if actual.is_number:
            return "compare it, for example `… > 0`"
        case _, "Text" if actual.is_number or actual.name == "Bool" or actual.cases:
            return "put it into a text: `\"{{ … }}\"`"
    return ""


def article(of: Type) -> str:
    """`a Text`, `an Int`, `a list of Int`: a type in words."""
    if of.optional and of.name != "None":
        return f"{article(of.required)} or none"
    match of.name:
        case "None":
            return "none"
        case "History":
            return "the history"
        case "Role":
            return "a member of the cast"
        case "Row":
            return "a row of data"
        case "Entry":
            return "an entry of a row"
        case "Turn" | "Move":
            return f"a {of.name.lower()}"
        case "List":
            return f"a list of {of.arguments[0]}" if of.arguments[0].name != "Any" else "a list"
        case "Any":
            return "anything"
    return f"an `{of}`" if of.name[0] in "AEIO" else f"a `{of}`"


# ---------------------------------------------------------------- truth values


def logic(symbol: str, left: Typed, right: Typed) -> Typed:
    """`and` or `or` of two truth values."""
    return Typed(types.BOOL, nodes.Binary(symbol, left.expr, right.expr))


def negated(value: Typed) -> Typed:
    """`not` of a truth value."""
    return Typed(types.BOOL, nodes.Unary("not", value.expr))


Present = tuple[nodes.Expr, ...]


def known(condition: nodes.Expr) -> tuple[Present, Present]:
    """Which values are there where a condition holds, and which where it does not."""
    match condition:
        case nodes.Binary("!=", of, nodes.Lit(None)) | nodes.Binary("!=", nodes.Lit(None), of):
            return (of,), ()
        case nodes.Binary("==", of, nodes.Lit(None)) | nodes.Binary("==", nodes.Lit(None), of):
            return (), (of,)
        case nodes.Unary("not", of):
            holds, fails = known(of)
            return fails, holds
        case nodes.Binary("and", left, right):
            return known(left)[0] + known(right)[0], ()
        case nodes.Binary("or", left, right):
            return (), known(left)[1] + known(right)[1]
    return (), ()


# ---------------------------------------------------------------- numbers and comparisons


def numeral(word: tree.Word, scope: Scope) -> Typed:
    """A written number."""
    read = numerals.read(word)
    if read is None:
        return scope.error("PED0305", word, f"this number has more than {numerals.MAX_DIGITS} digits")
    return Typed(read.type, nodes.Lit(read.value))


def minus(value: Operand, scope: Scope) -> Typed:
    """`-value`; a probability or percentage becomes a plain number."""
    of = value.type
    if not ((of.is_number and not of.optional) or of.name == "Any"):
        return misfit(value, types.FLOAT, scope)
    match value.expr:
        case nodes.Lit(int() | float() as number):
            return Typed(_plain(of), nodes.Lit(-number))
    return Typed(_plain(of), nodes.Unary("-", value.expr))


def _plain(of: Type) -> Type:
    """A type of numbers without bounds."""
    if of.name in ("Prob", "Percent"):
        return types.FLOAT
    return Type(of.name) if of.is_number else of


def arithmetic(word: tree.Word, left: Operand, right: Operand, at: tree.Node, scope: Scope) -> Typed:
    """`left + right` and the like."""
    for operand in (left, right):
        if operand.type.optional:
            return misfit(operand, operand.type.required if operand.type.name != "None" else types.FLOAT, scope)
    gives = result(word.text, left.type, right.type)
    if gives is None and left.type.is_number and right.type.is_number:
        return scope.error("PED0313", at, f"`{word.text}` cannot join {amount(left.type)} and {amount(right.type)}",
                           _same_unit(left.type))
    if gives is None:
        return scope.error("PED0301", at, f"`{word.text}` cannot join {article(left.type)} and {article(right.type)}")
    one = left.expr
    if word.text == "/" and gives.name == "Rational" and not isinstance(one, nodes.Ratio):
        one = nodes.Call("rational", (one,))  # it may be a whole number, and those divide into decimal numbers
    return Typed(gives, nodes.Binary(word.text, one, right.expr))


def result(symbol: str, left: Type, right: Type) -> Type | None:
    """The type of `left symbol right`, or None where that has none. `/` of two Ints is a Float; a Rational stays
    exact; numbers of the same thing stay so."""
    if "Any" in (left.name, right.name):
        return types.ANY
    if symbol == "+" and left.name == right.name == "Text":
        return types.TEXT
    if symbol == "+" and left.name == right.name == "List":
        item = types.join(left.arguments[0], right.arguments[0])
        return types.list_of(item) if item is not None else None
    if not (left.is_number and right.is_number):
        return None
    if left.name in types.UNITS or right.name in types.UNITS:
        return _with_unit(symbol, left, right)
    if "Rational" in (left.name, right.name) and {left.name, right.name} <= {"Rational", "Int"}:
        return types.RATIONAL
    if left.name == right.name == "Int":
        return types.FLOAT if symbol == "/" else types.INT
    return types.FLOAT


def _same_unit(of: Type) -> str:
    return f"both are numbers of the same thing, for example of {of.name.lower()}" if of.name in types.UNITS else \
        "leave the unit out"


def _with_unit(symbol: str, left: Type, right: Type) -> Type | None:
    if symbol in "+-%":
        return _plain(left) if left.name == right.name else None
    if symbol == "/" and left.name == right.name:
        return types.FLOAT
    if (symbol == "/" and right.name in types.UNITS) or (left.name in types.UNITS and right.name in types.UNITS):
        return None
    unit, number = (left, right) if left.name in types.UNITS else (right, left)
    whole = types.UNITS[unit.name] == "Int" and number.name == "Int" and symbol == "*"
    return _plain(unit) if whole or types.UNITS[unit.name] == "Float" else types.FLOAT


def comparison(word: tree.Word, left: Operand, right: Operand, at: tree.Node, scope: Scope) -> Typed:
    """`left < right` and the like: by order only numbers and texts that are there; by equality whatever can be of one
    type, present or not."""
    if word.text in _ORDER:
        for operand in (left, right):
            if operand.type.optional:
                return misfit(operand, operand.type.required if operand.type.name != "None" else types.FLOAT, scope)
    if left.type.is_number and right.type.is_number and not _comparable(word.text, left.type, right.type):
        return scope.error("PED0313", at, f"{amount(left.type)} cannot be compared with {amount(right.type)}",
                           _same_unit(left.type))
    if not _comparable(word.text, left.type, right.type):
        return scope.error("PED0301", at, f"{article(left.type)} cannot be compared with {article(right.type)} by "
                           f"`{word.text}`")
    return Typed(types.BOOL, nodes.Binary(word.text, left.expr, right.expr))


def _comparable(symbol: str, left: Type, right: Type) -> bool:
    if "Any" in (left.name, right.name):
        return True
    if left.is_number and right.is_number:
        return left.name == right.name or not (left.name in types.UNITS and right.name in types.UNITS)
    if symbol in _ORDER:
        return left.name == right.name == "Text"
    return types.join(types.optional(left), types.optional(right)) is not None


def containment(symbol: str, item: Operand, container: Operand, at: tree.Node, scope: Scope) -> Typed:
    """`item in container`."""
    if container.type.optional:
        return misfit(container, container.type.required, scope)
    inside = container.type.item
    if inside is None:
        help = "write `contains(TEXT, PART)`" if container.type.name == "Text" else ""
        return scope.error("PED0301", container.at, f"this is {article(container.type)}, where a list is wanted", help)
    if not _comparable("==", item.type, inside):
        return scope.error("PED0301", at, f"{article(item.type)} cannot be in {article(container.type)}")
    return Typed(types.BOOL, nodes.Binary(symbol, item.expr, container.expr))


# ---------------------------------------------------------------- choices, lists, items


def fallback(left: Operand, right: Operand, at: tree.Node, scope: Scope) -> Typed:
    """`left ?? right`."""
    if not left.type.optional and left.type.name != "Any":
        scope.warning("PED0311", left.at, "this is never none, so what stands after `??` is never used",
                      "leave `??` and what follows it out")
    joined = types.join(left.type.required, right.type)
    if joined is None:
        return scope.error("PED0301", at, f"`??` cannot choose between {article(left.type.required)} and "
                           f"{article(right.type)}")
    return Typed(joined, nodes.Binary("??", left.expr, right.expr))


def choice(condition: Typed, then: Operand, otherwise: Operand, at: tree.Node, scope: Scope) -> Typed:
    """`if condition then … else …`."""
    joined = types.join(then.type, otherwise.type)
    if joined is None:
        return scope.error("PED0301", at, f"after `then` stands {article(then.type)}, after `else` "
                           f"{article(otherwise.type)}", "both are of one type")
    return Typed(joined, nodes.If(condition.expr, then.expr, otherwise.expr))


def listed(items: Sequence[Operand], scope: Scope) -> Typed:
    """`[…]`."""
    of: Type | None = None
    for item in items:
        joined = item.type if of is None else types.join(of, item.type)
        if joined is None:
            return scope.error("PED0301", item.at, f"this is {article(item.type)}, in a list of {of}",
                               "the items of a list are of one type")
        of = joined
    return Typed(types.list_of(of or types.ANY), nodes.Items(tuple(item.expr for item in items)))


def record(entries: Sequence[tuple[tree.Word, str, Typed]], keyed: Type, scope: Scope) -> Typed:
    """`{ key: value, … }`; entries are the word of the key, the key, the value. Keys are texts, or cases of an enum."""
    found: dict[str, nodes.Expr] = {}
    inside: Type | None = None
    for word, key, typed in entries:
        if keyed.is_enum and key not in keyed.cases:
            return scope.error("PED0304", word, f"`{keyed}` has no case `{key}`",
                               did_you_mean(key, keyed.cases, "its cases are"))
        if key in found:
            scope.error("PED0202", word, f"`{key}` stands twice in this record", "leave one of them out")
        found[key] = typed.expr
        inside = typed.type if inside is None else types.join(inside, typed.type) or types.ANY
    return Typed(Type("Map", (keyed, inside or types.ANY)), nodes.Entries(tuple(found), tuple(found.values())))


def looked_up(of: Operand, key: Operand, scope: Scope) -> Typed:
    """`of[key]`: none where there is no such item."""
    if of.type.optional:
        return misfit(of, of.type.required, scope)
    if of.type.name == "Map" and key.type.is_enum and isinstance(of.expr, nodes.Entries):
        return _by_case(of, of.expr, key, scope)
    if of.type.name == "Map":
        wanted, gives = of.type.arguments
    elif of.type.name == "Row":
        wanted, gives = types.TEXT, types.ANY
    else:
        wanted, inside = types.INT, of.type.item
        if inside is None:
            return scope.error("PED0301", of.at, f"{article(of.type)} has no items", "only lists and maps have")
        gives = inside
    if of.type.name != "Any" and fitted(key, wanted, scope) is NOTHING:
        return NOTHING
    return Typed(types.optional(gives), nodes.Index(of.expr, key.expr))


def _by_case(of: Operand, entries: nodes.Entries, key: Operand, scope: Scope) -> Typed:
    """`{ low: …, high: … }[level]`: what stands under the case; none for a case that is not there."""
    cases, answers = key.type.cases, dict(zip(entries.keys, entries.values, strict=True))
    strange = [name for name in answers if name not in cases]
    if strange:
        return scope.error("PED0304", of.at, f"`{key.type.required}` has no case `{strange[0]}`, which stands in this "
                           "record", did_you_mean(strange[0], cases, "its cases are"))
    whole = len(answers) == len(cases) and not key.type.optional
    gives = of.type.arguments[1]
    return Typed(gives if whole else types.optional(gives), nodes.Match(key.expr, answers, nodes.Lit(None)))


def answered(found: Typed, key: Operand, at: tree.Node, scope: Scope) -> Typed:
    """What a record chosen by a case gives, reported where it does not answer all cases."""
    match found.expr:
        case nodes.Match(_, cases, _) if key.type.is_enum:
            missing = [f"`{case}`" for case in key.type.cases if case not in cases]
            if missing:
                return scope.error("PED0314", at, f"this does not answer {' and '.join(missing)} of "
                                   f"`{key.type.required}`", "add what holds then, or say it for all the rest: "
                                   "`… ?? OTHER`")
    return found


def between(low: Typed, high: Typed) -> Typed:
    """`low..high`: the numbers from the first up to but not including the last."""
    return Typed(types.list_of(types.INT), nodes.Call("range", (low.expr, high.expr)))
