"""What a text has to keep in content, format, language and length, read from the words of the constraint and checked.

The kinds are those of MulDimIF (Ye et al., 2025); the readings and checks are written anew. What is not understood is
not read: `each section` or `the title` speak of parts of a text that nobody can be sure to find, so a constraint on
these is left alone, never guessed. Words are runs of letters and digits, in Chinese single characters; sentences end in
`.`, `!`, `?` and their Chinese signs; paragraphs are parted by empty lines; a table is one of Markdown.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

CATEGORIES = ("content", "format", "language", "length")

Check = Callable[[str], bool]


class Constraint(NamedTuple):
    """Of which category a constraint is, and whether a text keeps it."""

    category: str
    kept: Check


class Bound(NamedTuple):
    """From how many to how many, both included."""

    low: int = 0
    high: int | None = None

    def holds(self, number: int) -> bool:
        return self.low <= number and (self.high is None or number <= self.high)


_NUMBERS = {word: number for number, word in enumerate(re.findall(r"\w+", (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty")))} | {"single": 1, "thirty": 30, "forty": 40, "fifty": 50}
_N = r"(\d[\d,]*)"
_MOST = re.compile(rf"(?:at most|no more than|not? (?:be )?(?:more|longer) than"
                   rf"|(?:not|never|n't|without) exceed(?:ing|s)?"
                   rf"|maximum(?: limit| length)? of|max(?:imum)?|up to|limit(?:ed|ing)?(?:(?: \w+){{0,3}} (?:of|to))?"
                   rf"(?: at most)?|within|not surpass(?:ing)?|cap(?:ped)? (?:at|of))(?: (?:a|the) total of)? {_N}")
_BELOW = re.compile(rf"(?:fewer|less|under|shorter) (?:than )?{_N}")
_LEAST = re.compile(rf"(?:at least|no (?:fewer|less) than|not? (?:be )?(?:less|fewer|shorter) than|"
                    rf"min(?:imum)?(?: of)?) {_N}|{_N} or more")
_ABOVE = re.compile(rf"(?:more than|exceed(?:ing|s)?|over|longer than) {_N}")
_BETWEEN = re.compile(rf"(?:between |from )?{_N}(?: words| sentences| rows)? ?(?:and|to|-|–) ?{_N}")
_EXACT = re.compile(rf"(?:exactly|precisely|only|just|of|have|has|a|is|contain(?:s|ing)?) {_N}|{_N}")
_QUOTED = re.compile(r"(?<!\w)'([^'\n]+(?:'\w[^'\n]*)*)'(?!\w)|\"([^\"\n]+)\"|‘([^’\n]+)’|“([^”\n]+)”|`([^`\n]+)`")
_PART = re.compile(r"\b(?:each|every|any|per)\b(?! (?:word|letter|table|tables|answer|response)\b)")
_PLACE = re.compile(r"\b(?:title|heading|header|first|opening|last|final|introduction|conclusion|name|caption|times)\b")


def read(words: str, category: str = "", kind: str = "") -> Constraint | None:
    """The constraint that words state; None for what is not understood. `category` and `kind` are MulDimIF's."""
    text = _numerals(words.lower())
    about = f"{category} {kind}".lower()
    for name, known, reading in _READINGS:
        if known.search(about) or (not about.strip() and known.search(text)):
            kept = reading(text, words)
            return Constraint(name, kept) if kept is not None else None
    return None


def _numerals(text: str) -> str:
    return re.sub(rf"\b(?:{'|'.join(_NUMBERS)})\b", lambda found: str(_NUMBERS[found[0]]), text)


def bound(text: str) -> Bound | None:
    """How many a text in small letters, its numbers in digits, says that there are to be."""
    def of(found: re.Match[str], more: int = 0) -> int:
        return int(next(filter(None, found.groups())).replace(",", "")) + more

    between = _BETWEEN.search(text)
    if between is not None:
        low, high = (int(part.replace(",", "")) for part in between.groups())
        return Bound(low, high) if low <= high else None
    least, above = _LEAST.search(text), _ABOVE.search(text)
    most, below = _MOST.search(text), _BELOW.search(text)
    if least and most:
        return Bound(of(least), of(most))
    if most or least:
        return Bound(0, of(most)) if most else Bound(of(least)) if least else None
    if below or above:
        return Bound(0, of(below, -1)) if below else Bound(of(above, 1)) if above else None
    exact = _EXACT.search(text)
    return Bound(of(exact), of(exact)) if exact is not None else None


# ---------------------------------------------------------------- length

