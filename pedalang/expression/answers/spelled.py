"""Numbers in words: twelve, one hundred and five, two thirds, half a million. Mixed numbers (three and a half) are put
together in `numbers.py`, where digits may be their whole part."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from pedalang.expression.answers.lexicon import Lexicon
from pedalang.expression.answers.tokens import Token

_COINS = "quarters"
"""Four or more of these are counted."""
LARGEST = 10**15
"""Words for more are no number that is meant in a lesson."""


class Read(NamedTuple):
    """A number, the place behind it, and whether it is still to be worked out (24/2, 2^3)."""

    value: Fraction
    end: int
    task: bool = False


def word(row: Sequence[Token], at: int) -> str:
    """The word at a place in small letters; empty where there is none."""
    return row[at].text.lower() if 0 <= at < len(row) and row[at].kind == "word" else ""


def sign(row: Sequence[Token], at: int) -> str:
    """The same for what is neither word nor number."""
    return row[at].text if 0 <= at < len(row) and row[at].kind == "sign" else ""


def glued(row: Sequence[Token], at: int) -> bool:
    """Whether nothing stands between a token and the one before."""
    return 0 < at < len(row) and row[at - 1].end == row[at].start


def past_hyphen(row: Sequence[Token], at: int) -> int:
    """The place behind a hyphen inside a word, or the same place."""
    return at + 1 if sign(row, at) in ("-", "‑") and glued(row, at) and glued(row, at + 1) else at


def number(row: Sequence[Token], at: int, lexicon: Lexicon) -> Read | None:
    """A number in words that begins here, with its fraction where it has one: two thirds, five point two."""
    whole = _whole(row, at, lexicon)
    if whole is None:
        return _of_a_half(row, at, lexicon) or _unnamed_part(row, at, lexicon)
    return fraction(row, whole, lexicon) or _decimals(row, whole, lexicon) or whole


def _whole(row: Sequence[Token], at: int, lexicon: Lexicon) -> Read | None:
    """A whole number in words: chunks below a thousand, each with its scale, which become smaller."""
    total, lowest, here = 0, LARGEST + 1, at
    while True:
        start = _joined(row, here, total, lexicon) if here > at else here
        read = _chunk(row, start, lexicon, first=here == at)
        if read is None:
            break
        chunk, end = read
        scale = lexicon.scales.get(word(row, past_hyphen(row, end)), 1)
        if scale >= lowest or (here > at and start != here and chunk * scale >= 100):
            break
        total, lowest = total + chunk * scale, scale
        here = past_hyphen(row, end) + 1 if scale > 1 else end
        if scale in (1, 12):
            break
    return Read(Fraction(total), here) if here > at and total <= LARGEST else None


def _joined(row: Sequence[Token], at: int, above: int, lexicon: Lexicon) -> int:
    """The place behind `and` between a thousand and what follows it."""
    at = past_hyphen(row, at)
    return at + 1 if above and lexicon.between.get(word(row, at)) == "hundred" else at


def _chunk(row: Sequence[Token], at: int, lexicon: Lexicon, first: bool) -> tuple[int, int] | None:
    """A number below a thousand (in German below a million), and the place behind it."""
    opening = word(row, at)
    article = first and opening in lexicon.articles
    if article and not _many(word(row, at + 1), lexicon):
        return None
    if article:
        value, here = 1, at + 1
    elif opening in lexicon.alone and opening in lexicon.scales and first:
        return 1, at
    elif opening in lexicon.alone and opening in lexicon.hundred:
        value, here = 0, at
    else:
        found = _simple(opening, lexicon)
        if found is None:
            return None
        value, here = found, at + 1
    return _more(row, here, value, lexicon)


def _many(text: str, lexicon: Lexicon) -> bool:
    return text in lexicon.hundred or text in lexicon.scales


def _simple(text: str, lexicon: Lexicon) -> int | None:
    found = lexicon.small.get(text)
    if found is None and "tausend" in text and "tausend" in lexicon.alone:
        high, _, low = text.partition("tausend")
        thousands = 1 if high in ("", "ein") else lexicon.small.get(high, lexicon.small.get(high + "s"))
        rest = 0 if not low else lexicon.small.get(low.removeprefix("und"))
        if text != "tausend" and thousands is not None and rest is not None:
            return thousands * 1000 + rest
    return found


def _more(row: Sequence[Token], at: int, value: int, lexicon: Lexicon) -> tuple[int, int]:
    """What follows the first word of a chunk: (two) hundred and five, (twenty) one, (quatre) vingt dix."""
    four_twenties = False
    while True:
        here = past_hyphen(row, at)
        text = word(row, here)
        if text in lexicon.hundred and ((value < 100 and value % 10) or value == 0) and not four_twenties:
            value, at = max(value, 1) * 100, here + 1
            continue
        if text in ("vingt", "vingts") and value % 100 == 4 and "vingt" in lexicon.small:
            value, at, four_twenties = value + 76, here + 1, True
            continue
        between = lexicon.between.get(text)
        behind = here + 1 if between else here
        next_value = _simple(word(row, behind), lexicon)
        if next_value is None or not _fits(value, next_value, between, lexicon) or (
                between == "hundred" and _next_part(row, behind, lexicon)):
            return value, at
        value, at = value + next_value, behind + 1


def _next_part(row: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether a word begins something else: one hundred and (two hundred), one hundred and (two thirds)."""
    behind = word(row, past_hyphen(row, at + 1))
    return behind in lexicon.hundred or behind in lexicon.parts


