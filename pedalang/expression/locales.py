"""How languages write numbers: tags of languages, and the decimal signs and grouping signs that go with them.

The signs are facts of the Unicode CLDR (decimal and group symbols of the default numbering system). A tag is looked up
from its most specific form on: `de-CH-1996`, `de-CH`, `de`. Languages that are not listed write numbers as English
does.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from pedalang.expression import values
from pedalang.expression.values import Value

_SPACES = "\u202f\u00a0 "
"""What groups digits where a space does: the narrow no-break space, the no-break space, the plain one of keyboards."""
_APOSTROPHES = "’'"


class Locale(NamedTuple):
    """A language's name in English, its decimal sign, and the signs that may stand between groups of three digits."""

    name: str
    decimal: str = "."
    groups: str = ","

    @property
    def usual(self) -> bool:
        """Whether numbers read as they do in a program."""
        return (self.decimal, self.groups) == (".", ",")


def _commas(*names: str, groups: str) -> dict[str, Locale]:
    return {tag: Locale(name, ",", groups) for tag, _, name in (each.partition(" ") for each in names)}


TABLE: dict[str, Locale] = {
    **{tag: Locale(name) for tag, name in {
        "en": "English", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "he": "Hebrew", "hi": "Hindi",
        "th": "Thai", "ga": "Irish", "cy": "Welsh", "sw": "Swahili", "ms": "Malay", "ur": "Urdu", "bn": "Bangla",
        "ta": "Tamil", "te": "Telugu", "mt": "Maltese", "ar": "Arabic", "es-MX": "Mexican Spanish",
        "es-US": "Spanish"}.items()},
    **_commas("de German", "es Spanish", "it Italian", "nl Dutch", "da Danish", "tr Turkish", "el Greek",
              "id Indonesian", "vi Vietnamese", "ro Romanian", "hr Croatian", "sl Slovenian", "sr Serbian",
              "is Icelandic", "ca Catalan", "gl Galician", "pt Portuguese", "eu Basque", "mk Macedonian", groups="."),
    **_commas("fr French", "pl Polish", "cs Czech", "sk Slovak", "sv Swedish", "nb Norwegian Bokmål", "no Norwegian",
              "nn Norwegian Nynorsk", "fi Finnish", "ru Russian", "uk Ukrainian", "be Belarusian", "hu Hungarian",
              "bg Bulgarian", "et Estonian", "lv Latvian", "lt Lithuanian", "hy Armenian", "ka Georgian",
              "kk Kazakh", "af Afrikaans", "pt-PT European Portuguese", "de-AT Austrian German",
              "fr-CA Canadian French", groups=_SPACES),
    "de-CH": Locale("Swiss German", ".", _APOSTROPHES), "de-LI": Locale("German", ".", _APOSTROPHES),
    "it-CH": Locale("Italian", ".", _APOSTROPHES), "fr-CH": Locale("Swiss French", ",", _SPACES),
    "en-ZA": Locale("South African English", ",", _SPACES), "en-AT": Locale("English", ",", _SPACES),
    "en-DE": Locale("English", ",", "."), "en-CH": Locale("English", ".", _APOSTROPHES),
}

_TAG = re.compile(
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*"
    r"(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?", re.IGNORECASE)
"""A tag of BCP 47 (RFC 5646, section 2.1): language, script, region, variants, extensions, private use. Languages of
four letters or more are reserved there, and none is registered."""


def is_tag(text: str) -> bool:
    """Whether a text has the form of a language tag."""
    return _TAG.fullmatch(text) is not None


@cache
def of(tag: str) -> Locale:
    """What a tag says of numbers; English for the empty text and for languages that are not listed, under the tag
    itself as their name."""
    parts = tag.split("-")
    known = {each.lower(): locale for each, locale in TABLE.items()}
    for end in range(len(parts), 0, -1):
        found = known.get("-".join(parts[:end]).lower())
        if found is not None:
            return found
    return Locale(tag)


def is_english(tag: str) -> bool:
    """Whether texts are English with its usual numbers, as they are where no language is named."""
    return tag.partition("-")[0].lower() in ("", "en") and of(tag).usual


def shown(value: Value, tag: str) -> str:
    """How a value reads in a text of a language: 0,5 in German; its numbers are not grouped. Raises `Absent` for
    `none`."""
    decimal = of(tag).decimal
    if decimal == "." or isinstance(value, str):
        return values.to_text(value)
    match value:
        case float():
            return values.to_text(value).replace(".", decimal)
        case tuple():
            return "; ".join(shown(item, tag) for item in value)
        case dict():
            return "; ".join(f"{key}: {shown(item, tag)}" for key, item in value.items())
    return values.to_text(value)