_CHINESE = r"\u3400-\u9fff"
_WORD = re.compile(rf"[{_CHINESE}]|[^\W_{_CHINESE}]+(?:['’-][^\W_{_CHINESE}]+)*")
_SENTENCE = re.compile(r"[.!?](?=[\s\"'”’)*_]|$)[.!?\"'”’)*_]*\s*|[。！？]+\s*|\n{2,}")


def words(text: str) -> int:
    """How many words."""
    return len(_WORD.findall(text))


def sentences(text: str) -> int:
    """How many sentences; what has no word is none."""
    return sum(1 for each in _SENTENCE.split(text) if _WORD.search(each))


def paragraphs(text: str) -> list[str]:
    """The paragraphs; what has no word is none."""
    return [each for each in re.split(r"\n[^\S\n]*\n\s*", text.strip()) if _WORD.search(each)]


_COUNTED: dict[str, Callable[[str], int]] = {
    "word": words, "sentence": sentences, "paragraph": lambda text: len(paragraphs(text))}


def _length(text: str, _: str) -> Check | None:
    unit = next((unit for unit in _COUNTED if f"{unit}s" in text or re.search(rf"\b{unit}\b", text)), None)
    size = bound(text)
    if unit is None or size is None:
        return None
    count = _COUNTED[unit]
    if re.search(r"\b(?:each|every) paragraph\b", text) and unit != "paragraph":
        return lambda said: all(size.holds(count(part)) for part in paragraphs(said))
    return None if _PART.search(text) else lambda said: size.holds(count(said))


# ---------------------------------------------------------------- content

_MARKS = {"question mark": "?？", "exclamation": "!！", "ellipsis": "…", "semicolon": ";；", "colon": ":：",
          "comma": ",，", "period": ".。", "full stop": ".。"}


def _keywords(text: str, words: str) -> Check | None:
    named = [next(filter(None, found)) for found in _QUOTED.findall(words)]
    if not named or _PART.search(text) or _PLACE.search(_QUOTED.sub("", text)):
        return None
    keys = [each.strip(" .,").lower() for each in named]
    if re.search(r"\b(?:not|never|avoid|without|exclud\w+)\b", _QUOTED.sub("", text)):
        return lambda said: not any(key in said.lower() for key in keys)
    if " or " in _QUOTED.sub("", text):
        return lambda said: any(key in said.lower() for key in keys)
    return lambda said: all(key in said.lower() for key in keys)


def _punctuation(text: str, _: str) -> Check | None:
    mark = next((signs for name, signs in _MARKS.items() if name in text), None)
    if mark is None or not re.search(r"\bend|\bconclu|\bfinish|\bclos|\bterminat", text):
        return None
    signs = tuple(mark)
    if re.search(r"\b(?:each|every) paragraph\b", text):
        return lambda said: all(_bare(part).endswith(signs) for part in paragraphs(said))
    return None if _PART.search(text) else lambda said: _bare(said).endswith(signs)


def _bare(text: str) -> str:
    """A text without what closes it behind its last sign: space, quotes, emphasis."""
    return text.rstrip(" \n\t\"'”’)*_`")


def _identifiers(text: str, words: str) -> Check | None:
    named = [next(filter(None, found)) for found in _QUOTED.findall(words)]
    if len(named) != 1 or _PART.search(text) or "name" in text:
        return None
    (mark,) = named
    if re.search(r"\b(?:start|begin)", text):
        return lambda said: said.lstrip(" \n#*_>").startswith(mark)
    return (lambda said: _bare(said).endswith(_bare(mark))) if re.search(r"\bend", text) else None


# ---------------------------------------------------------------- language

_SIMPLIFIED = frozenset("这个们来时会说国对为学没还过发经与后样开关话问间让动现点进种见题实变书写东车长门马鸟鱼龙")
_TRADITIONAL = frozenset("這個們來時會說國對為學沒還過發經與後樣開關話問間讓動現點進種見題實變書寫東車長門馬鳥魚龍")
_BOTH = _SIMPLIFIED & _TRADITIONAL


_UPPER = re.compile(r"\ball.?(?:caps|capital|upper|letters (?:\w+ )?(?:capital|upper))|upper.?case|"
                    r"entirely (?:in )?capital|(?:in|all) capital letters|full capital")


def _english(text: str, _: str) -> Check | None:
    if _UPPER.search(text) and not re.search(r"each word|first letter", text):
        return lambda said: said == said.upper() and said != said.lower()
    if re.search(r"lower.?case", text):
        return lambda said: said == said.lower() and said != said.upper()
    if re.search(r"capital|title case|initial", text):
        return _each_capital if not re.search(r"\b(?:title|heading|name)s?\b(?! case)", text) else None
    return _is_english if re.search(r"\bin english\b|english language", text) else None


