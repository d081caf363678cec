"""Recorded dialogues without names, schools and numbers that identify, before they become a journal: no judge, no
classifier and no report sees more than that.

Names are found by the rules of `naming` in all dialogues together, and are known from the speakers' labels and from
fields that are called names. In each dialogue what stands for them is the same throughout: `Student 2` for who speaks,
with the number that the member of the cast has there, `Person 1` for somebody else, `School 1`; numbers and addresses
become `[number]`. Names are then found in small letters and capitals too, unless they are words of the language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pedalang.exchange import identifying, naming
from pedalang.exchange.naming import Names
from pedalang.exchange.speakers import Spoken
from pedalang.expression import values
from pedalang.expression.values import Value

NAMES, SCHOOLS, NUMBERS = "names", "schools", "numbers"
KINDS = (NAMES, SCHOOLS, NUMBERS)

Told = tuple[Mapping[str, Value], Sequence[Spoken]]
"""The values of a flow's parameters, and what was said."""
_Shown = dict[str, str]

_TITLE = r"(?i:\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Coach|Principal)\b\.?\s+)?"
_TITLES = re.compile(_TITLE)
_NO_NAME = re.compile(
    r"(?:teacher|tutor|student|pupil|learner|child|kid|instructor|coach|assistant|user|system|bot|parent|mother|father|"
    r"speaker|person|boy|girl|group|class|everyone|all|unknown|unidentified|other|adult|researcher|interviewer|multiple|"
    r"students|several|voice|female|male|ta|sn|st|[a-z]?\d*|[a-z]{1,2}\d+)", re.IGNORECASE)
_ALSO_WORDS = frozenset(re.findall(r"\S+", """
will mark may april june august rose grace hope faith joy art bill bob frank rich drew chase hunter mason summer autumn
ray sky star ivy lily dawn eve mercy major miles page pat penny rob sandy sue victor violet wade ward young king long
brown white black green gray grey day max little rice price stone wood woods field fields hill park banks bell cook
baker carpenter fisher gardener miller potter smith taylor turner walker love bush case cross early english french good
gray heart holiday house just knight lake lane law march marsh may mays mean moon noble north page peace penny pope
power read ring river rivers savage sharp short small snow sparks spring strong summers sweet temple walls waters
waller wells west wise worth best bird bishop bond church cash chance christian crew dale dean dean destiny diamond
earl ford forest fox genesis glen guy harmony harvest heaven honey jade jewel journey justice legend liberty lyric
melody nova ocean olive opal pearl precious prince promise quest rain reign rex robin royal ruby rusty serenity sage
sterling stormy sunny treasure trinity true unique willow winter wolf
"""))


def anonymised(told: Sequence[Told], kinds: Sequence[str]) -> list[Told]:
    """The dialogues without what `kinds` names, each with values of parameters that are without it too."""
    if not kinds:
        return list(told)
    names = _found(told) if NAMES in kinds or SCHOOLS in kinds else Names({}, None)
    return [_without(one, names, kinds) for one in told]


def _found(told: Sequence[Told]) -> Names:
    """The names in all dialogues, however they are written: a word that mostly stands in small letters is none."""
    sure: dict[str, naming.Kind] = {}
    for item, said in told:
        sure |= naming.fields(values.to_json(dict(item)))
        sure |= {name: "person" for each in said if (name := _name(each.utterance.speaker))}
    found = naming.found((text for item, said in told for text in _texts(item, said)), sure)
    shown = dict(found.shown)
    for name in sorted(found.shown):
        if name.lower() not in _ALSO_WORDS:
            for written in (name.title(), name.upper(), name.lower())[:3 if len(name) > 2 else 1]:
                shown.setdefault(written, shown[name])
    return Names(shown, _pattern(shown) if shown else None)


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Names with the title before them, which is no part of what stands for them."""
    return re.compile(rf"{_TITLE}({naming.pattern(names).pattern})")


def _name(label: str) -> str:
    """The name that a speaker's label is, without its title; empty where it says what the speaker is."""
    name = _TITLES.sub("", label, count=1).strip()
    words = re.findall(r"[^\W_]+", name)
    return "" if not words or any(_NO_NAME.fullmatch(word) for word in words) else name


def _texts(item: Mapping[str, Value], said: Sequence[Spoken]) -> Iterator[str]:
    yield from _strings(item)
    for each in said:
        yield each.utterance.text


def _strings(value: Value) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict() | Mapping():
            for each in value.values():
                yield from _strings(each)
        case tuple() | list():
            for each in value:
                yield from _strings(each)


def _without(one: Told, names: Names, kinds: Sequence[str]) -> Told:
    item, said = one
    stands = _stands(item, said, names, kinds)

    def clean(text: str) -> str:
        if NUMBERS in kinds:
            text = identifying.without(text)
        if names.pattern is None:
            return text
        return names.pattern.sub(lambda found: stands.get(names.shown[found[1]], found[0]), text)

    return _mapped(dict(item), clean), [
        each._replace(utterance=replace(each.utterance, speaker=_label(each), text=clean(each.utterance.text)))
        for each in said]


def _label(each: Spoken) -> str:
    """What stands for who speaks: the member of the cast, with a number."""
    return f"{each.member[:1].upper()}{each.member[1:].replace('_', ' ')} {each.voice or 1}"


def _stands(item: Mapping[str, Value], said: Sequence[Spoken], names: Names, kinds: Sequence[str]) -> _Shown:
    """What is shown for each person and school of one dialogue, numbered as they first come."""
    stands: _Shown = {}
    if names.pattern is None:
        return stands
    if NAMES in kinds:
        for each in said:
            name = _name(each.utterance.speaker)
            if name in names.shown:
                stands.setdefault(names.shown[name], _label(each))
    numbers = {"person": 0, "school": 0}
    for text in _texts(item, said):
        for found in names.pattern.finditer(text):
            which = names.shown[found[1]]
            kind = "school" if which.startswith("[school ") else "person"
            if which not in stands and (SCHOOLS if kind == "school" else NAMES) in kinds:
                numbers[kind] += 1
                stands[which] = f"{kind.title()} {numbers[kind]}"
    return stands


def _mapped(value: Any, of: Callable[[str], str]) -> Any:
    """A value of an expression with other texts."""
    match value:
        case str():
            return of(value)
        case dict():
            return {name: _mapped(each, of) for name, each in value.items()}
        case tuple():
            return tuple(_mapped(each, of) for each in value)
    return value