def _fits(value: int, added: int, between: str | None, lexicon: Lexicon) -> bool:
    """Whether a word can follow: twenty one, but not ten five; hundred and five, but not twenty and five."""
    rest = value % 100
    if not 0 < added < 100 or value >= 1000:
        return False
    if rest == 0:
        return value > 0 and between in (None, "hundred")
    if between == "hundred":
        return False
    french = "vingt" in lexicon.small
    if french and rest in (10, 60, 80):
        return added < 20 if rest > 10 else 7 <= added < 10
    if between is None and lexicon.between.get("y") == "tens":
        return False
    return rest % 10 == 0 and rest >= 20 and added < 10


def fraction(row: Sequence[Token], above: Read, lexicon: Lexicon) -> Read | None:
    """A number over a denominator in words: two thirds, one twenty-fifth, 3 quarters. None for an ordinal: 1 for
    `twenty-fifth` would be wrong as well, so `ordinal` is asked beside it."""
    if above.value.denominator != 1:
        return None
    here = past_hyphen(row, above.end)
    tens = 0
    text = word(row, here)
    if text in lexicon.small and 20 <= lexicon.small[text] < 100:
        tens, here = lexicon.small[text], past_hyphen(row, here + 1)
        text = word(row, here)
    below = lexicon.parts.get(text) or (lexicon.part.get(text) if above.value == 1 else None)
    if below is None or (tens and below >= 10) or (text in lexicon.half and not tens and above.value != 1):
        return None
    value = above.value / (tens + below)
    if value >= 1 and text == _COINS:
        return None
    return Read(value, here + 1, task=value.denominator == 1)


def ordinal(row: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether a number that ends here is the place in a row: twenty-fifth."""
    return word(row, past_hyphen(row, at)) in lexicon.ordinals


def _decimals(row: Sequence[Token], whole: Read, lexicon: Lexicon) -> Read | None:
    """five point two, ninety-nine point zero five."""
    if word(row, whole.end) not in lexicon.point:
        return None
    here, digits = whole.end + 1, ""
    while (found := lexicon.small.get(word(row, here))) is not None and found < 10:
        digits, here = digits + str(found), here + 1
    if not digits:
        read = _whole(row, here, lexicon)
        if read is None or read.value >= 100:
            return None
        digits, here = str(read.value), read.end
    return Read(whole.value + Fraction(int(digits), 10 ** len(digits)), here) if len(digits) <= 15 else None


def _of_a_half(row: Sequence[Token], at: int, lexicon: Lexicon) -> Read | None:
    """half, a half, half a million, anderthalb."""
    known = lexicon.whole_words.get(word(row, at))
    if known is not None:
        return Read(known, at + 1)
    here = at + 1 if word(row, at) in lexicon.articles else at
    if word(row, here) not in lexicon.half:
        return None
    end = here + 1
    many = end + 1 if word(row, end) in lexicon.articles else end
    if _many(word(row, many), lexicon):
        return Read(Fraction(lexicon.scales.get(word(row, many), 100), 2), many + 1)
    return Read(Fraction(1, 2), end)


def _unnamed_part(row: Sequence[Token], at: int, lexicon: Lexicon) -> Read | None:
    """a third of it; `a third option` is none."""
    if word(row, at) not in lexicon.articles:
        return None
    below = lexicon.part.get(word(row, past_hyphen(row, at + 1)))
    if below is None:
        return None
    end = past_hyphen(row, at + 1) + 1
    told_apart = word(row, at + 1) in lexicon.ordinals and lexicon.after_part
    if told_apart and word(row, end) and word(row, end) not in lexicon.after_part:
        return None
    return Read(Fraction(1, below), end)
