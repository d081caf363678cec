"""Clauses of contracts: from formulas over time as written to those of the plan."""

from __future__ import annotations

import re

from pedalang import plan
from pedalang.compiler import automata
from pedalang.compiler.automata.terms import speaks
from pedalang.compiler.lower import fields
from pedalang.compiler.lower.moves import no_case
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_QUANTIFIERS: dict[type[tree.Node], str] = {
    tree.AtMost: "at_most", tree.AtLeast: "at_least", tree.Exactly: "exactly"}
_TIMELESS = (tree.FNot, tree.FCompare, tree.Name, tree.Attribute, tree.Call, tree.Index)
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*')


def clause(item: tree.Clause, stage: Stage, scope: Scope) -> plan.Clause:
    """A clause over a flow."""
    says_when(item.formula, f"the clause `{item.key.text}`", scope)
    severity = "hard" if item.severity is not None and item.severity.text == "hard" else "soft"
    read, watched = formula(item.formula, f"the clause `{item.key.text}`", stage, scope)
    return plan.Clause(item.key.text, severity, read, as_written(item.formula, scope), scope.module.place(item.key),
                       watched)


def says_when(written: tree.Formula, what: str, scope: Scope) -> None:
    """Reports a formula that speaks of one turn and does not say of which."""
    if not _temporal(written):
        scope.error("PED0605", written, f"{what} does not say when", _when(written))


def formula(written: tree.Formula, what: str, stage: Stage,
            scope: Scope) -> tuple[plan.Formula, plan.Automaton | None]:
    """A formula over a flow, whether or not it says when, with its automaton; none where that is too large. `what` it
    is called in a message."""
    read = _Reading(stage, scope).formula(written)
    try:
        return read, automata.of(read, tuple(stage.roles))
    except automata.TooLarge as error:
        scope.error("PED0608", written, f"{what} needs {error}", "ask for less at once: make its numbers smaller, or "
                    "make it several clauses")
    return read, None


def as_written(formula: tree.Formula, scope: Scope) -> str:
    """The text of a formula on one line, without comments."""
    text = scope.module.source.text[formula.start:formula.end]
    return " ".join(_COMMENT.sub(r"\1", text).split())


def _when(formula: tree.Formula) -> str:
    """How a clause says when: a word at its beginning may have too little behind it."""
    match formula:
        case tree.FAnd(left=left) | tree.FOr(left=left) | tree.Implies(left=left) if _temporal(left):
            return "write brackets around all that its first word is about, for example `always (… and …)`"
    return "begin it with always, never, eventually, first, last, at most N, at least N or whenever"


def _temporal(formula: tree.Formula) -> bool:
    """Whether a formula says when: each side of `and`, `or` and `implies` has to."""
    match formula:
        case tree.FOr(left=left, right=right) | tree.FAnd(left=left, right=right):
            return _temporal(left) and _temporal(right)
        case tree.Implies(left=left, right=right):
            return _temporal(left) and _temporal(right)
    return not isinstance(formula, _TIMELESS)


