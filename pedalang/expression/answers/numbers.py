"""A number that begins at a place of a text, in digits, signs, LaTeX or words, and where it ends. What stands around it
(its unit, or a word that makes it the number of a problem) is looked at in `quantities.py`."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from pedalang.expression.answers import spelled
from pedalang.expression.answers.lexicon import Lexicon
from pedalang.expression.answers.spelled import Read, glued, past_hyphen, sign, word
from pedalang.expression.answers.tokens import Token
from pedalang.expression.limits import MAX_DIGITS

MAX_EXPONENT = 400
"""Of a power that is worked out: 2^400 has 121 digits."""
SLASHES = ("/", "⁄", "∕")
MINUS = ("-", "−", "–", "—", "‐", "‑")
_SUPERSCRIPTS = {"⁰": 0, "¹": 1, "²": 2, "³": 3, "⁴": 4, "⁵": 5, "⁶": 6, "⁷": 7, "⁸": 8, "⁹": 9}
_TIMES = ("×", "*", "·")
_POWERS = {"squared": 2, "cubed": 3}
_ORDINAL = ("st", "nd", "rd", "th")
_PARTS = ("rd", "th", "rds", "ths")
"""1/5th, 2/3rds."""


@lru_cache(1024)
def plain(digits: str, decimal: str) -> Fraction | None:
    """What the digits of a text stand for; None for more of them than anybody means."""
    if len(digits) > MAX_DIGITS:
        return None
    kept = "".join(each for each in digits.replace("{,}", "") if each.isdigit() or each in ".eE+-" or each == decimal)
    if decimal != ".":
        kept = kept.replace(".", "") if decimal in kept or _grouped(digits) else kept
    return Fraction(kept.replace(",", "."))


def _grouped(digits: str) -> bool:
    """Whether the points of a number group its digits (1.200), where the decimal sign is a comma."""
    whole, *rest = digits.split(".")
    return bool(rest) and 1 <= len(whole) <= 3 and all(len(each) == 3 for each in rest)


def vulgar(text: str) -> Fraction | None:
    """The value of ½ and its like."""
    if len(text) != 1 or text.isascii() or "VULGAR FRACTION" not in unicodedata.name(text, ""):
        return None
    return Fraction(unicodedata.numeric(text)).limit_denominator(100)


def read(row: Sequence[Token], at: int, lexicon: Lexicon, decimal: str) -> Read | None:
    """The number that begins at a place, without a sign before it."""
    kind, text = row[at].kind, row[at].text
    if kind == "number":
        return _digits(row, at, lexicon, decimal)
    if kind == "word":
        return _in_words(row, at, lexicon, decimal)
    if kind == "frac":
        return _latex_fraction(row, at, decimal)
    if text == "√":
        return _root(row, at + 1, decimal)
    if text == "(":
        return _power_of_brackets(row, at, decimal)
    found = vulgar(text)
    return Read(found, at + 1) if found is not None else None


def literal(row: Sequence[Token], at: int, decimal: str) -> Read | None:
    """Digits alone."""
    if not 0 <= at < len(row) or row[at].kind != "number":
        return None
    value = plain(row[at].text, decimal)
    return Read(value, at + 1) if value is not None else None


def _digits(row: Sequence[Token], at: int, lexicon: Lexicon, decimal: str) -> Read | None:
    number = literal(row, at, decimal)
    if number is None:
        return None
    follows = row[number.end] if number.end < len(row) else None
    if follows is None:
        return number
    if follows.kind == "number":
        return _mixed_digits(row, number, decimal) or number
    if follows.kind == "word":
        return _before_word(row, number, lexicon, decimal)
    if follows.text in SLASHES:
        return _over(row, number, decimal)
    if follows.kind == "frac" or vulgar(follows.text) is not None:
        part = read(row, number.end, lexicon, decimal)
        return _mixed(number, part) or number
    if follows.text in _SUPERSCRIPTS or _raises(row, number.end):
        return _power(row, number, decimal)
    return _scientific(row, number, decimal) or _hyphened(row, number, lexicon)


def _raises(row: Sequence[Token], at: int) -> bool:
    """Whether a sign of a power has an exponent; the asterisks around **12** have none."""
    return sign(row, at) in ("^", "**") and at + 1 < len(row) and (
        row[at + 1].kind != "sign" or sign(row, at + 1) in "({-−√")


def _hyphened(row: Sequence[Token], number: Read, lexicon: Lexicon) -> Read:
    """3-quarters, 5-and-a-half."""
    if past_hyphen(row, number.end) == number.end:
        return number
    return spelled.fraction(row, number, lexicon) or number


def _over(row: Sequence[Token], above: Read, decimal: str) -> Read | None:
    """3/4; a fraction with denominator 0, or of what is no number, is none, and neither are its parts."""
    below = literal(row, above.end + 1, decimal)
    if below is None:
        return above if above.end + 1 >= len(row) or row[above.end + 1].kind == "word" else None
    if sign(row, below.end) in SLASHES or below.value == 0 or above.value.denominator != 1:
        return None
    value = above.value / below.value
    named = glued(row, below.end) and word(row, below.end) in _PARTS
    return Read(value, below.end + named, task=value.denominator == 1)


def _mixed(whole: Read, part: Read | None) -> Read | None:
    """3 1/2: a whole number and a fraction below one."""
    if part is None or whole.value.denominator != 1 or not 0 < part.value < 1:
        return None
    return Read(whole.value + part.value, part.end)


def _mixed_digits(row: Sequence[Token], whole: Read, decimal: str) -> Read | None:
    if sign(row, whole.end + 1) not in SLASHES or row[whole.end].start - row[whole.end - 1].end != 1:
        return None
    above = literal(row, whole.end, decimal)
    return _mixed(whole, _over(row, above, decimal)) if above is not None else None


def _before_word(row: Sequence[Token], number: Read, lexicon: Lexicon, decimal: str) -> Read | None:
    """What a word behind digits makes of them: 2 million, 3 quarters, 5 and a half, 3 over 4, 3 squared; a letter that
    stands close (12x) makes them no number."""
    here, text = number.end, word(row, number.end)
    if glued(row, here) and text in _ORDINAL:
        return None
    if text == "k" and glued(row, here):
        return Read(number.value * 1000, here + 1)
    scale = lexicon.scales.get(text) or (100 if text in lexicon.hundred else 0)
    if scale:
        return Read(number.value * scale, here + 1)
    if text in _POWERS and len(row[here - 1].text) < 50:
        return Read(number.value ** _POWERS[text], here + 1, task=True)
    if text == "over":
        return _over(row, number, decimal) or number
    return spelled.fraction(row, number, lexicon) or with_part(row, number, lexicon, decimal) or number


def with_part(row: Sequence[Token], whole: Read, lexicon: Lexicon, decimal: str) -> Read | None:
    """three and a half, 3 and 1/2, two and three quarters."""
    here = past_hyphen(row, whole.end)
    if word(row, here) not in lexicon.joins or whole.value.denominator != 1 or whole.task or here + 1 >= len(row):
        return None
    here = past_hyphen(row, here + 1)
    if row[here].kind == "number":
        above = literal(row, here, decimal)
        part = _over(row, above, decimal) if above and sign(row, above.end) in SLASHES else None
    elif row[here].kind == "word":
        part = spelled.number(row, here, lexicon)
    else:
        part = read(row, here, lexicon, decimal)
    return _mixed(whole, part)


def _in_words(row: Sequence[Token], at: int, lexicon: Lexicon, decimal: str) -> Read | None:
    if word(row, at) == "square" and [word(row, at + 1), word(row, at + 2)] == ["root", "of"]:
        return _root(row, at + 3, decimal)
    if word(row, at) == "sqrt":
        return _root(row, at + 1, decimal)
    number = spelled.number(row, at, lexicon)
    if number is None:
        return None
    if word(row, number.end) in _POWERS and number.value < 10**6:
        return Read(number.value ** _POWERS[word(row, number.end)], number.end + 1, task=True)
    if word(row, number.end) == "over" and (below := spelled.number(row, number.end + 1, lexicon)) and below.value:
        value = number.value / below.value
        return Read(value, below.end, task=value.denominator == 1)
    return with_part(row, number, lexicon, decimal) or number


def _latex_fraction(row: Sequence[Token], at: int, decimal: str) -> Read | None:
    r"""\frac{1}{2}, \frac12, \frac1{20}: of whole numbers only."""
    if at + 1 < len(row) and row[at + 1].kind == "number" and len(row[at + 1].text) > 1:
        digits = row[at + 1].text
        if len(digits) == 2 and digits.isdigit() and digits[1] != "0":
            return _ratio(Read(Fraction(int(digits[0])), at), Read(Fraction(int(digits[1])), at + 2))
        return None
    above = _braced(row, at + 1, decimal)
    below = _braced(row, above.end, decimal) if above is not None else None
    return _ratio(above, below) if above is not None and below is not None else None


def _ratio(above: Read, below: Read) -> Read | None:
    if below.value == 0:
        return None
    value = above.value / below.value
    return Read(value, below.end, task=value.denominator == 1)


def _braced(row: Sequence[Token], at: int, decimal: str) -> Read | None:
    """Digits, in braces or brackets or without, with a minus before them or without."""
    closing = {"{": "}", "(": ")"}.get(sign(row, at))
    inside = at + 1 if closing else at
    negative = sign(row, inside) in MINUS
    number = literal(row, inside + negative, decimal)
    if number is None or (closing and sign(row, number.end) != closing):
        return None
    return Read(-number.value if negative else number.value, number.end + bool(closing))


def _exponent(row: Sequence[Token], at: int, decimal: str) -> tuple[int, int] | None:
    """The exponent that begins at a place, and the place behind it."""
    if sign(row, at) in _SUPERSCRIPTS and (not at or glued(row, at)):
        digits, end = 0, at
        while sign(row, end) in _SUPERSCRIPTS and end < at + 4:
            digits, end = 10 * digits + _SUPERSCRIPTS[sign(row, end)], end + 1
        return digits, end
    if sign(row, at) not in ("^", "**"):
        return None
    number = _braced(row, at + 1, decimal)
    if number is None or number.value.denominator != 1 or abs(number.value) > MAX_EXPONENT:
        return None
    return int(number.value), number.end


def _power(row: Sequence[Token], base: Read, decimal: str) -> Read | None:
    exponent = _exponent(row, base.end, decimal)
    if exponent is None:
        return None
    power, end = exponent
    size = max(abs(base.value.numerator).bit_length(), base.value.denominator.bit_length()) * abs(power)
    if size > 3 * MAX_DIGITS or (base.value == 0 and power < 0) or sign(row, end) in ("^", "**"):
        return None
    return Read(base.value ** power, end, task=True)


def _power_of_brackets(row: Sequence[Token], at: int, decimal: str) -> Read | None:
    """(-3)^2"""
    base = _braced(row, at, decimal)
    return _power(row, base, decimal) if base is not None else None


def _scientific(row: Sequence[Token], number: Read, decimal: str) -> Read | None:
    """1.2 × 10^3"""
    if sign(row, number.end) not in _TIMES:
        return None
    ten = literal(row, number.end + 1, decimal)
    exponent = _exponent(row, ten.end, decimal) if ten is not None and ten.value == 10 else None
    if exponent is None:
        return None
    return Read(number.value * Fraction(10) ** exponent[0], exponent[1])


def _root(row: Sequence[Token], at: int, decimal: str) -> Read | None:
    """The square root of a square number; of others there is no number that could be compared."""
    number = _braced(row, at, decimal)
    if number is None or number.value < 0:
        return None
    above, below = math.isqrt(number.value.numerator), math.isqrt(number.value.denominator)
    found = Fraction(above, below)
    return Read(found, number.end, task=True) if found * found == number.value else None


def broken(row: Sequence[Token], at: int) -> int:
    """The place behind what begins like a number at `at` and is none: 3/0, 12x, 9^9^9, 12th."""
    end = at + 1
    joins = (*SLASHES, "^", "**", "{", "}", *_SUPERSCRIPTS)
    while end < len(row) and (sign(row, end) in joins or (row[end].kind == "number" and sign(row, end - 1) in joins)):
        end += 1
    if end < len(row) and row[end].kind == "word" and glued(row, end):
        end += 1
    return end
