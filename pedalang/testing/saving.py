"""A dialogue that broke a property as a declaration of its own, which breaks the same way: a test with a fixed trace,
or, where a trace cannot say it, a property that plays that one dialogue again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pedalang import plan
from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.syntax import format, texts, tree
from pedalang.expression import nodes
from pedalang.runtime.episode import state
from pedalang.source import Source
from pedalang.testing import choices, fixed, literals, search, telling
from pedalang.testing.inputs import Rows
from pedalang.testing.playing import Played
from pedalang.testing.search import Failure

_WORD = re.compile(r"(?<![.\w])[^\W\d]\w*")
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"')




def as_test(of: plan.Plan, tested: plan.Property, failure: Failure) -> str:
    """The test with the dialogue's turns up to where the property broke."""
    assert failure.broken.promise is not None
    played, flow = failure.played, of.flows[tested.flow]
    given = [f"  given {name}: {literals.written(value, flow.params[name], of, _cases(tested, name))}"
             for name, value in played.item.items()]
    turns = ",\n".join(f"    {turn}" for turn in _turns(of, tested, failure))
    trace = f"  given t: trace([\n{turns},\n  ])" if turns else "  given t: trace([])"
    head = f"test {literals.quoted(named(tested))} {{\n  flow: {tested.flow}"
    return _formatted("\n".join([head, *given, trace, f"  expect {failure.broken.what}", "}"]))


def as_property(program: Module, tested: plan.Property, failure: Failure) -> str:
    """The property, which plays that one dialogue again. Empty where the program does not declare it."""
    for decl in program.tree.decls:
        body = decl.body
        if isinstance(body, tree.PropertyDecl) and texts.plain(program.source, body.name) == tested.name:
            replay = literals.quoted(choices.to_text(failure.played.choices.script()[:failure.played.length + 2]))
            kept = [program.source.text[item.start:item.end] for item in body.items
                    if not (isinstance(item, tree.Field) and item.key.text in ("flow", "runs", "replay"))]
            head = f"property {literals.quoted(named(tested))} {{"
            return _formatted("\n".join([head, f"flow: {tested.flow}", *kept, f"replay: {replay}", "}"]))
    return ""


def named(tested: plan.Property) -> str:
    """What the saved declaration is called."""
    return f"{tested.name}, as it broke"


def file_text(program: Module, declaration: str, from_module: str) -> str:
    """A file with a declaration, and what it uses of the program: brought from the module of that name (`.main`), or
    with the whole program before it where there is no name."""
    if not from_module:
        return f"{program.source.text.rstrip()}\n\n{declaration}"
    used = set(_WORD.findall(_TEXT.sub("", declaration)))
    own = [name for name in program.decls if name in used]
    lines = [f"from {from_module} import {', '.join(own)}"] if own else []
    for node in program.tree.imports:
        here = program.source.text
        path = here[node.path.start:node.path.end]
        if isinstance(node, tree.ImportModule):
            if (node.alias or node.path.names.names[-1]).text in used:
                lines.append(here[node.start:node.end])
            continue
        items = [here[item.start:item.end] for item in node.items if (item.alias or item.name).text in used]
        lines += [f"from {path} import {', '.join(items)}"] if items else []
    return _formatted("\n".join(["pedalang 1", *lines, "", declaration]))


def declaration(program: Module, of: plan.Plan, tested: plan.Property, failure: Failure, from_module: str,
                compiled: Callable[[str], plan.Plan | None], rows: Rows) -> str:
    """A declaration that breaks in the same way: that was tried. Empty where there is none. `compiled` makes a plan of
    the text of a file that stands where the declaration will."""
    tests = [as_test(of, tested, failure)] if failure.broken.promise is not None else []
    for made in (*tests, as_property(program, tested, failure)):
        again = compiled(file_text(program, made, from_module))
        if again is not None and _breaks_again(again, named(tested), failure, rows):
            return made
    return ""


def _breaks_again(again: plan.Plan, name: str, failure: Failure, rows: Rows) -> bool:
    if name in again.tests:
        return any(failure.broken.what == each.expected and f"at turn {failure.broken.at}" in each.message
                   for each in fixed.run(again, again.tests[name]).failures)
    found = search.run(again, again.properties[name], rows=rows).failure if name in again.properties else None
    return found is not None and found.broken.message == failure.broken.message


def _formatted(text: str) -> str:
    return format.format(Source("saved", f"{text}\n")) or f"{text}\n"


def _cases(tested: plan.Property, name: str) -> tuple[str, ...]:
    over = tested.varied.get(name)
    return over.cases if isinstance(over, plan.Typed) else ()


def _turns(of: plan.Plan, tested: plan.Property, failure: Failure) -> Iterator[str]:
    """The turns of the trace, each with what it changed of what the promise looks at. The first one also says what was
    drawn before it."""
    played, flow = failure.played, of.flows[tested.flow]
    looked_at = telling.read_by(failure.broken.promise)
    phase = flow.start
    for number, turn in enumerate(played.turns[:played.length]):
        does = f"{turn.role}.{turn.move or turn.act}" if turn.move or turn.act else turn.role
        told = [literals.quoted(turn.text)] if turn.text else []
        if turn.phase != phase:
            told.append(f"phase: {turn.phase}")
            phase = turn.phase
        changes = dict(_changes(of, flow, played, number, looked_at))
        told += [f"{name}: {text}" for name, text in changes.pop(turn.role, {}).items()]
        told += [f"{who}: {{ {', '.join(f'{name}: {text}' for name, text in own.items())} }}"
                 for who, own in changes.items()]
        yield f"{does}({', '.join(told)})" if told else does


def _changes(of: plan.Plan, flow: plan.Flow, played: Played, number: int,
             looked_at: telling.Variables) -> Iterator[tuple[str, dict[str, str]]]:
    """For each member whose variables changed in a turn, these, as the program writes them."""
    before, after = played.states[number].members, played.states[number + 1].members
    for who, own in after.items():
        variables = state.variables(flow, who)
        drawn = any(isinstance(each.initial, nodes.Distribution) for each in variables)
        new = [each for each in variables if (who, each.name) in looked_at
               and (own[each.name] != before[who][each.name] or (number == 0 and drawn))]
        found = {each.name: literals.written(own[each.name], each.type, of) for each in new}
        if found:
            yield who, found
