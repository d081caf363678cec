"""Clauses of contracts: from formulas over time as written to those of the plan."""

from __future__ import annotations

from collections.abc import Mapping

from pedalang import plan
from pedalang.compiler.semantics import elaborate, types, written
from pedalang.compiler.semantics.scope import Declared, Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_UNARY: dict[type, str] = {
    tree.Always: "always", tree.Never: "never", tree.Eventually: "eventually", tree.Next: "next", tree.First: "first",
    tree.Last: "last", tree.FNot: "not",
}
_BINARY: dict[type, str] = {
    tree.Implies: "implies", tree.FOr: "or", tree.FAnd: "and", tree.Until: "until",
    tree.UntilFinally: "until_finally", tree.Since: "since",
}
_QUANTIFIERS: dict[type, str] = {tree.AtMost: "at_most", tree.AtLeast: "at_least", tree.Exactly: "exactly"}
_TIMELESS = (tree.FNot, tree.FOr, tree.FAnd, tree.FCompare, tree.Name, tree.Attribute, tree.Call, tree.Index)


def clause(item: tree.Clause, does: Mapping[str, frozenset[str]], scope: Scope) -> plan.Clause:
    """A clause. `does` gives, for each member of the cast, the moves and acts that it can make."""
    if not _temporal(item.formula):
        scope.error("PED0605", item.formula, "this clause does not say when",
                    "begin it with always, never, eventually, first, last, at most N, at least N or whenever")
    formula = _formula(item.formula, does, scope)
    severity = "hard" if item.severity is not None and item.severity.text == "hard" else "soft"
    start, end = item.formula.start, item.formula.end
    written = " ".join(scope.module.source.text[start:end].split())
    return plan.Clause(item.key.text, severity, formula, written, scope.module.place(item.key))


def _temporal(formula: tree.Formula) -> bool:
    match formula:
        case tree.FOr(left=left, right=right) | tree.FAnd(left=left, right=right) | tree.Implies(left=left,
                                                                                              right=right):
            return _temporal(left) and _temporal(right)
    return not isinstance(formula, _TIMELESS)


def _formula(formula: tree.Formula, does: Mapping[str, frozenset[str]], scope: Scope) -> plan.Formula:
    def inner(each: tree.Formula) -> plan.Formula:
        return _formula(each, does, scope)

    match formula:
        case tree.Never(formula=tree.Until(left=left, right=right)):
            return plan.Op("until", (plan.Op("not", (inner(left),)), inner(right)))
        case tree.Never(formula=tree.UntilFinally(left=left, right=right)):
            return plan.Op("until_finally", (plan.Op("not", (inner(left),)), inner(right)))
        case tree.Eventually(formula=tree.Within(formula=of, quantity=quantity)):
            return plan.Op("within", (inner(of),), _turns(quantity, scope))
        case tree.Whenever(trigger=trigger, response=response):
            return plan.Op("whenever", (inner(trigger), inner(response)))
        case tree.During(phase=phase, formula=of):
            here = nodes.Binary("==", nodes.Name("phase"), nodes.Lit(phase.text))
            return plan.Op("during", (plan.Atom(here), inner(of)))
        case tree.Count(quantifier=quantifier, number=number, consecutive=consecutive, formula=of):
            in_a_row = consecutive is not None and consecutive.text == "consecutive"
            return plan.Op(_QUANTIFIERS[type(quantifier)], (inner(of),), int(number.text.split(".")[0]), in_a_row)
        case tree.Within(formula=of, quantity=quantity):
            return plan.Op("within", (inner(of),), _turns(quantity, scope))
        case tree.Before(left=left, number=number, right=right):
            return plan.Op("before", (inner(left), inner(right)), int(number.text.split(".")[0]) if number else 1)
    if type(formula) in _UNARY:
        return plan.Op(_UNARY[type(formula)], (inner(formula.formula),))  # type: ignore[union-attr]
    if type(formula) in _BINARY:
        return plan.Op(_BINARY[type(formula)], (inner(formula.left), inner(formula.right)))  # type: ignore[union-attr]
    return plan.Atom(_atom(formula, does, scope))


def _turns(quantity: tree.Word, scope: Scope) -> int:
    number, _, unit = quantity.text.partition(" ")
    if unit.strip() not in ("turn", "turns") or not number.isdecimal():
        scope.error("PED0309", quantity, "time in a contract is counted in turns", "write for example `within 12 turns`")
        return 1
    return int(number)


def _atom(formula: tree.Formula, does: Mapping[str, frozenset[str]], scope: Scope) -> nodes.Expr:
    match formula:
        case tree.FCompare(left=left, operator=operator, right=right):
            sides = elaborate.expression(left, scope), elaborate.expression(right, scope)
            return elaborate.compare(formula, operator, *sides, scope).expr
        case tree.Name(word=word):
            return _word(word, does, scope)
        case tree.Attribute(of=tree.Name(word=owner), name=name) if name.text in does.get(owner.text, ()):
            return nodes.Binary("and", _speaks(owner.text), _makes(name.text))
        case tree.Attribute() | tree.Call() | tree.Index():
            return elaborate.expression(formula, scope, types.BOOL).expr
    raise TypeError(f"{type(formula).__name__} is no formula")


def _word(word: tree.Word, does: Mapping[str, frozenset[str]], scope: Scope) -> nodes.Expr:
    """A bare word: a member of the cast speaks, a move or act is made, or a predicate or truth value holds."""
    if word.text in does:
        return _speaks(word.text)
    if any(word.text in made for made in does.values()):
        return _makes(word.text)
    match scope.lookup(word.text):
        case None:
            known = [*does, *(name for made in does.values() for name in made), *scope.values]
            scope.error("PED0201", word, f"unknown word `{word.text}`", did_you_mean(word.text, known))
            return nodes.Lit(False)
        case Declared(_, tree.MoveDecl()):
            scope.error("PED0603", word, f"nobody in this flow can make the move `{word.text}`")
            return nodes.Lit(False)
    return elaborate.expression(tree.Name(word.start, word.end, word), scope, types.BOOL).expr


def _speaks(member: str) -> nodes.Expr:
    return nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), nodes.Lit(member))


def _makes(name: str) -> nodes.Expr:
    made = nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "move"), nodes.Lit(name))
    return nodes.Binary("or", made, nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "act"), nodes.Lit(name)))


def params(declared: tuple[tree.Param, ...] | None, values: Mapping[str, Typed], scope: Scope,
           what: str) -> dict[str, Typed]:
    """The parameters of a contract or rubric: values of the flow's parameters with the same names."""
    found: dict[str, Typed] = {}
    for param in declared or ():
        wanted = written.read(param.type, scope)
        given = values.get(param.key.text)
        if given is None:
            scope.error("PED0307", param.key, f"the flow of this {what} has no parameter `{param.key.text}`",
                        did_you_mean(param.key.text, values))
        elif not types.fits(given.type, wanted):
            scope.error("PED0301", param.type, f"the flow's `{param.key.text}` is {given.type}, not {wanted}")
        found[param.key.text] = given or Typed(wanted, nodes.Name(param.key.text))
    return found
