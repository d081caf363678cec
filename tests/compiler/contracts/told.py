"""What the compiler says of the clauses of a program, as numbers: which clauses, and how long a dialogue it shows.

Dialogues in messages read `teacher.ask, student.guesses, help: (teacher.hint, student.guesses) x 3`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pedalang.compiler import compile
from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Diagnostic, Report
from pedalang.source import Source

TOGETHER = "PED0602"
"""Clauses that contradict each other are equals: any of them may come first."""
_SHOWN = re.compile(r"the shortest [^`:]*: `([^`]+)`")
_NAME = r"[^\W\d]\w*"
_FACTS = r"(?: \[[^\]]*\])?"
_TURN = rf"(?:{_NAME}: )?{_NAME}(?:\.{_NAME}){{0,2}}{_FACTS}"
_ROW = re.compile(rf"(?:{_NAME}: )?\(({_TURN}(?:, {_TURN})*)\) x (\d+)")
_ONE = re.compile(_TURN)


class Mistake(NamedTuple):
    """What is said of a clause. `clauses` are numbers, in the order of the program: the clause where it is reported,
    then the others."""

    severity: str
    code: str
    clauses: tuple[int, ...]
    turns: int | None


def clauses(text: str) -> list[tree.Clause]:
    """The clauses of a program, in order."""
    bodies = [decl.body for decl in parse.parse(Source("main.ped", text), Report()).decls]
    return [clause for body in bodies if isinstance(body, tree.ContractDecl) for clause in body.clauses]


def said(text: str) -> list[Mistake]:
    """What the compiler says of a program."""
    written = clauses(text)
    return [_mistake(each, written) for each in compile.check_text(text)]


def _mistake(of: Diagnostic, written: list[tree.Clause]) -> Mistake:
    about = tuple(dict.fromkeys(number for label in of.labels for number, clause in enumerate(written)
                                if clause.start <= label.span.start < clause.end))
    return Mistake(of.severity, of.code, ordered(of.code, about), turns(of))


def ordered(code: str, about: tuple[int, ...]) -> tuple[int, ...]:
    """The clauses of a mistake in an order that can be compared."""
    first = () if code == TOGETHER else about[:1]
    return (*first, *sorted(about[len(first):]))


def turns(of: Diagnostic) -> int | None:
    """How many turns the shortest dialogue has that a message shows; None where it shows none."""
    shown = _SHOWN.search(of.help)
    return length(shown[1]) if shown else None


def length(dialogue: str) -> int | None:
    """The turns of a dialogue that is told turn by turn; None for what is no dialogue."""
    count, at = 0, 0
    while at < len(dialogue):
        if count and not dialogue.startswith(", ", at):
            return None
        at += 2 if count else 0
        if row := _ROW.match(dialogue, at):
            count += int(row[2]) * len(re.findall(rf"(?:\A|, ){_TURN}", row[1]))
            at = row.end()
        elif one := _ONE.match(dialogue, at):
            count += 1
            at = one.end()
        else:
            return None
    return count or None
