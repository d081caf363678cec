"""Small changes to a flow, each of them one that somebody could make by mistake. Texts only: nothing is played here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler import mending
from pedalang.compiler.compile import Compilation
from pedalang.compiler.syntax import node, tree
from pedalang.diagnostic import Edit
from pedalang.source import Place, Source, Span

_WHOLE = re.compile(r"[0-9][0-9_]*")
Item = tree.Goto | tree.Turn | tree.On | tree.AllowWhen


class Mutant(NamedTuple):
    """A changed program. `what` says what is changed, in the program's own words, and `where` it stood before."""

    what: str
    where: Place
    source: Source


class _Change(NamedTuple):
    what: str
    at: tree.Node
    edits: tuple[tuple[tree.Node, str], ...]


def mutants(of: Compilation, flow: plan.Flow) -> Iterator[Mutant]:
    """The program's own text, changed in one thing of the flow, or of the roles and moves that it uses, in the order
    in which these stand. What is imported stays as it is."""
    source = of.modules[""].source
    for decl in _used(of.modules[""].tree.decls, flow):
        for change in _changes(decl, flow, source):
            edits = [Edit(Span(source, at.start, at.end), text) for at, text in change.edits]
            yield Mutant(change.what, source.place(change.at.start), Source(source.name, mending.edited(source.text,
                                                                                                        edits)))


def _used(decls: Iterable[tree.Decl], flow: plan.Flow) -> Iterator[tree.Node]:
    """What the flow is made of: itself, its roles with their parents, and the moves that they make."""
    bodies = [each.body for each in decls]
    roles = {role.name for role in flow.cast.values()}
    moves = {move for role in flow.cast.values() for move in role.moves}
    for body in reversed(bodies):  # a role stands behind what it extends, or its parent's own parent is not changed
        if isinstance(body, tree.RoleDecl | tree.StudentDecl) and body.name.text in roles and body.parent is not None:
            roles |= {each.text for each in _below(body.parent) if isinstance(each, tree.Word)}
    for body in bodies:
        match body:
            case tree.FlowDecl() if body.name.text == flow.name:
                yield body
            case tree.RoleDecl() | tree.StudentDecl() if body.name.text in roles:
                yield body
            case tree.MoveDecl() if body.name.text in moves:
                yield body


def _changes(decl: tree.Node, flow: plan.Flow, source: Source) -> Iterator[_Change]:
    """What can be changed in a declaration, from its beginning to its end."""
    for each in _below(decl):
        match each:
            case tree.Goto():
                yield _Change(f"{_text(each, source)} left out", each, ((each, ""),))
                yield from _of_guard(each, each.guard, source)
            case tree.Phase():
                yield from _of_phase(each, source)
            case tree.Turn(moves=tree.May() | tree.Must() as moves):
                every = flow.cast[each.role.text].moves
                if len(every) > len([word for word in _below(moves) if isinstance(word, tree.Word)]):
                    yield _Change(f"{_text(each, source)} may make any move", each, ((moves, ""),))
            case tree.On():
                yield _Change(f"`on {source.text[each.event.start:each.event.end]} …` left out", each, ((each, ""),))
                yield from _of_guard(each, each.guard, source)
                yield from (change for part in each.body for change in _numbers(part, source))
            case tree.AllowWhen():
                yield _Change(f"{_text(each, source)} left out", each, ((each, ""),))
                yield from _of_guard(each, each.guard, source)


def _of_guard(item: Item, guard: tree.Node | None, source: Source) -> Iterator[_Change]:
    """A guard turned round, and its numbers one more and one less."""
    if guard is None or isinstance(guard, tree.AtMax):
        return
    text = source.text[guard.start:guard.end]
    yield _Change(f"{_text(item, source)} turned round", item, ((guard, f"not ({text})"),))
    yield from _numbers(guard, source)


def _numbers(of: tree.Node, source: Source) -> Iterator[_Change]:
    """Each whole number one less and one more, but for those of draws."""
    for each in () if isinstance(of, tree.Sample) else (of, *_below(of)):
        if isinstance(each, tree.Number) and _WHOLE.fullmatch(each.word.text):
            number = int(each.word.text.replace("_", ""))
            for other in (number - 1, number + 1):
                if other >= 0:
                    yield _Change(f"{_text(of, source)} with {other} for {each.word.text}", each, ((each, str(other)),))


def _of_phase(phase: tree.Phase, source: Source) -> Iterator[_Change]:
    """A round more and a round less, and where two transitions lead to exchanged."""
    around = sum(isinstance(item, tree.Turn) for item in phase.items) or 1
    for mod in phase.mods:
        if isinstance(mod, tree.MaxTurns):
            turns = int(mod.quantity.text.split()[0].replace("_", ""))
            for other in (turns - around, turns + around):
                if other > 0:
                    yield _Change(f"`max {turns} turns` of `{phase.name.text}` is {other}", mod,
                                  ((mod.quantity, f"{other} turns"),))
    gotos = [item for item in phase.items if isinstance(item, tree.Goto)]
    for one, other in pairwise(gotos):
        if one.phase.text != other.phase.text:
            yield _Change(f"{_text(one, source)} and {_text(other, source)} lead to each other's phase", one,
                          ((one.phase, other.phase.text), (other.phase, one.phase.text)))


def _below(of: tree.Node) -> Iterator[tree.Node]:
    """All nodes inside a node, in the order in which they stand."""
    for name in node.names(type(of)):
        part = getattr(of, name)
        for each in part if isinstance(part, tuple) else (part,):
            if isinstance(each, tree.Node):
                yield each
                yield from _below(each)


def _text(of: tree.Node, source: Source) -> str:
    """What was written, on one line, without its documentation."""
    docs = getattr(of, "docs", ())
    start = docs[-1].end if docs else of.start
    return f"`{' '.join(source.text[start:of.end].split())}`"