class _Reading:
    """Reads formulas over the turns of one flow."""

    def __init__(self, stage: Stage, scope: Scope) -> None:
        self.stage = stage
        self.scope = scope
        self.does = stage.does
        self.cases = {name: move.cases for role in stage.roles.values() for name, move in role.moves.items()
                      if move.cases}

    def formula(self, written: tree.Formula) -> plan.Formula:
        match written:
            case tree.Never(formula=tree.Until(left=left, right=right) as until) \
                    if not self._in_brackets(written, until):
                return plan.Op("until", (self._op("not", left), self.formula(right)))
            case tree.Never(formula=tree.UntilFinally(left=left, right=right) as until) \
                    if not self._in_brackets(written, until):
                return plan.Op("until_finally", (self._op("not", left), self.formula(right)))
            case tree.Eventually(formula=tree.Within() as within) if not self._in_brackets(written, within):
                return self.formula(within)
            case tree.Within(formula=of, quantity=quantity):
                return self._op("within", of, number=self._turns(quantity))
            case tree.During(phase=phase, formula=of):
                return plan.Op("during", (self._inside(phase), self.formula(of)))
            case tree.Count(quantifier=quantifier, number=number, consecutive=consecutive, formula=of):
                in_a_row = consecutive is not None and consecutive.text == "consecutive"
                times = fields.counted(number, self.scope, "a count")
                return plan.Op(_QUANTIFIERS[type(quantifier)], (self.formula(of),), times or 0, in_a_row)
            case tree.Before(left=left, number=number, right=right):
                times = fields.counted(number, self.scope, "a count", least=1) if number is not None else 1
                return self._op("before", left, right, number=times or 1)
        return self._plain(written)

    def _plain(self, written: tree.Formula) -> plan.Formula:
        """Operators whose parts are formulas and nothing else."""
        match written:
            case tree.Always(formula=of):
                return self._op("always", of)
            case tree.Never(formula=of):
                return self._op("never", of)
            case tree.Eventually(formula=of):
                return self._op("eventually", of)
            case tree.Next(formula=of):
                return self._op("next", of)
            case tree.First(formula=of):
                return self._op("first", of)
            case tree.Last(formula=of):
                return self._op("last", of)
            case tree.FNot(formula=of):
                return self._op("not", of)
            case tree.Whenever(trigger=trigger, response=response):
                return self._op("whenever", trigger, response)
            case tree.Implies(left=left, right=right):
                return self._op("implies", left, right)
            case tree.FOr(left=left, right=right):
                return self._op("or", left, right)
            case tree.FAnd(left=left, right=right):
                return self._op("and", left, right)
            case tree.Until(left=left, right=right):
                return self._op("until", left, right)
            case tree.UntilFinally(left=left, right=right):
                return self._op("until_finally", left, right)
            case tree.Since(left=left, right=right):
                return self._op("since", left, right)
        return plan.Atom(self._atom(written), as_written(written, self.scope))

    def _op(self, name: str, *of: tree.Formula, number: int | None = None) -> plan.Op:
        return plan.Op(name, tuple(self.formula(each) for each in of), number)

    def _in_brackets(self, outer: tree.Formula, inner: tree.Formula) -> bool:
        """`never (P until Q)` forbids the whole; `never P until Q` says that P has to wait for Q."""
        return "(" in self.scope.module.source.text[outer.start:inner.start]

    def _turns(self, quantity: tree.Word) -> int:
        return fields.counted(quantity, self.scope, "time in a contract", "Turns", 1) or 1

    def _inside(self, phase: tree.Word) -> plan.Atom:
        if not self.stage.phases:
            self.scope.error("PED0601", phase, "a transcript has no phases, and this clause is about one",
                             "write `over FLOW` after the contract's name, or leave the clause out")
        elif phase.text not in self.stage.phases:
            self.scope.error("PED0201", phase, f"the flow `{self.stage.name}` has no phase `{phase.text}`",
                             did_you_mean(phase.text, self.stage.phases, "its phases are"))
        return plan.Atom(nodes.Binary("==", nodes.Name("phase"), nodes.Lit(phase.text)))

    def _atom(self, written: tree.Formula) -> nodes.Expr:
        match written:
            case tree.FCompare(left=left, operator=operator, right=right):
                return elaborate.compared(written, left, operator, right, self.scope).expr
            case tree.Name(word=word):
                return self._word(written, word)
            case tree.Attribute(of=tree.Name(word=owner), name=name) if name.text in self.does.get(owner.text, ()):
                return nodes.Binary("and", speaks(owner.text), _makes(name.text))
            case tree.Attribute(of=tree.Name(word=move), name=case) if move.text in self.cases:
                return self._made_for(move, case)
            case tree.Attribute(of=tree.Attribute(of=tree.Name(word=owner), name=move), name=case) \
                    if move.text in self.does.get(owner.text, ()):
                return nodes.Binary("and", speaks(owner.text), self._made_for(move, case))
            case tree.Attribute(of=tree.Name(word=owner)) if owner.text in self.stage.failed:
                return nodes.Lit(False)
            case tree.Attribute() | tree.Call() | tree.Index():
                return elaborate.expression(written, self.scope, types.BOOL).expr
        raise TypeError(f"{type(written).__name__} is no formula")

    def _made_for(self, move: tree.Word, case: tree.Word) -> nodes.Expr:
        """The move is made for one of its cases."""
        cases = self.cases.get(move.text, ())
        if case.text not in cases:
            no_case(case, move.text, cases, self.scope)
        arguments = nodes.Attr(nodes.Name("turn"), "arguments")
        return nodes.Binary("and", _makes(move.text), nodes.Binary(
            "==", nodes.Index(arguments, nodes.Lit(plan.CASE)), nodes.Lit(case.text)))

    def _word(self, written: tree.Name, word: tree.Word) -> nodes.Expr:
        """A bare word: a member of the cast speaks, a move or act is made, or a predicate or truth value holds."""
        if word.text in self.does:
            return speaks(word.text)
        if any(word.text in made for made in self.does.values()):
            return _makes(word.text)
        match self.scope.lookup(word.text):
            case None:
                known = (*self.does, *(name for made in self.does.values() for name in made), *self.scope.values)
                if not self.stage.failed:
                    help = f"write `phase == \"{word.text}\"`" if word.text in self.stage.phases else \
                        did_you_mean(word.text, known)
                    self.scope.error("PED0201", word, f"unknown word `{word.text}`", help)
                return nodes.Lit(False)
            case Declared(_, tree.MoveDecl()) if self.stage.failed:
                return nodes.Lit(False)
            case Declared(_, tree.MoveDecl()):
                self.scope.error("PED0603", word,
                                 f"nobody in the flow `{self.stage.name}` makes the move `{word.text}`",
                                 "add it to the moves of a role, or leave it out here")
                return nodes.Lit(False)
        return elaborate.expression(written, self.scope, types.BOOL).expr


def _makes(name: str) -> nodes.Expr:
    made = nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "move"), nodes.Lit(name))
    return nodes.Binary("or", made, nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "act"), nodes.Lit(name)))
