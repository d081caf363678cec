"""The pieces of a text that may belong to a number or an expression. LaTeX is read as what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from pedalang.expression import locales

_THIN = "\u00a0\u202f\u2009"
_SIGNS = "¼½¾⅐-⅟↉²³¹⁰-ⁿ₀-₉π"
"""What Python counts among letters, and is none here."""
_SHOWN = {
    "times": "×", "cdot": "·", "div": "÷", "%": "%", "$": "$", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "lt": "<", "gt": ">", "ne": "≠", "neq": "≠", "circ": "°", "degree": "°", "{": "{", "}": "}",
}
"""What commands of LaTeX show; those of the same name as a word (`pi`, `sin`) are words."""
_WORDS = {"pi", "sin", "cos", "tan", "log", "ln", "exp", "theta", "alpha", "beta", "lambda", "mu"}
_SIGNED = {"sqrt": "√", "frac": "frac", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac"}
_AROUND = {"text", "textbf", "textrm", "mathrm", "mathbf", "boxed", "operatorname", "mbox", "fbox"}
"""Commands that show what stands in their braces."""


class Token(NamedTuple):
    """`kind` is one of: `number`, `word`, `sign`, `frac` (a fraction of LaTeX), `other` (a date, a time, a version:
    digits that are no number)."""

    kind: str
    text: str
    start: int
    end: int


@cache
def _pattern(tag: str) -> re.Pattern[str]:
    """Where the decimal sign is a comma, a point that groups nothing is one too, as on calculators."""
    locale = locales.of(tag)
    signs = rf"(?:[{re.escape(locale.groups)}{_THIN}]|\{{,\}}|\\,)"
    point = r"\." if locale.decimal == "." else r"[,.]"
    grouped = rf"\d{{1,3}}(?:{signs}\d{{3}}){{1,32}}+(?!\d)(?:{point}\d++)?"
    number = rf"(?:{grouped}|\d++(?:{point}\d++)?|(?<![\w.,]){point}\d++)(?:[eE][-+]?\d{{1,3}}(?!\w))?"
    dates = (rf"(?:(?!{grouped})\d++(?:\.\d++){{2,}}|\d++(?:/\d++){{2,}}|\d{{4}}-\d\d?-\d\d?(?!\d)"
             r"|\d\d?-\d\d?-\d{4}(?!\d)|\d++(?::\d++)+)")
    letters = rf"(?:[a-zA-Z]++|[^\W\d_{_SIGNS}])++"
    word = rf"{letters}(?:['’]{letters})*+"
    return re.compile(rf"(?P<times>[xX](?<=[\d)].)(?=[\d(]))|(?P<word>{word})|(?P<other>{dates})|(?P<number>{number})"
                      r"|(?P<command>\\(?:[a-zA-Z]+|.))|(?P<sign>\*\*|<=|>=|\S)", re.DOTALL)


def tokens(text: str, tag: str = "") -> tuple[Token, ...]:
    """The tokens of a text in a language, in order."""
    found = []
    for match in _pattern(tag).finditer(text):
        kind, (start, end) = match.lastgroup or "", match.span()
        found.append(Token(kind, match[0], start, end) if kind != "times" else Token("sign", "×", start, end))
    return tuple(_without_delimiters(_read(found)) if "\\" in text else found)


def _read(found: Iterable[Token]) -> Iterator[Token]:
    """Commands as what they show; those that show nothing are left out."""
    for token in found:
        if token.kind != "command":
            yield token
            continue
        name = token.text[1:]
        if name in _SIGNED:
            yield token._replace(kind="sign" if name == "sqrt" else "frac", text=_SIGNED[name])
        elif name in _WORDS:
            yield token._replace(kind="word", text=name)
        elif name in _SHOWN:
            yield token._replace(kind="sign", text=_SHOWN[name])
        elif name in _AROUND:
            yield token._replace(kind="around")


def _without_delimiters(found: Iterable[Token]) -> list[Token]:
    """Without braces that only hold text together, and without the sign of a power before degrees."""
    kept: list[Token] = []
    open_braces: list[bool] = []
    around = False
    for token in found:
        if token.kind == "around":
            around = True
            continue
        if token.text == "{":
            open_braces.append(around)
            if around:
                around = False
                continue
        elif token.text == "}" and open_braces and open_braces.pop():
            continue
        elif token.text == "°":
            while kept and kept[-1].text in ("^", "{"):
                if kept.pop().text == "{" and open_braces:
                    open_braces[-1] = True
        around = False
        kept.append(token)
    return kept
