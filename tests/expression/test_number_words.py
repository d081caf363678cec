"""Whole numbers in words of German, French and Spanish, written here by rule and read by the package."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.expression.answers import stating

GERMAN = ["null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
          "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"]
GERMAN_TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
FRENCH = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
          "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"]
FRENCH_TENS = ["vingt", "trente", "quarante", "cinquante", "soixante"]
SPANISH = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
           "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
           "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
           "veintinueve"]
SPANISH_TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
SPANISH_HUNDREDS = ["ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos",
                    "ochocientos", "novecientos"]


def german(number: int) -> str:
    def below(part: int) -> str:
        if part >= 100:
            return GERMAN[part // 100] + "hundert" + (below(part % 100) if part % 100 else "")
        if part < 20:
            return GERMAN[part]
        return (GERMAN[part % 10] + "und" if part % 10 else "") + GERMAN_TENS[part // 10 - 2]

    thousands, rest = divmod(number, 1000)
    word = (below(thousands) + "tausend" if thousands else "") + (below(rest) if rest or not thousands else "")
    return word + "s" if number % 100 == 1 else word


def french(number: int) -> str:
    def below(part: int) -> str:
        if part >= 100:
            hundreds = "cent" if part < 200 else f"{FRENCH[part // 100]} cent"
            return f"{hundreds} {below(part % 100)}" if part % 100 else hundreds + ("s" if part >= 200 else "")
        if part < 20:
            return FRENCH[part]
        if part < 60 or 60 <= part < 80:
            ten, one = divmod(min(part, 79), 10) if part < 60 else (6, part - 60)
            between = " et " if one in (1, 11) else "-"
            return FRENCH_TENS[ten - 2] + (between + below(one) if one else "")
        return "quatre-vingts" if part == 80 else f"quatre-vingt-{below(part - 80)}"

    thousands, rest = divmod(number, 1000)
    above = "" if not thousands else "mille" if thousands == 1 else f"{below(thousands)} mille"
    return " ".join(filter(None, (above, below(rest) if rest or not thousands else "")))


def spanish(number: int) -> str:
    def below(part: int) -> str:
        if part == 100:
            return "cien"
        if part > 100:
            hundreds = SPANISH_HUNDREDS[part // 100 - 1]
            return f"{hundreds} {below(part % 100)}" if part % 100 else hundreds
        if part < 30:
            return SPANISH[part]
        return SPANISH_TENS[part // 10 - 3] + (f" y {SPANISH[part % 10]}" if part % 10 else "")

    thousands, rest = divmod(number, 1000)
    above = "" if not thousands else "mil" if thousands == 1 else f"{below(thousands)} mil"
    return " ".join(filter(None, (above, below(rest) if rest or not thousands else "")))


@pytest.mark.parametrize(("tag", "spell", "sentence"), [
    ("de", german, "Ich glaube, es sind {}."), ("fr", french, "Je crois que c'est {} en tout."),
    ("es", spanish, "Creo que hay {}."), ("de-AT", german, "{}!"),
])
@given(number=st.integers(2, 999_999) | st.integers(2, 2100))
def test_whole_numbers_are_read(tag: str, spell: Callable[[int], str], sentence: str, number: int) -> None:
    said = sentence.format(spell(number))
    assert stating.reveals(said, number, tag), said
    assert not stating.states(said, number + 1, tag), said


def test_words_of_other_languages_are_no_numbers() -> None:
    assert not stating.states("zwölf", 12)
    assert not stating.states("twelve", 12, "de")
    assert not stating.states("tolv", 12, "sv")
    assert stating.states("12", 12, "sv")