def _each_capital(said: str) -> bool:
    found = [word for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", said) if word[0].lower() != word[0].upper()]
    return bool(found) and all(word[0].isupper() for word in found)


def _is_english(said: str) -> bool:
    letters = [sign for sign in said if sign.isalpha()]
    return bool(letters) and sum(sign.isascii() for sign in letters) >= 0.9 * len(letters)


def _chinese(text: str, _: str) -> Check | None:
    def written(said: str) -> bool:
        letters = [sign for sign in said if sign.isalpha()]
        return bool(letters) and 2 * len(re.findall(rf"[{_CHINESE}]", said)) > len(letters)

    if "simplified" in text or "简体" in text:
        return lambda said: written(said) and not set(said) & (_TRADITIONAL - _BOTH)
    if "traditional" in text or "繁" in text:
        return lambda said: written(said) and not set(said) & (_SIMPLIFIED - _BOTH)
    return written if "chinese" in text or "中文" in text else None


# ---------------------------------------------------------------- format

_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+|$)", re.MULTILINE)
_LEVEL = re.compile(r"(?:level[- ]|\bh)([1-6])\b|([1-6])(?:st|nd|rd|th)?[- ]level headings?")
_LEVELS = re.compile(r"[\d,]+ (?:\w+ )?(?:heading levels|levels of (?:sub)?headings?|(?:different )?levels)")
_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")
_ATTRIBUTE = re.compile(r"<[A-Za-z][\w:.-]*((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*/?>")


def _markdown(text: str, _: str) -> Check | None:
    if "quote" in text and "heading" not in text:
        return lambda said: re.search(r"^ {0,3}>", said, re.MULTILINE) is not None
    if "heading" not in text and not _LEVEL.search(text):
        return None
    several = _LEVELS.search(text)
    if several is not None:
        size = bound(text[:several.end()])
        return (lambda said: size.holds(len(set(_HEADING.findall(said))))) if size is not None else None
    levels = {next(filter(None, found)) for found in _LEVEL.findall(text)}
    return lambda said: {str(level) for level in levels} <= {str(len(marks)) for marks in _HEADING.findall(said)} \
        if levels else _HEADING.search(said) is not None


def _table(text: str, words: str) -> Check | None:
    column, size = "column" in text, bound(_QUOTED.sub("", text))
    if size is None or column == ("row" in text):
        return None
    maybe = re.search(r"\bif\b|\bany table|\bwhen\b", text) is not None

    def kept(said: str) -> bool:
        found = list(_tables(said))
        return (maybe or bool(found)) and all(size.holds(each[column]) for each in found)

    return kept


def _tables(said: str) -> Iterator[tuple[int, int]]:
    """The rows, without the head, and the columns of each table."""
    lines = [line.strip() for line in said.split("\n")]
    for at, line in enumerate(lines[1:], 1):
        head = lines[at - 1]
        if "|" in head and _RULE.fullmatch(line):
            rows = itertools.takewhile(lambda each: "|" in each, lines[at + 1:])
            yield sum(1 for _ in rows), len(head.strip("|").split("|"))


def _json(text: str, _: str) -> Check | None:
    size = bound(text) if "nest" in text or "level" in text else None
    return (lambda said: any(size.holds(_depth(found)) for found in _documents(said))) if size is not None else None


def _documents(said: str) -> Iterator[Any]:
    """What JSON there is in a text: in fences, or the whole."""
    for part in (*re.findall(r"```(?:json)?\s*\n(.*?)```", said, re.DOTALL), said):
        try:
            yield json.loads(part)
        except (ValueError, RecursionError):
            continue


def _depth(value: Any) -> int:
    """Objects inside one another, the outermost too."""
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _xml(text: str, _: str) -> Check | None:
    size = bound(text) if "attribute" in text else None
    return (lambda said: size.holds(sum(each.count("=") for each in _ATTRIBUTE.findall(said)))) if size else None


_Reading = Callable[[str, str], Check | None]
_READINGS: Sequence[tuple[str, re.Pattern[str], _Reading]] = (
    ("content", re.compile(r"keyword"), _keywords),
    ("content", re.compile(r"punctuation|ends? with a (?:period|question mark|exclamation)"), _punctuation),
    ("content", re.compile(r"identifier"), _identifiers),
    ("language", re.compile(r"chinese"), _chinese),
    ("language", re.compile(r"english|capital|upper.?case|lower.?case"), _english),
    ("format", re.compile(r"table"), _table),
    ("format", re.compile(r"markdown|heading"), _markdown),
    ("format", re.compile(r"json"), _json),
    ("format", re.compile(r"xml"), _xml),
    ("length", re.compile(r"length|words?|sentences?|paragraphs?"), _length),
)
"""Category, what shows it, how it is read; the first that fits."""
