"""Whether words state an answer, and whether they give it away.

Words state an answer that they hold in any form: a number as digits, words or LaTeX, a quantity in other units, an
expression that is equal to it. They give it away if nothing is left to do: 24/2, 2^3 and 3(x + 2) state 12, 8 and
3x + 6, and give none of them away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from pedalang.expression import values
from pedalang.expression.answers import algebra, forms, lexicon, quantities, units
from pedalang.expression.answers.algebra import Relation, Tree
from pedalang.expression.answers.quantities import Quantity
from pedalang.expression.answers.units import PERCENT, Unit
from pedalang.expression.values import Value

MAX_ANSWER = 500
"""Characters of an answer; a longer one is looked for as the text that it is."""
LARGEST = 10**15
"""Beyond this, numbers are compared exactly."""
MAX_PARTS = 12
_PARTS = re.compile(r"\s*(?:[,;](?:\s*(?:and|or)\b)?|\b(?:and|or)\b)\s*")
_VALUE_OF = re.compile(r"\s*([^\W\d_])\s*=\s*")
_NAMED = re.compile(r"(?<![^\W_])([^\W\d_])\s*(?:=|\bis\b|\bequals\b)\s*[$€£]?\s*$")
_PIECE = re.compile(r"[\w.]+|[^\w.]")
_ITS_NAME = re.compile(r"[^\W\d_]{2,}\.?(?: [^\W\d_]{2,}\.?){0,2}")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_EQUALS = re.compile(r"(?:=|\bequals|\bequal to)\s*$")
_GOES_ON = re.compile(r"\s*[-+*/×·÷x]\s*[\d$€£]")
_WORD = re.compile(r"\w+")
MAX_SENTENCE = 300
"""Characters before and behind a number that may belong to its sentence."""
_NEAR = 24
"""Characters before a number among which the name of its variable stands."""


class Wanted(NamedTuple):
    """A number that is looked for. `name` is the variable that it is the value of, where the answer names one."""

    value: int | float | Fraction
    near: float
    units: tuple[Unit, ...] = ()
    name: str = ""
    task: bool = False


class Expression(NamedTuple):
    """An expression, equation or inequality that is looked for."""

    tree: Tree | Relation


class Words(NamedTuple):
    """Any other text."""

    pattern: re.Pattern[str]


class Several(NamedTuple):
    """An answer of several parts, of which each has to be there: `2, -3`, `x = 1 or x = 4`."""

    parts: tuple[str, ...]


def states(text: str, answer: Value, tag: str = "") -> bool:
    """Whether a text states an answer, a number or a text. Numbers are equal as values are, whatever their form; texts
    that are neither numbers nor expressions have to stand there, whatever the capitals."""
    match _wanted(answer, tag):
        case Several(parts):
            return all(states(text, part, tag) for part in parts)
        case Wanted() as wanted:
            return any(_same(each, wanted, text) for each in quantities.quantities(text, tag)) or (
                bool(wanted.name) and _solves(text, wanted, tag))
        case Expression(tree):
            return any(forms.equal(each, tree) for each in algebra.expressions(text, tag))
        case Words(pattern):
            return pattern.search(text) is not None


def reveals(text: str, answer: Value, tag: str = "") -> bool:
    """Whether a text gives an answer away: it states it, with nothing left to work out."""
    match _wanted(answer, tag):
        case Several(parts):
            return all(reveals(text, part, tag) for part in parts)
        case Wanted() as wanted:
            return any(_same(each, wanted, text) and each.task <= wanted.task
                       for each in quantities.quantities(text, tag))
        case Expression(tree):
            form = forms.form(tree)
            return any(forms.form(each) == form for each in algebra.expressions(text, tag))
        case Words(pattern):
            return pattern.search(text) is not None


def concludes(text: str, answer: Value, tag: str = "") -> bool:
    """Whether a text gives an answer away as what comes out: a number behind `=`, or in a sentence that says `answer`,
    `result`, `therefore` or the like and is no question. Of other answers the same as `reveals`."""
    wanted = _wanted(answer, tag)
    if not isinstance(wanted, Wanted):
        return reveals(text, answer, tag)
    words = lexicon.of(tag).concluding
    return any(each.task <= wanted.task and _same(each, wanted, text) and _comes_out(text, each, words)
               for each in quantities.quantities(text, tag))


def _comes_out(text: str, found: Quantity, words: frozenset[str]) -> bool:
    before, behind = text[max(0, found.start - MAX_SENTENCE):found.start], text[found.end:found.end + MAX_SENTENCE]
    end = _SENTENCE_END.search(behind)
    if end is not None and end[0] == "?":
        return False
    if _EQUALS.search(before) and not _GOES_ON.match(behind):
        return True
    *_, begun = _SENTENCE_END.split(before)
    sentence = begun + " " + (behind[:end.start()] if end is not None else behind)
    return not words.isdisjoint(_WORD.findall(sentence.lower()))


Answer: TypeAlias = Wanted | Expression | Words | Several


def _wanted(answer: Value, tag: str) -> Answer:
    return _read(answer, tag) if isinstance(answer, str) else Wanted(answer, quantities.near(answer))


@lru_cache(quantities.KEPT)
def _read(answer: str, tag: str) -> Answer:
    """What a written answer is: `12`, `12 cm`, `12 apples`, `x = 4`, `3x + 6`, or any words."""
    answer = answer.strip()
    named = _VALUE_OF.match(answer)
    rest = answer[named.end():] if named else answer
    number = _alone(rest, tag) if len(answer) <= MAX_ANSWER else None
    if number is not None:
        return Wanted(number.value, number.near, number.units, named[1] if named else "", number.task)
    found = algebra.whole(answer, tag) if len(answer) <= MAX_ANSWER else None
    if found is not None and not isinstance(found, algebra.Name):
        return Expression(found)
    parts = tuple(_PARTS.split(answer)) if len(answer) <= MAX_ANSWER else ()
    if 1 < len(parts) <= MAX_PARTS and all(
            part.count("(") == part.count(")") and isinstance(_read(part, tag), Wanted | Expression) for part in parts):
        return Several(parts)
    words = r"\s+".join(r"\s*".join(map(re.escape, _PIECE.findall(part))) for part in answer.split())
    return Words(re.compile(rf"(?<![\w.,:])(?:{words})(?![\w:]|[.,]\d)" if words else r"(?!)", re.IGNORECASE))


def _alone(text: str, tag: str) -> Quantity | None:
    """The one quantity that a text is, with or without the name of what is counted."""
    found = quantities.quantities(text, tag)
    if len(found) != 1:
        return None
    before, behind = text[:found[0].start].strip(" $\\(["), text[found[0].end:].strip(" $\\)].")
    return found[0] if not before and (not behind or _ITS_NAME.fullmatch(behind)) else None


def _same(found: Quantity, wanted: Wanted, text: str) -> bool:
    if wanted.name:
        named = _NAMED.search(text[max(0, found.start - _NEAR):found.start])
        if named and named[1] != wanted.name:
            return False
    if found.units and wanted.units:
        return any(_close(found.value * one.factor, wanted.value * other.factor)
                   for one, other in units.shared(found.units, wanted.units))
    if abs(found.near - wanted.near) <= values.EQUAL_WITHIN or found.near == wanted.near:
        return abs(found.near) < LARGEST or found.value == wanted.value
    return (bool(found.units) or bool(wanted.units)) and any(
        _close(one, other) for one, other in _as_shares(found, wanted))


def _close(one: Value, other: Value) -> bool:
    """Decimals are cut off somewhere: 0.3333333 for 1/3."""
    return one == other or (abs(other) < LARGEST and values.equal(one, float(other)))


def _as_shares(found: Quantity, wanted: Wanted) -> Iterable[tuple[Value, Value]]:
    """50 % is 1/2, whichever of the two is looked for."""
    if PERCENT in found.units:
        yield found.value / 100, wanted.value
    if PERCENT in wanted.units:
        yield found.value, wanted.value / 100


def _solves(text: str, wanted: Wanted, tag: str) -> bool:
    """Whether a text has an equation that is the wanted `x = 4` times a number: 2x = 8."""
    equation = Relation("=", algebra.Name(wanted.name), algebra.Number(Fraction(wanted.value)))
    return any(isinstance(each, Relation) and forms.equal(each, equation) for each in algebra.expressions(text, tag))
