"""Predicates by judge: a question that a model answers about a turn, once the dialogue is over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import msgspec

from pedalang.compiler.semantics import definitions, references, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_JUDGED = ("ask", "when", "model", "labels")


_SEEN = ("turn", "history", "phase")
"""What a predicate sees besides its arguments."""

Expression = Callable[[tree.Expr, Scope, Type], Typed]
"""Compiles an expression where a type is wanted."""


Bind = Callable[[Declared[tree.Node], tree.Word, tree.Node, tuple[tree.Param, ...], Iterable[tree.Argument], Scope],
                dict[str, Typed] | None]
"""Gives parameters their values; None after a mistake."""


def asked(found: Declared[tree.PredicateDecl], word: tree.Word, at: tree.Node, arguments: Iterable[tree.Argument],
          scope: Scope, bind: Bind, expression: Expression) -> Typed:
    """A use of a predicate: its question with these arguments. Reported where no model can be asked."""
    if not scope.asks:
        return scope.error("PED0711", at, f"`{word.text}` is answered by a model, and what happens in a dialogue is "
                           "decided by rule", "use it in a contract or a rubric, or write a predicate `by code`")
    if not definitions.may_expand(found, word, f"`{word.text}` calls itself", scope):
        return NOTHING
    bound = bind(found, word, at, found.decl.params, arguments, scope)
    if bound is None:
        return NOTHING
    values, lets = definitions.named(word.text, bound)
    seen = {key: scope.values[key] for key in _SEEN if key in scope.values}
    return Typed(types.BOOL, judged(found, scope.inside(found, {**seen, **values}, word), lets, expression))


def judged(found: Declared[tree.PredicateDecl], scope: Scope, lets: definitions.Lets,
           expression: Expression) -> nodes.Expr:
    """The question of a predicate, in a scope with its parameters under the names of `lets`. `expression` compiles what
    stands in it."""
    decl, scope = found.decl, scope.waiting_for_none()
    fields: dict[str, tree.Field] = {}
    for field in decl.fields:
        key = field.key.text
        if key in fields:
            scope.twice(field.key, f"`{key}:`", fields[key].key)
        elif key not in _JUDGED:
            scope.error("PED0210", field.key, f"a predicate by judge has no field `{key}`",
                        did_you_mean(key, _JUDGED, "its fields are"))
        fields.setdefault(key, field)
    if "ask" not in fields:
        scope.error("PED0702", decl.name, f"the predicate `{decl.name.text}` has no question", "add `ask: \"…\"`")
        return NOTHING.expr
    when = None
    if "when" in fields:
        when = definitions.let(lets, expression(fields["when"].value, scope, types.BOOL).expr)
    ask = definitions.let(lets, expression(fields["ask"].value, scope, types.TEXT).expr)
    model = references.resolve(fields["model"].value, scope, "a model", tree.ModelDecl) if "model" in fields else None
    answers = _answers(fields.get("labels"), scope)
    content = hashlib.sha256(msgspec.json.encode((ask, when, answers))).hexdigest()
    return nodes.Judged(f"{decl.name.text}:{content[:8]}", ask, answers, model.word.text if model else "", when)


def _answers(field: tree.Field | None, scope: Scope) -> tuple[str, ...]:
    """Two answers or more; a predicate holds where the first is given."""
    if field is None:
        return ("yes", "no")
    items = field.value.items if isinstance(field.value, tree.List) else ()
    words = [item.word.text if isinstance(item, tree.Name) else texts.plain(scope.module.source, item.word)
             for item in items if isinstance(item, tree.Name | tree.Text)]
    if len(words) < 2 or len(set(words)) < len(items):
        scope.error("PED0705", field.value, "a predicate is answered by one of two labels or more",
                    "write for example `[yes, no]`: it holds where the first is the answer")
    return tuple(words)
