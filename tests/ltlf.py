"""What the words of clauses mean, by recursion over turn and formula, straight from docs/language/contracts.md: what
automata and monitors are held to. With formulas and dialogues to draw."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.environment import turn_record
from pedalang.expression.evaluate import Env


class Step(NamedTuple):
    """A turn of a made-up dialogue."""

    p: bool
    q: bool
    speaker: str
    work: bool


def speaks(member: str) -> plan.Atom:
    return plan.Atom(nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), nodes.Lit(member)))


SPEAKERS = ("teacher", "student")
P, Q = plan.Atom(nodes.Name("p")), plan.Atom(nodes.Name("q"))
TEACHER, STUDENT = map(speaks, SPEAKERS)
IN_WORK = plan.Atom(nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "phase"), nodes.Lit("work")))
ATOMS = (P, Q, TEACHER, STUDENT, IN_WORK)
EVERY_STEP = tuple(Step(p, q, who, work) for p in (False, True) for q in (False, True) for who in SPEAKERS
                   for work in (False, True))


def op(name: str, *parts: plan.Formula, number: int | None = None, consecutive: bool = False) -> plan.Op:
    return plan.Op(name, parts, number, consecutive)


def steps(letters: str) -> list[Step]:
    """A dialogue from one word a turn: `p`, `q`, `pq` or `-`, `w` for the phase, `s` or `t` for who speaks; else
    teacher and student in turn."""
    return [
        Step("p" in word, "q" in word,
             SPEAKERS["s" in word] if "s" in word or "t" in word else SPEAKERS[at % 2], "w" in word)
        for at, word in enumerate(letters.split())
    ]


def environments(word: Sequence[Step]) -> list[Env]:
    """What expressions see after each turn."""
    phases = ["work" if step.work else "rest" for step in word]
    return [{"p": step.p, "q": step.q, "phase": phase, "turn": turn_record(step.speaker, "", phase=phase)}
            for step, phase in zip(word, phases, strict=True)]


def fact(expr: nodes.Expr, step: Step) -> bool:
    (at,) = (number for number, atom in enumerate(ATOMS) if atom.holds == expr)
    return (step.p, step.q, step.speaker == "teacher", step.speaker == "student", step.work)[at]


def defined(f: plan.Formula, word: Sequence[Step], i: int = 0) -> bool:
    """Whether a formula holds at a turn of a finished dialogue."""
    n = len(word)
    if isinstance(f, plan.Atom):
        return i < n and fact(f.holds, word[i])

    def at(part: int, j: int) -> bool:
        return defined(f.of[part], word, j)

    rest = range(i, n)
    match f.op:
        case "not":
            return not at(0, i)
        case "and":
            return all(at(part, i) for part in range(len(f.of)))
        case "or":
            return any(at(part, i) for part in range(len(f.of)))
        case "implies":
            return not at(0, i) or at(1, i)
        case "always":
            return all(at(0, j) for j in rest)
        case "never":
            return not any(at(0, j) for j in rest)
        case "eventually":
            return any(at(0, j) for j in rest)
        case "next":
            return i + 1 < n and at(0, i + 1)
        case "first":
            return n > 0 and at(0, 0)
        case "last":
            return n > 0 and at(0, n - 1)
        case "whenever":
            return all(at(1, j) for j in rest if at(0, j))
        case "until":
            return all(at(0, j) for j in rest) or defined(op("until_finally", *f.of), word, i)
        case "until_finally":
            return any(at(1, j) and all(at(0, k) for k in range(i, j)) for j in rest)
        case "since":
            return i < n and any(at(1, j) and all(at(0, k) for k in range(j + 1, i + 1)) for j in range(i + 1))
        case "before":
            return i < n and at(0, i) and sum(at(1, j) for j in range(i)) < (1 if f.number is None else f.number)
        case "within":
            return any(at(0, j) for j in range(i, min(n, i + f.number)))
        case "during":
            return all(defined(f.of[1], run) for run in _runs(word[i:]))
        case "at_most" | "at_least" | "exactly":
            found = _longest_row(f.of[0], word, i) if f.consecutive else sum(at(0, j) for j in rest)
            return {"at_most": found <= f.number, "at_least": found >= f.number, "exactly": found == f.number}[f.op]
    raise AssertionError(f.op)


def _runs(word: Sequence[Step]) -> list[list[Step]]:
    """The unbroken runs of turns in the phase."""
    found: list[list[Step]] = []
    for at, step in enumerate(word):
        if step.work:
            if not at or not word[at - 1].work:
                found.append([])
            found[-1].append(step)
    return found


def _longest_row(f: plan.Formula, word: Sequence[Step], i: int) -> int:
    turns = range(i, len(word))
    counted = [[*turns]] if _about_speakers(f) else [[j for j in turns if word[j].speaker == who] for who in SPEAKERS]
    marks = ("".join("x" if defined(f, word, j) else " " for j in among) for among in counted)
    return max((len(row) for mark in marks for row in mark.split()), default=0)


def _about_speakers(f: plan.Formula) -> bool:
    if isinstance(f, plan.Atom):
        return f in (TEACHER, STUDENT)
    return f.op in ("not", "and", "or", "implies") and all(map(_about_speakers, f.of))


ONE = ("not", "always", "never", "eventually", "next", "first", "last")
TWO = ("and", "or", "implies", "whenever", "until", "until_finally", "since")
COUNTS = ("at_most", "at_least", "exactly")
OTHERS = ("before", "within", "during", "count", "row")


def drawn(chance: random.Random, depth: int) -> plan.Formula:
    """A formula, every operator as likely as any other."""
    if depth == 0 or chance.random() < 0.15:
        return chance.choice((P, Q, *ATOMS))
    name = chance.choice((*ONE, *TWO, *OTHERS))
    one = drawn(chance, depth - 1)
    if name in ONE:
        return op(name, one)
    match name:
        case "within":
            return op(name, one, number=chance.randint(1, 4))
        case "during":
            return op(name, IN_WORK, one)
        case "count" | "row":
            about_speakers = name == "row" and chance.random() < 0.2
            counted = chance.choice((TEACHER, op("not", STUDENT))) if about_speakers else one
            return op(chance.choice(COUNTS), counted, number=chance.randrange(4), consecutive=name == "row")
        case "before":
            return op(name, one, drawn(chance, depth - 1), number=chance.choice((None, 0, 1, 2, 3)))
    return op(name, one, drawn(chance, depth - 1))


def dialogue(chance: random.Random, longest: int) -> list[Step]:
    return [chance.choice(EVERY_STEP) for _ in range(chance.randint(0, longest))]
