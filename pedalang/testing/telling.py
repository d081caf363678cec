"""A dialogue in a message: turn by turn on one line, and with its words on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pedalang import journal, plan
from pedalang.expression import nodes, values
from pedalang.expression.values import Value
from pedalang.testing.playing import Played, Promise

SHOWN = 100
"""Characters of what is said, or of a value, that are shown."""

Variables = frozenset[tuple[str, str]]
"""Variables by the member of the cast and their name."""


def read_by(promise: Promise | None) -> Variables:
    """The variables that a promise looks at."""
    return frozenset(_variables(promise.formula)) if promise is not None else frozenset()


def line(played: Played, looked_at: Variables = frozenset()) -> str:
    """`work: teacher.ask, student.guesses, help: teacher.tell [student.stuck: 3]`; a row that repeats is
    `(teacher.ask, student.guesses) x 5`. Only the turns that matter."""
    runs: list[tuple[str, list[str]]] = []
    for number, turn in enumerate(played.turns[:played.length]):
        facts = ", ".join(f"{name}: {text}" for name, text in changed(played, number, looked_at))
        if not runs or runs[-1][0] != turn.phase:
            runs.append((turn.phase, []))
        runs[-1][1].append(f"{_did(turn)}{f' [{facts}]' if facts else ''}")
    return ", ".join(f"{phase}: {', '.join(_folded(parts))}" for phase, parts in runs) or "no turn"


def lines(played: Played, looked_at: Variables = frozenset()) -> Iterator[str]:
    """A line for each turn that matters: its number, phase, what was done and said, and what it changed."""
    turns = played.turns[:played.length]
    widest = max((len(f"{turn.phase}: {_did(turn)}") for turn in turns), default=0)
    for number, turn in enumerate(turns):
        facts = ", ".join(f"{name}: {text}" for name, text in changed(played, number, looked_at))
        did, said = f"{turn.phase}: {_did(turn)}", f'"{shortened(turn.text)}"' if turn.text else ""
        yield f"{number:3}  {did:{widest}}  {said}{f'  [{facts}]' if facts else ''}".rstrip()


def about(item: Mapping[str, Value]) -> Iterator[str]:
    """What a dialogue is about, a line a parameter."""
    for name, value in item.items():
        try:
            yield f"{name}: {shortened(values.to_text(value))}"
        except values.Absent:
            yield f"{name}: …"


def changed(played: Played, number: int, looked_at: Variables) -> Iterator[tuple[str, str]]:
    """The variables, of those looked at, that a turn gave another value, with what they are since."""
    before, after = played.states[number].members, played.states[number + 1].members
    for who, own in after.items():
        for name, value in own.items():
            if (who, name) in looked_at and value != before[who][name]:
                yield f"{who}.{name}", shown(value)


def shown(value: Value) -> str:
    """A value on one line."""
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else \
        shortened(values.to_text(value))


def shortened(text: str) -> str:
    """A text on one line, the end of a long one left out."""
    told = " ".join(text.split())
    return told if len(told) <= SHOWN else f"{told[:SHOWN - 1]}…"


def _did(turn: journal.Turn) -> str:
    does = turn.move or turn.act
    return f"{turn.role}.{does}" if does else turn.role


def _variables(of: plan.Formula | nodes.Expr) -> Iterator[tuple[str, str]]:
    match of:
        case plan.Atom(holds):
            yield from _variables(holds)
        case plan.Op():
            for part in of.of:
                yield from _variables(part)
        case nodes.Attr(nodes.Name(who), name):
            yield who, name
        case _:
            for child in nodes.children(of):
                yield from _variables(child)


def _folded(parts: Sequence[str]) -> list[str]:
    """The parts, with rows that come again right after each other told once."""
    found: list[str] = []
    at = 0
    while at < len(parts):
        size, times = max(((size, _times(parts, at, size)) for size in range(1, (len(parts) - at) // 2 + 1)),
                          key=lambda row: (row[0] * row[1] if row[1] > 1 else 0, -row[0]), default=(1, 1))
        if times == 1 or size * times < 3:
            found.append(parts[at])
            at += 1
            continue
        row = ", ".join(parts[at:at + size])
        found.append(f"{f'({row})' if size > 1 else row} x {times}")
        at += size * times
    return found


def _times(parts: Sequence[str], at: int, size: int) -> int:
    """How often a row of some size comes, one right after the other."""
    row, times = parts[at:at + size], 1
    while parts[at + times * size:at + (times + 1) * size] == row:
        times += 1
    return times
