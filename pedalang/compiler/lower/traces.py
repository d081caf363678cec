"""Fixed traces: `trace([teacher.ask("Why?"), student.answers(correct: true), repeat(teacher.ask, 3)])`."""

from __future__ import annotations

from collections.abc import Iterator

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

MOST = 1_000
"""Turns of a trace."""


def is_trace(expr: tree.Expr) -> bool:
    """Whether an expression is written as a trace."""
    return isinstance(expr, tree.Call) and isinstance(expr.function, tree.Name) and expr.function.word.text == "trace"


def trace(expr: tree.Expr, stage: Stage, scope: Scope) -> tuple[plan.Heard, ...]:
    """The turns of a trace; those that are wrong are reported and left out."""
    assert isinstance(expr, tree.Call)
    if len(expr.arguments) != 1 or not isinstance(expr.arguments[0], tree.List):
        scope.error("PED0307", expr, "`trace` takes a list of turns",
                    "write for example `trace([teacher.ask, student])`")
        return ()
    found: list[plan.Heard] = []
    for turn in _turns(expr.arguments[0], stage, scope):
        if len(found) == MOST:
            scope.error("PED0305", expr, f"this trace has more than {MOST:,} turns", "repeat less")
            break
        found.append(turn)
    return tuple(found)


def _turns(expr: tree.Expr, stage: Stage, scope: Scope) -> Iterator[plan.Heard]:
    match expr:
        case tree.List(items=items):
            for item in items:
                yield from _turns(item, stage, scope)
        case tree.Call(function=tree.Name(word=word)) if word.text == "repeat":
            yield from _repeated(expr, stage, scope)
        case tree.Call(function=of, arguments=arguments):
            turn = _turn(of, stage, scope)
            if turn is not None:
                yield _with(turn, arguments, stage, scope)
        case _:
            turn = _turn(expr, stage, scope)
            if turn is not None:
                yield turn


def _repeated(call: tree.Call, stage: Stage, scope: Scope) -> Iterator[plan.Heard]:
    match call.arguments:
        case (turns, times) if not isinstance(turns, tree.Named | tree.Comprehension) and \
                not isinstance(times, tree.Named | tree.Comprehension):
            once = tuple(_turns(turns, stage, scope))
            number = fields.whole(times, scope, "how often a turn is repeated", least=0)
            for _ in range(min(number or 0, MOST + 1)):
                yield from once
        case _:
            scope.error("PED0307", call, "`repeat` takes a turn, or a list of turns, and a number",
                        "write for example `repeat(teacher.ask, 3)`")


def _turn(expr: tree.Expr, stage: Stage, scope: Scope) -> plan.Heard | None:
    """`teacher.ask`, or `teacher` alone."""
    does = None
    match expr:
        case tree.Attribute(of=tree.Name(word=who), name=does):
            pass
        case tree.Name(word=who):
            pass
        case _:
            scope.error("PED0309", expr, "a turn of a trace is a member of the cast, with what it does",
                        "write for example `teacher.ask` or `student`")
            return None
    if who.text not in stage.roles:
        if who.text not in stage.failed:
            scope.error("PED0201", who, f"nobody is cast as `{who.text}`",
                        did_you_mean(who.text, stage.roles, "the cast is"))
        return None
    known = stage.does[who.text]
    if does is not None and does.text not in known and who.text not in stage.failed:
        scope.error("PED0201", does, f"`{who.text}` has no move or act `{does.text}`",
                    did_you_mean(does.text, sorted(known), "it has"))
        return None
    return plan.Heard(who.text, does.text if does is not None else "")


def _with(turn: plan.Heard, arguments: tuple[tree.Argument, ...], stage: Stage, scope: Scope) -> plan.Heard:
    """The words of a turn, its phase, and what the speaker's state is from then on."""
    text, phase = "", ""
    state: dict[str, nodes.Expr] = {}
    others: dict[str, dict[str, nodes.Expr]] = {}
    variables = dict(stage.values[turn.speaker].type.members)
    for argument in arguments:
        match argument:
            case tree.Named(key=key, value=tree.Name(word=word)) if key.text == "phase":
                if word.text not in stage.phases:
                    scope.error("PED0201", word, f"the flow `{stage.name}` has no phase `{word.text}`",
                                did_you_mean(word.text, stage.phases, "its phases are"))
                phase = word.text
            case tree.Named(key=key, value=value) if key.text in variables and key.text != "said":
                state[key.text] = elaborate.expression(value, scope, variables[key.text]).expr
            case tree.Named(key=key, value=tree.Record() as record) if key.text in (*stage.roles, plan.FLOW):
                others[key.text] = _others(key.text, record, stage, scope)
            case tree.Named(key=key):
                known = ["phase", *(name for name in variables if name != "said")]
                scope.error("PED0304", key, f"`{turn.speaker}` has no variable `{key.text}`",
                            did_you_mean(key.text, known, "what can be said here is"))
            case tree.Text(word=word) if not text:
                text = texts.plain(scope.module.source, word)
            case _:
                scope.error("PED0309", argument, "a turn has its words in quotes, and what is so after it by name",
                            "write for example `student.answers(\"It is 5.\", correct: true)`")
    return plan.Heard(turn.speaker, turn.does, text, phase, state, others)


def _others(who: str, record: tree.Record, stage: Stage, scope: Scope) -> dict[str, nodes.Expr]:
    """What the state of another is since a turn: `student: { stuck: 2 }`, or that of the flow."""
    variables = dict(stage.values[who].type.members) if who in stage.roles else {
        name: typed.type for name, typed in stage.values.items() if typed.expr == nodes.Attr(nodes.Name(who), name)}
    variables.pop("said", None)
    found: dict[str, nodes.Expr] = {}
    for entry in record.entries:
        name = entry.key.text if isinstance(entry, tree.KeyEntry) else texts.plain(scope.module.source, entry.key)
        if name in variables:
            found[name] = elaborate.expression(entry.value, scope, variables[name]).expr
        else:
            scope.error("PED0304", entry.key, f"`{who}` has no variable `{name}`",
                        did_you_mean(name, variables, "it has"))
    return found
