"""What a role says: texts of moves and acts, typed like prompts, checked against what the role may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from pedalang.compiler.lower import seeing
from pedalang.compiler.semantics import elaborate, operators, types
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes

_TEXT = types.optional(types.TEXT)
_TEXTS = types.optional(types.list_of(_TEXT))


class Speech(Struct, frozen=True):
    """Whose words are read: its name in the cast, what it sees, and what its handlers draw before it speaks."""

    own: str
    sees: tuple[str, ...]
    draws: Mapping[str, Typed]

    def text(self, expr: tree.Expr, scope: Scope) -> nodes.Expr:
        """One text, which may show only what the role sees."""
        return self.seen(elaborate.expression(expr, scope, _TEXT).expr, expr, scope)

    def seen(self, compiled: nodes.Expr, at: tree.Node, scope: Scope) -> nodes.Expr:
        """What is compiled, after its reading has been checked: the role's prompts show it. The arguments of its moves
        were checked where the policy gives them."""
        known = ("args", *self.draws)
        hide(seeing.hidden(seeing.paths(compiled), self.own, self.sees, known), self.own, at, scope)
        return compiled

    def candidates(self, expr: tree.Expr, scope: Scope) -> tuple[nodes.Expr, ...]:
        """The texts of a list; a condition over lists becomes one over each of their texts. The condition itself is a
        rule, like a guard, and no words: it may look at everything."""
        match expr:
            case tree.List(items=items):
                return tuple(self.text(item, scope) for item in items)
            case tree.Text():
                scope.error("PED0301", expr, "what is said is a list of texts, and this is one text",
                            "write `[…]` around it")
                return (self.text(expr, scope),)
            case tree.Conditional(condition=condition, then=then, otherwise=otherwise):
                test = elaborate.expression(condition, scope, types.BOOL).expr
                holds, fails = operators.known(test)
                chosen = self.candidates(then, scope.knowing(holds)), self.candidates(otherwise, scope.knowing(fails))
                return (*(nodes.If(test, text, nodes.Lit(None)) for text in chosen[0]),
                        *(nodes.If(test, nodes.Lit(None), text) for text in chosen[1]))
        compiled = elaborate.expression(expr, scope, _TEXTS).expr
        return tuple(_apart(self.seen(compiled, expr, scope)))


def hide(paths: Sequence[str], who: str, at: tree.Node, scope: Scope) -> None:
    """Reports what a text shows and who says or reads it may not see."""
    if paths:
        what = " and ".join(f"`{path}`" for path in paths)
        scope.error("PED0401", at, f"this shows {what}, which `{who}` may not see",
                    f"add {what} to its `sees:`, or leave {'it' if len(paths) == 1 else 'them'} out here")


def _apart(expr: nodes.Expr) -> Iterator[nodes.Expr]:
    """The items of a list-valued expression as expressions of their own, each `none` where its list is not chosen;
    one whose items are not known stays a list."""
    nothing = nodes.Lit(None)
    match expr:
        case nodes.Items(items):
            yield from items
        case nodes.Match(subject, cases, otherwise):
            for name, case in cases.items():
                yield from (nodes.Match(subject, {name: item}, nothing) for item in _apart(case))
            known: dict[str, nodes.Expr] = dict.fromkeys(cases, nothing)
            yield from (nodes.Match(subject, known, item) for item in _apart(otherwise))
        case nodes.Let(name, value, body):
            yield from (nodes.Let(name, value, item) for item in _apart(body))
        case nodes.If(condition, then, otherwise):
            yield from (nodes.If(condition, item, nothing) for item in _apart(then))
            yield from (nodes.If(condition, nothing, item) for item in _apart(otherwise))
        case nodes.Lit(None):
            pass
        case _:
            yield expr


def guard(of: tree.Expr | tree.Otherwise | None, scope: Scope) -> nodes.Expr | None:
    """The condition behind `when`; None for `otherwise` and where there is none."""
    if of is None or isinstance(of, tree.Otherwise):
        return None
    return elaborate.expression(of, scope, types.BOOL).expr


def joined(guards: Iterable[nodes.Expr]) -> nodes.Expr | None:
    """A condition that holds where all of these do."""
    found: nodes.Expr | None = None
    for each in guards:
        found = each if found is None else nodes.Binary("and", found, each)
    return found
