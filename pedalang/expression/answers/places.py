"""Where a number stands in a text: whether it counts something there, or only says which, when, or between what."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from pedalang.expression.answers import numbers, spelled
from pedalang.expression.answers.lexicon import Lexicon
from pedalang.expression.answers.numbers import MINUS
from pedalang.expression.answers.spelled import glued, sign, word
from pedalang.expression.answers.tokens import Token

_LISTED = re.compile(r"^[ \t]*(\d{1,2})[.)](?=\s)", re.MULTILINE)
_WORKED_ON = ("+", "*", "×", "·", "=", "÷")
_BETWEEN = frozenset(("between", "zwischen", "entre"))
_DIFFERENCES = frozenset(("difference", "gap", "differenz", "unterschied", "différence", "diferencia"))
SMALL = 10
"""`the two numbers` says nothing new; `the twelve apples` may."""
_SHORT = frozenset(("no", "nr", "Nr"))
_CLOCK = frozenset(("o'clock", "o’clock", "oclock"))


class Speech(NamedTuple):
    """A text as its tokens, and how its language writes numbers."""

    text: str
    row: tuple[Token, ...]
    lexicon: Lexicon
    decimal: str
    markers: frozenset[int]
    """Where the numbers of lists begin."""


def markers(text: str) -> frozenset[int]:
    """Where numbers begin that only count the items of a list: 1, 2, 3 … at the beginnings of lines."""
    listed = list(_LISTED.finditer(text)) if "\n" in text else []
    in_order = [int(match[1]) for match in listed] == list(range(1, len(listed) + 1))
    return frozenset(match.start(1) for match in listed) if in_order and len(listed) > 1 else frozenset()


def counts(speech: Speech, first: int, at: int, last: int, value: Fraction) -> bool:
    """Whether the number of the tokens from `first` to before `last` says how many; its digits or words begin at
    `at`."""
    row = speech.row
    if row[at].kind == "number" and _hangs(row, at):
        return False
    if row[at].kind == "word":
        if spelled.ordinal(row, last, speech.lexicon) or _is_another_word(speech, at, last):
            return False
    elif row[first].start in speech.markers or _closes_a_label(speech, at, last):
        return False
    return not (_is_labelled(speech, first, last) or _is_a_date(speech, first, last, value)
                or word(row, last) in _CLOCK
                or word(row, spelled.past_hyphen(row, last)) in speech.lexicon.decimals)


def _hangs(row: tuple[Token, ...], at: int) -> bool:
    """B12, x_2, #12; but a row of these signs (#### 12) begins a line."""
    if at == 0 or not glued(row, at):
        return False
    before = row[at - 1]
    return before.kind == "word" or before.text in ("_", "^", "№") or (before.text == "#" and sign(row, at - 2) != "#")


def _is_another_word(speech: Speech, at: int, last: int) -> bool:
    """That `one`, `one` of them, the second `half`, `half` past two, the `two` numbers."""
    row, words = speech.row, speech.lexicon
    if last - at > 2:
        return False
    if last - at == 1 and word(row, at - 1) in words.definite and 1 < words.small.get(word(row, at), 0) <= SMALL:
        return True
    text = word(row, last - 1)
    behind = word(row, spelled.past_hyphen(row, last))
    return word(row, at - 1) in words.not_before.get(text, ()) or behind in words.not_after.get(text, ())


def _closes_a_label(speech: Speech, at: int, last: int) -> bool:
    """2) at the beginning of a line, or wherever no bracket was opened."""
    if sign(speech.row, last) != ")" or not glued(speech.row, last) or last - at > 1:
        return False
    before = speech.text[max(0, speech.text.rfind("\n", 0, speech.row[at].start)):speech.row[at].start][-200:]
    return before.count("(") <= before.count(")")


def _is_labelled(speech: Speech, first: int, last: int) -> bool:
    """problem 12, no. 12; but `the problem 12 + 5` is worked on, and `No. 12 is right` denies what was said."""
    row = speech.row
    if sign(row, last) in _WORKED_ON:
        return False
    if sign(row, first - 1) == ".":
        return first > 1 and row[first - 2].text in _SHORT
    return word(row, first - 1) in speech.lexicon.labels


def _is_a_date(speech: Speech, first: int, last: int, value: Fraction) -> bool:
    row, months = speech.row, speech.lexicon.months
    behind = last + 1 if word(row, last) in speech.lexicon.of else last
    beside = (first > 0 and row[first - 1].text in months) or (behind < len(row) and row[behind].text in months)
    return beside and 1 <= value <= 31


def behind_range(speech: Speech, first: int, last: int) -> int | None:
    """The place behind a range that begins with this number: 10-12, between 10 and 12. Its ends are no numbers that
    anybody states. None where there is no range."""
    row = speech.row
    low = numbers.literal(row, first, speech.decimal)
    if low is None or last != first + 1:
        return None
    dashed = sign(row, last) in MINUS and glued(row, last) and glued(row, last + 1)
    said = word(row, first - 1) in _BETWEEN and word(row, last) in speech.lexicon.joins \
        and word(row, first - 2) not in _DIFFERENCES
    high = numbers.literal(row, last + 1, speech.decimal) if dashed or said else None
    if high is None or high.value <= low.value:
        return None
    worked_on = sign(row, high.end) in (*_WORKED_ON, "/", "^") or sign(row, first - 1) in _WORKED_ON
    return None if dashed and worked_on else high.end
