"""A formula in words, and a dialogue on a line: `teacher.ask [leaks(sum.answer)], student.guesses, help: teacher.tell`.

What nobody decides by rule stands in brackets behind the turn where it holds and matters; the phase before it where it
changes; a row that repeats is `(teacher.ask, student.guesses) x 5`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

from pedalang import plan
from pedalang.expression import nodes

Texts: TypeAlias = Mapping[str, str]
"""The words of each fact, by how its expression is shown to programs."""
LONGEST_ROW = 6
"""Turns of a row that is looked for again."""


def texts(clause: plan.Clause) -> dict[str, str]:
    """How the author wrote the facts of a clause."""
    return {repr(atom.holds): atom.text or _plain(atom.holds) for atom in plan.atoms(clause.formula)}


def word(fact: nodes.Expr, known: Texts) -> str:
    """The words of a fact."""
    return known.get(repr(fact)) or _plain(fact)


def _plain(fact: nodes.Expr) -> str:
    """The words of a fact that nobody wrote."""
    match fact:
        case nodes.Binary(operator="==", left=nodes.Attr(of=nodes.Name(name="turn")), right=nodes.Lit(value=str(name))):
            return name
        case nodes.Binary(operator="or", left=left, right=right) if _plain(left) == _plain(right):
            return _plain(left)
    return "what it says"


# ---------------------------------------------------------------- formulas in words


def sentence(formula: plan.Formula, known: Texts) -> str:
    """What a formula demands of a whole dialogue."""
    match formula:
        case plan.Op(op="never", of=(plan.Op(op="before", of=(left, right), number=number),)):
            times = "once" if number in (None, 1) else f"{number} times"
            return f"{_phrase(left, known)} has to wait until {_phrase(right, known)} has been {times} in earlier turns"
        case plan.Op(op="until", of=(plan.Op(op="not", of=(left,)), right)):
            return (f"{_phrase(left, known)} has to wait for {_phrase(right, known)}, which need not come; from that "
                    "turn on, that turn included, anything goes")
        case plan.Op(op="until_finally", of=(plan.Op(op="not", of=(left,)), right)):
            return (f"{_phrase(left, known)} has to wait for {_phrase(right, known)}, and that has to come; from that "
                    "turn on, that turn included, anything goes")
        case plan.Op(op="within", of=(inner,), number=number):
            return f"one of the first {number} turns, whoever speaks, has {_phrase(inner, known)}"
        case plan.Op(op="and" | "or" as op, of=parts):
            return f"; {op} ".join(sentence(part, known) for part in parts)
        case plan.Op(op="implies", of=(left, right)):
            return f"if {sentence(left, known)}, then {sentence(right, known)}"
    return _phrase(formula, known)


def _phrase(formula: plan.Formula, known: Texts) -> str:
    """What a formula demands from a turn on."""
    if isinstance(formula, plan.Atom):
        return f"`{word(formula.holds, known)}`"
    parts = [_phrase(part, known) for part in formula.of]
    if formula.op in ("at_most", "at_least", "exactly"):
        return _counted(formula, parts[0])
    if formula.op in ("and", "or"):
        return f"({f' {formula.op} '.join(parts)})"
    return _WORDS[formula.op](formula, *parts)


def _counted(formula: plan.Op, part: str) -> str:
    how, number = formula.op.replace("_", " "), formula.number or 0
    if formula.consecutive:
        return f"the longest row of one speaker's turns with {part} has {how} {number}"
    return f"{how} {number} {'turn has' if number == 1 else 'turns have'} {part}"


_WORDS: dict[str, Callable[..., str]] = {
    "not": lambda op, f: f"not {f}",
    "implies": lambda op, p, q: f"({q} wherever {p})",
    "always": lambda op, f: f"every turn has {f}",
    "never": lambda op, f: f"no turn has {f}",
    "eventually": lambda op, f: f"some turn has {f}",
    "next": lambda op, f: f"a next turn with {f}",
    "first": lambda op, f: f"the first turn has {f}",
    "last": lambda op, f: f"the last turn has {f}",
    "whenever": lambda op, p, q: f"after each turn with {p}, that turn included: {q}",
    "during": lambda op, phase, f: f"in each stretch of turns with {phase}, taken by itself: {f}",
    "until": lambda op, f, g: f"{f} in every turn up to one with {g}, which need not come",
    "until_finally": lambda op, f, g: f"{f} in every turn up to one with {g}, which has to come",
    "since": lambda op, f, g: f"{g} in this turn or an earlier one and {f} ever since",
    "before": lambda op, a, b: f"{a} with fewer than {op.number or 1} earlier turns with {b}",
    "within": lambda op, f: f"{f} in this turn or one of the {(op.number or 1) - 1} after it",
}


# ---------------------------------------------------------------- formulas as they are written


def written(formula: plan.Formula, known: Texts) -> str:
    """A formula as an author would write it."""
    if isinstance(formula, plan.Atom):
        return word(formula.holds, known)
    op = formula.op.replace("_", " ")
    if formula.op in ("until", "until_finally") and isinstance(first := formula.of[0], plan.Op) and first.op == "not":
        return f"never {_inside(first.of[0], known)} {op} {_inside(formula.of[1], known)}"
    parts = [_inside(part, known) for part in formula.of]
    if formula.op in ("at_most", "at_least", "exactly"):
        return f"{op} {formula.number or 0} {'consecutive ' if formula.consecutive else ''}{parts[0]}"
    if formula.op == "within":
        return f"eventually {parts[0]} within {formula.number} turns"
    if formula.op == "before":
        return f"{parts[0]} before {formula.number or 1} {parts[1]}"
    if formula.op == "whenever":
        return f"whenever {parts[0]} then {parts[1]}"
    if formula.op == "during":
        return f"during {parts[0].partition('== ')[2].strip(chr(34))}: {parts[1]}"
    return f" {op} ".join(parts) if len(parts) > 1 else f"{op} {parts[0]}"


def _inside(formula: plan.Formula, known: Texts) -> str:
    shown = written(formula, known)
    bare = isinstance(formula, plan.Atom) or (formula.op == "not" and isinstance(formula.of[0], plan.Atom))
    return shown if bare else f"({shown})"


# ---------------------------------------------------------------- dialogues on a line


def dialogue(turns: Sequence[tuple[str, str, str]], holding: Sequence[Sequence[str]]) -> str:
    """Turns (speaker, move or act, phase) on a line; `holding` are the words in brackets behind each."""
    shown: list[str] = []
    for phase, group in groupby(zip(turns, holding, strict=True), key=lambda each: each[0][2]):
        row = [(f"{speaker}.{does}" if does else speaker) + (f" [{', '.join(facts)}]" if facts else "")
               for (speaker, does, _), facts in group]
        shown.append(f"{phase}: " * bool(phase) + ", ".join(_rows(row)))
    return ", ".join(shown)


def _rows(shown: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(shown):
        width, times = max(((width, _times(shown, at, width)) for width in range(1, LONGEST_ROW + 1)),
                           key=lambda each: (each[0] * (each[1] - 1), -each[0]))
        if times > 1:
            row = ", ".join(shown[at:at + width])
            yield f"{row} x {times}" if width == 1 else f"({row}) x {times}"
            at += width * times
        else:
            yield shown[at]
            at += 1


def _times(shown: Sequence[str], at: int, width: int) -> int:
    """How often the next `width` turns come one after the other."""
    times = 1
    row = shown[at:at + width]
    while len(row) == width and shown[at + times * width:at + (times + 1) * width] == row:
        times += 1
    return times
