"""What a role says: texts of moves and acts, typed like prompts, checked against what the role may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from pedalang import plan
from pedalang.compiler.lower import fields, seeing
from pedalang.compiler.lower.moves import KnownMove
from pedalang.compiler.semantics import elaborate, types
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

Items = Iterable[tuple[tree.Node, Scope]]


@dataclass(frozen=True, slots=True)
class Speech:
    """Whose words are read: its name in the cast, what it sees, and what its handlers draw before it speaks."""

    own: str
    sees: tuple[str, ...]
    draws: dict[str, Typed]

    def text(self, expr: tree.Expr, scope: Scope) -> nodes.Expr:
        """One text, which may show only what the role sees."""
        return self.seen(elaborate.expression(expr, scope, types.optional(types.TEXT)).expr, expr, scope)

    def seen(self, compiled: nodes.Expr, at: tree.Node, scope: Scope) -> nodes.Expr:
        """A compiled text, after its reading has been checked."""
        read = [path for path in seeing.paths(compiled) if path.split(".")[0] not in self.draws]
        for path in seeing.hidden(read, self.own, self.sees):
            scope.error("PED0401", at, f"these words show `{path}`, which the role may not see",
                        f"add `{path}` to its `sees:`, or leave it out of the words")
        return compiled

    def candidates(self, expr: tree.Expr, scope: Scope) -> tuple[nodes.Expr, ...]:
        """The texts of a list; a condition over lists becomes one over each of their texts."""
        match expr:
            case tree.List(items=items):
                return tuple(self.text(item, scope) for item in items)
            case tree.Conditional(condition=condition, then=then, otherwise=otherwise):
                test = elaborate.expression(condition, scope, types.BOOL).expr
                return (*(nodes.If(test, text, nodes.Lit(None)) for text in self.candidates(then, scope)),
                        *(nodes.If(test, nodes.Lit(None), text) for text in self.candidates(otherwise, scope)))
        typed = elaborate.expression(expr, scope, types.optional(types.list_of(types.TEXT)))
        return tuple(self.seen(each, expr, scope) for each in _apart(typed.expr))


def _apart(expr: nodes.Expr) -> tuple[nodes.Expr, ...]:
    """The items of a list-valued expression as expressions of their own, each `none` where its list is not chosen."""
    match expr:
        case nodes.Items(items):
            return items
        case nodes.Match(subject, cases, otherwise):
            found: list[nodes.Expr] = []
            for name, case in cases.items():
                found += [nodes.Match(subject, {name: item}, nodes.Lit(None)) for item in _apart(case)]
            known = {name: nodes.Lit(None) for name in cases}
            found += [nodes.Match(subject, {**known}, item) for item in _apart(otherwise)]
            return tuple(found)
        case nodes.Let(name, value, body):
            return tuple(nodes.Let(name, value, item) for item in _apart(body))
        case nodes.If(condition, then, otherwise):
            return (*(nodes.If(condition, item, nodes.Lit(None)) for item in _apart(then)),
                    *(nodes.If(condition, nodes.Lit(None), item) for item in _apart(otherwise)))
    return ()


def plain_text(text: tree.Text, scope: Scope) -> nodes.Expr:
    """A text that only its own role's next prompt shows."""
    return elaborate.text(text.word, scope).expr


def of_moves(known: dict[str, KnownMove], items: Items, spoken: Speech) -> dict[str, plan.Move]:
    """The moves with their words: a role's own `say MOVE:` takes the place of the move's."""
    own: dict[str, tuple[nodes.Expr, ...]] = {}
    for item, scope in items:
        if isinstance(item, tree.Say):
            move = known.get(item.key.text)
            if move is None:
                scope.error("PED0201", item.key, f"this role has no move `{item.key.text}`",
                            did_you_mean(item.key.text, known))
                continue
            own[item.key.text] = spoken.candidates(item.candidates, scope.binding(move.arguments))
    found: dict[str, plan.Move] = {}
    for name, move in known.items():
        intent = spoken.text(move.intent.value, move.scope) if move.intent is not None else None
        say = own.get(name)
        if say is None:
            say = spoken.candidates(move.say.value, move.scope) if move.say is not None else ()
        found[name] = msgspec.structs.replace(move.payload, intent=intent, say=say)
    return found


def acts(items: Items, spoken: Speech) -> tuple[plan.Act, ...]:
    """The acts of a learner, in order; one without a guard, or `otherwise`, always holds."""
    found: dict[str, plan.Act] = {}
    for item, scope in items:
        if not isinstance(item, tree.Act):
            continue
        inner = scope.binding(spoken.draws)
        known = fields.read(item.fields, ("say",), inner, "act")
        guard = item.guard
        when = None if guard is None or isinstance(guard, tree.Otherwise) \
            else elaborate.expression(guard, inner, types.BOOL).expr
        say = spoken.candidates(known["say"].value, inner) if "say" in known else ()
        found[item.name.text] = plan.Act(item.name.text, when, say, scope.module.place(item))
    return tuple(found.values())
