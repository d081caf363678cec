"""Words for numbers, and words beside numbers, by language: English, German, French, Spanish. In other languages only
digits and signs are read.

How the words are put together is in `spelled.py`; what they mean beside a number in `quantities.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from msgspec import Struct, field


class Lexicon(Struct, frozen=True):
    """Everything in small letters, but for the months, which stand as they are written. A word may be in several
    places."""

    small: Mapping[str, int] = field(default_factory=dict)
    """Words of one value: twelve, twenty; in German all up to 999,999; in Spanish the hundreds."""
    hundred: frozenset[str] = frozenset()
    scales: Mapping[str, int] = field(default_factory=dict)
    """thousand, million; dozen."""
    articles: frozenset[str] = frozenset()
    """a hundred, a third."""
    alone: frozenset[str] = frozenset()
    """Words that need no article before a scale: cent, mil, hundert."""
    between: Mapping[str, str] = field(default_factory=dict)
    """What may join two parts of a number: `hundred` and five, treinta `y` cinco. Its value says behind what."""
    part: Mapping[str, int] = field(default_factory=dict)
    """Denominators behind one: one `third`."""
    parts: Mapping[str, int] = field(default_factory=dict)
    """Denominators behind any number: two `thirds`."""
    half: frozenset[str] = frozenset()
    whole_words: Mapping[str, Fraction] = field(default_factory=dict)
    """Words that are a number with its fraction: anderthalb."""
    ordinals: frozenset[str] = frozenset()
    minus: frozenset[str] = frozenset()
    point: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()
    """three `and` a half."""
    of: frozenset[str] = frozenset()
    per: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    """A number behind such a word says which: problem 12."""
    concluding: frozenset[str] = frozenset()
    """Words of a sentence that says what comes out."""
    months: frozenset[str] = frozenset()
    not_before: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Words that are no number behind these: this `one`, second `half`."""
    not_after: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Words that are no number before these: `one` of, `half` past."""
    definite: frozenset[str] = frozenset()
    """Before a small number in words: the `two` numbers are known, and not said to be two."""
    decimals: frozenset[str] = frozenset()
    """Behind a number that says how exact another is: two `decimal` places."""
    verbs_of: frozenset[str] = frozenset()
    """Before `minus` where somebody subtracts: why do `you` minus 5."""
    after_part: frozenset[str] = frozenset()
    """What may stand behind `a third` for it to be a fraction and not the place in a row."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _counted(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """Words with their values; forms of one word are joined by `|`."""
    return {form: first + step * at for at, forms in enumerate(words.split()) for form in forms.split("|")}


def _english() -> Lexicon:
    ones = _counted("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
                    "sixteen seventeen eighteen nineteen")
    tens = _counted("twenty thirty forty|fourty fifty sixty seventy eighty ninety", 20, 10)
    part = _counted("third fourth|quarter fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
                    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth", 3)
    part |= {word[:-1] + "ieth": value for word, value in tens.items()} | {
        "half": 2, "hundredth": 100, "thousandth": 1000, "millionth": 10**6}
    return Lexicon(
        small=ones | tens, hundred=_set("hundred"),
        scales={"thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12},
        articles=_set("a an"), between={"and": "hundred"}, part=part,
        parts={word + "s": value for word, value in part.items() if word != "half"} | {"halves": 2},
        half=_set("half"), ordinals=frozenset(part) - _set("half quarter") | _set("first second"),
        minus=_set("minus negative"), point=_set("point"), joins=_set("and"), of=_set("of"), per=_set("per an a"),
        labels=_set("problem problems question questions step steps exercise exercises task tasks page pages part "
                    "chapter section example figure item grade level lesson unit option equation method phase "
                    "line row column version quiz"),
        concluding=_set("answer solution result therefore thus hence"),
        months=_set("January February March April May June July August September October November December Jan Feb "
                    "Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"),
        not_before={
            "one": _set("this that which each every any no the another first last other right wrong next some only "
                        "good better best correct new same either neither old second third easier harder "
                        "different tricky easy hard nice what someone than big small"),
            "half": _set("first second other better last next which their"),
            "quarter": _set("first second third fourth last this next every each")},
        not_after={
            "one": _set("of another thing way by who that idea step question time more on side approach reason "
                        "moment point last could can should would might must where may"),
            "half": _set("past time way hour's"), "quarter": _set("past to")},
        definite=_set("the these those both all last next first other your my our"),
        decimals=_set("decimal decimals digit significant"), verbs_of=_set("you i we they to then should can did and"),
        after_part=_set("of is and plus minus times as or from more less equals makes gives in to was that"))


def _german_below_a_hundred() -> dict[str, int]:
    ones = _counted("null eins zwei|zwo drei vier fünf|fuenf sechs sieben acht neun zehn elf zwölf|zwoelf dreizehn "
                    "vierzehn fünfzehn|fuenfzehn sechzehn siebzehn achtzehn neunzehn")
    tens = _counted("zwanzig dreißig|dreissig vierzig fünfzig|fuenfzig sechzig siebzig achtzig neunzig", 20, 10)
    units = {"ein" if word == "eins" else word: value for word, value in ones.items() if 0 < value < 10}
    both = {f"{unit}und{ten}": low + high for unit, low in units.items() for ten, high in tens.items()}
    return ones | tens | both


def _german() -> Lexicon:
    low = _german_below_a_hundred()
    units = {"": 1, "ein": 1} | {word: value for word, value in low.items() if 1 < value < 10}
    hundreds = {f"{word}hundert": 100 * value for word, value in units.items()}
    below_thousand = low | hundreds | {f"{high}{between}{word}": value + above for high, above in hundreds.items()
                                       for word, value in low.items() if value for between in ("", "und")}
    part = {"drittel": 3, "viertel": 4, "fünftel": 5, "sechstel": 6, "siebtel": 7, "siebentel": 7, "achtel": 8}
    part |= {f"{word}tel": value for word, value in low.items() if 9 <= value < 20}
    part |= {f"{word}stel": value for word, value in low.items() if value >= 20} | {"hundertstel": 100,
                                                                                     "tausendstel": 1000}
    halves = {f"{'ein' if word == 'eins' else word}einhalb": Fraction(2 * value + 1, 2)
              for word, value in low.items() if 0 < value < 20}
    return Lexicon(
        small=below_thousand, alone=_set("tausend"),
        scales={"tausend": 1000, "million": 10**6, "millionen": 10**6, "milliarde": 10**9, "milliarden": 10**9,
                "dutzend": 12},
        articles=_set("ein eine einen einem einer"), part=part | {"halb": 2}, parts=part,
        half=_set("halb halbe halber halbes halben hälfte"),
        whole_words=halves | {"anderthalb": Fraction(3, 2), "dreiviertel": Fraction(3, 4)},
        minus=_set("minus"), point=_set("komma"), joins=_set("und"), of=_set("von"), per=_set("pro je"),
        labels=_set("aufgabe frage schritt übung seite teil kapitel abschnitt beispiel nummer zeile klasse"),
        concluding=_set("antwort lösung ergebnis also somit deshalb"),
        months=_set("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        definite=_set("die diese diesen beiden beide alle allen letzten nächsten ersten deine meine unsere"),
        decimals=_set("nachkommastellen stellen"),
        not_before={"hälfte": _set("erste ersten zweite zweiten andere anderen")},
        not_after={"halb": _set("eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf")})


def _french() -> Lexicon:
    ones = _counted("zéro|zero un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
                    "seize")
    tens = _counted("vingt trente quarante cinquante soixante", 20, 10) | {"septante": 70, "huitante": 80,
                                                                           "octante": 80, "nonante": 90}
    part = {"demi": 2, "tiers": 3, "quart": 4} | _counted(
        "cinquième sixième septième huitième neuvième dixième onzième douzième treizième quatorzième quinzième "
        "seizième", 5) | {"vingtième": 20, "centième": 100, "millième": 1000}
    return Lexicon(
        small=ones | tens, hundred=_set("cent cents"),
        scales={"mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9,
                "douzaine": 12, "douzaines": 12},
        articles=_set("un une"), alone=_set("cent mille"), between={"et": "tens"}, part=part,
        parts=part | {f"{word}s": value for word, value in part.items() if word != "tiers"},
        half=_set("demi demie moitié"), minus=_set("moins"), point=_set("virgule"), joins=_set("et"),
        of=_set("de d'"), per=_set("par"),
        labels=_set("exercice problème question étape page partie chapitre exemple numéro tâche ligne"),
        concluding=_set("réponse solution résultat donc"),
        months=_set("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        definite=_set("les ces tous toutes mes tes nos"), decimals=_set("décimales chiffres"),
        not_before={"moitié": _set("première deuxième seconde autre")})


def _spanish() -> Lexicon:
    ones = _counted("cero uno|un|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
                    "dieciséis|dieciseis diecisiete dieciocho diecinueve veinte veintiuno|veintiún|veintiuna "
                    "veintidós|veintidos veintitrés|veintitres veinticuatro veinticinco veintiséis|veintiseis "
                    "veintisiete veintiocho veintinueve")
    tens = _counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
    hundreds = _counted("ciento|cien doscientos|doscientas trescientos|trescientas cuatrocientos|cuatrocientas "
                        "quinientos|quinientas seiscientos|seiscientas setecientos|setecientas ochocientos|ochocientas "
                        "novecientos|novecientas", 100, 100)
    part = {"medio": 2, "media": 2, "tercio": 3, "cuarto": 4} | _counted(
        "quinto sexto séptimo octavo noveno décimo onceavo doceavo", 5) | {"centésimo": 100, "milésimo": 1000}
    return Lexicon(
        small=ones | tens | hundreds, alone=_set("mil"),
        scales={"mil": 1000, "millón": 10**6, "millones": 10**6, "docena": 12, "docenas": 12},
        articles=_set("un una"), between={"y": "tens"}, part=part,
        parts={word + "s": value for word, value in part.items()}, half=_set("medio media mitad"),
        minus=_set("menos"), point=_set("coma punto"), joins=_set("y"), of=_set("de"), per=_set("por"),
        labels=_set("ejercicio problema pregunta paso página parte capítulo ejemplo número tarea línea"),
        concluding=_set("respuesta solución resultado entonces"),
        months=_set("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        definite=_set("los las estos estas esos esas mis tus ambos"), decimals=_set("decimales cifras"),
        not_before={"mitad": _set("primera segunda otra")})


_BY_LANGUAGE = {"en": _english, "de": _german, "fr": _french, "es": _spanish}


@cache
def of(tag: str) -> Lexicon:
    """The words of a language; those of English for the empty text, none for languages that are not listed."""
    language = tag.partition("-")[0].lower() or "en"
    return _BY_LANGUAGE.get(language, Lexicon)()


@cache
def openings(tag: str) -> frozenset[str]:
    """All words that a number of a language can begin with, in small letters."""
    words = of(tag)
    return frozenset((*words.small, *words.alone, *words.articles, *words.half, *words.whole_words))
