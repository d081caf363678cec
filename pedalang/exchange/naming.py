"""Names of persons and schools found in texts by rules, and replaced; with them go numbers that identify.

Rules, no model: fields that are called names, titles ("Ms Ruiz"), how people introduce and address each other, words
for schools, and words that stand in capitals within a sentence and hardly ever in small letters. Rather a word too many
is taken for a name than one too few; still, some are missed, and what is left should be read before it is passed on.
The rules know English; names written without capitals are not found. How well they do: docs/journal.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pedalang.exchange import identifying

Kind = Literal["person", "school"]

_NAME = r"(?:[^\W\d_a-z][^\W\d_]*(?:['’-](?!s\b)[^\W\d_]+)*)"
_FULL = rf"({_NAME}(?:\s+{_NAME})?)"
_SCHOOL = re.compile(rf"\b((?:{_NAME}\.?\s+){{1,4}}(?:School|Academy|College|University|Kindergarten|Preschool|"
                     r"Gymnasium|Lyceum|Institute))\b")
_TITLE = re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Coach|Principal|Sir|Madam)\b\.?\s+{_FULL}")
_INTRODUCED = re.compile(rf"\b(?:[Mm]y name is|[Mm]y name's|[Cc]all me|[Nn]amed|I am|I'm|I’m|[Tt]his is)\s+{_FULL}")
_GREETED = re.compile(r"\b(?:Hi|Hello|Hey|Dear|Thanks|Thank you|Bye|Goodbye|Morning|[Gg]ood (?:morning|afternoon|job|"
                      r"work)|Welcome|Well done|Great job|Nice work|Sorry|Okay|Ok|OK|Yes|No)(?:\s+there)?,?\s+"
                      rf"({_NAME})")
_CALLED = re.compile(rf",\s+({_NAME})(?=\s*[.?!,]|$)")
_CALLED_FIRST = re.compile(rf"(?:^|[.?!]\s+)({_NAME}),\s")
_DESCRIBED = re.compile(rf"(?:^|[.?!]\s+)({_NAME})\s+is\s+an?\s+[\w ]{{0,20}}(?:student|pupil|learner|child|teacher)")
_DOES = re.compile(rf"(?:^|[.?!]\s+)({_NAME})\s+(?:said|says|told|thinks|thought|asked|wants|wanted|wrote|"
                   r"showed|helped|gave|bought|sold|ate|knows|took|made)\b")
_WITHIN = re.compile(rf"(?<=[\w,;:'’\"] )({_NAME})\b")
_CAPITAL = re.compile(rf"\b{_NAME}")
_SMALL = re.compile(r"\b[a-z][a-z'’]*\b")
_FIELD = re.compile(r"(?:^|_)(?:first|last|full|user|nick|sur)?_?(name|names|student|pupil|learner|child|teacher|tutor|"
                    r"parent|author|school)$", re.IGNORECASE)

RARE = 2
"""A word that stands in small letters more than once in so many times is no name."""

_NO_NAMES = frozenset(re.findall(r"\S+", """
I I'm I've I'd I'll Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
July August September October November December English French German Spanish Chinese Latin American British European
Christmas Easter Halloween Thanksgiving Math Maths Mathematics Science History Geography Biology Chemistry Physics
Algebra Geometry Calculus Pythagoras Pythagorean Euclid Fibonacci Celsius Fahrenheit Roman Greek Internet Earth Sun
Moon God OK Okay Ok Yes No Yeah Yep Sure Right Great Good Correct Exactly Perfect Hi Hello Hey Thanks Thank Please
Sorry Well Now So And But Or The A An It He She We They You What Why How Where When Who Which That This These Those If
Then There Here Is Are Was Do Does Did Can Could Would Should Will Let Lets Let's Not Also Because Teacher Student
Tutor Sir Madam Miss Mr Mrs Ms Dr Step Question Answer Problem Part Example Figure Table Chapter Section Page Unit
Lesson First Second Third Next Finally Total Number Mom Dad Mum Wow Oh Ah Hmm Um Nice Awesome Amazing Excellent Cool
Fine True False Remember Think Try Look Start Keep Take Give Tell Show Find Add Subtract Multiply Divide Use Write
Read Work Check Explain Therefore However Thus Hence Alright Firstly Secondly Lastly Combining According CDs DVDs TVs
Since While Later Afterwards Initially Originally Overall Instead Yesterday Today Tomorrow Usually Sometimes Suppose
Meanwhile Eventually Altogether Together Again Always Never Maybe Perhaps Let’s I’m I’ve I’d I’ll Each Every All Both
Oops Whoops Aha Ooh Ahh Nope Yup Yay Shh Hmmm Mm Mm-hmm Mm-mm Uh Uh-huh Huh Hooray Ladies Gentlemen Daddy Mommy Aunt
Uncle Everybody Everyone Anybody Somebody Nobody Similarly Definitely Absolutely Beautiful Wonderful Fantastic Brilliant
Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Option
Some Most After Before During With Without From In On At By For To Of As
"""))


@dataclass(frozen=True, slots=True)
class Names:
    """Names with what stands for each: `[person 1]`, `[school 1]`, the same wherever it occurs."""

    shown: Mapping[str, str]
    pattern: re.Pattern[str] | None

    def replaced(self, text: str) -> str:
        """The text without names, and without numbers that identify."""
        text = identifying.without(text)
        return text if self.pattern is None else self.pattern.sub(lambda found: self.shown[found[0]], text)

    def without(self, value: Any) -> Any:
        """A JSON value whose texts are replaced; what its fields are called stays."""
        return mapped(value, self.replaced)

    def count(self, kind: Kind) -> int:
        """How many persons, or schools, were found."""
        return len({shown for shown in self.shown.values() if shown.startswith(f"[{kind} ")})


def mapped(value: Any, of: Callable[[str], str]) -> Any:
    """A JSON value with other texts; what its fields are called stays."""
    match value:
        case str():
            return of(value)
        case dict():
            return {name: mapped(each, of) for name, each in value.items()}
        case list():
            return [mapped(each, of) for each in value]
    return value


def found(texts: Iterable[str], known: Mapping[str, Kind] | None = None) -> Names:
    """The names in texts, and those known before; texts are gone through once."""
    named: dict[str, Kind] = dict(known or {})
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        for name, kind in _told(text):
            named.setdefault(name, kind)
        for match in _WITHIN.finditer(text):
            named.setdefault(match[1], "person")
        capital.update(word.lower() for word in _CAPITAL.findall(text))
        small.update(_SMALL.findall(text))
    return _names({name: kind for name, kind in named.items()
                   if name in (known or {}) or _is_name(name, capital, small)})


def fields(item: Mapping[str, Any]) -> dict[str, Kind]:
    """The names in those fields of an item, at any depth, that are called so: `name`, `student`, `school`, others."""
    names: dict[str, Kind] = {}
    for key, value in item.items():
        called = _FIELD.search(key)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                names |= fields(each)
            elif called and isinstance(each, str) and _can_be_one(each, called[1].lower()):
                names[each] = "school" if called[1].lower() == "school" else "person"
    return names


def _can_be_one(value: str, called: str) -> bool:
    """Whether the value of a field is a name: one called `student` may hold what the student said."""
    return 0 < len(value) <= 60 and len(value.split()) <= 5 and (value[0].isupper() or called.startswith("name"))


def _told(text: str) -> Iterator[tuple[str, Kind]]:
    """Names by what stands around them."""
    for match in _SCHOOL.finditer(text):
        yield match[1], "school"
    for rule in (_TITLE, _INTRODUCED, _GREETED, _CALLED, _CALLED_FIRST, _DESCRIBED, _DOES):
        for match in rule.finditer(text):
            yield match[1], "person"


def _is_name(name: str, capital: Mapping[str, int], small: Mapping[str, int]) -> bool:
    """Whether a word, or the first of several, is no word of the language: in these texts it mostly stands in capitals.
    """
    first, *others = name.split()
    if len(first) == 1 or first in _NO_NAMES or (first.isupper() and not others):
        return False
    return RARE * small.get(first.lower(), 0) <= capital.get(first.lower(), 0)


def _names(named: Mapping[str, Kind]) -> Names:
    """What stands for each. The parts of a person's full name are names too, and stand for the same person."""
    shown: dict[str, str] = {}
    numbers: Counter[Kind] = Counter()
    of_schools = {word for name, kind in named.items() if kind == "school" for word in name.split()}
    for name, kind in sorted(named.items(), key=lambda each: (-len(each[0].split()), each[0])):
        if kind == "person" and name in of_schools:
            continue
        if name not in shown:
            numbers[kind] += 1
            shown[name] = f"[{kind} {numbers[kind]}]"
        if kind == "person":
            for part in name.split():
                if len(part) > 1 and part not in _NO_NAMES:
                    shown.setdefault(part, shown[name])
    if not shown:
        return Names({}, None)
    return Names(shown, pattern(shown))


def pattern(names: Iterable[str]) -> re.Pattern[str]:
    """What finds names as whole words, the longest first; `_` is no part of a word here, for files are called so."""
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest))})(?![^\W_])")
