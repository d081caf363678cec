"""Pages of mistakes: reads them, and writes the same mistakes with other names and other white space.

A page is a list of cases. A case is a heading, its files (`main.ped`, and others that say their name behind the
language), and a block `found` of what is to be said, each beginning with place, severity, code and the words that are
underlined. `↵` stands for the end of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pedalang.expression.functions import FUNCTIONS

_GRAMMAR = (Path(__file__).resolve().parents[1] / "grammar" / "pedalang.lark").read_text(encoding="utf-8")
RESERVED = {*re.findall(r'"([a-z]+)"', _GRAMMAR), *FUNCTIONS, "Anchored4", "Likert5", "teacher", "said", "engine"}
"""Words that mean something in the language or its library, and keep it when names are changed."""

_MAIN = "main.ped"
_CASE = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)(?: (\w+\.\w+))?(?: (latin-1))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = r"(?:(\S+\.ped):)?(\d+):(\d+)-(\d+):(\d+)"
_FOUND = re.compile(rf"(?:{_PLACE} )?(error|warning|note)\[(PED\d+)\](?: (.*))?")
_ALSO = re.compile(rf"  also {_PLACE} (.*)")


class Place(NamedTuple):
    """A part of a file; lines and columns from 1, the end is behind the last character."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Label(NamedTuple):
    place: Place
    says: str


class Found(NamedTuple):
    """What is said of one mistake; the first label is where it is."""

    code: str
    severity: str
    labels: tuple[Label, ...]
    help: str


@dataclass(frozen=True, slots=True)
class Case:
    """A program with a mistake, or with several, and what is to be said."""

    name: str
    files: Mapping[str, str]
    encoding: str
    found: tuple[Found, ...]

    @property
    def codes(self) -> set[str]:
        return {each.code for each in self.found}


def cases(folder: Path) -> list[Case]:
    """All cases of a folder's pages. Raises `ValueError` for a page that does not agree with itself."""
    return [_case(f"{page.stem}: {case[1]}", case[2])
            for page in sorted(folder.glob("*.md")) for case in _CASE.finditer(page.read_text(encoding="utf-8"))]


def said(diagnostic: Mapping[str, Any]) -> Found:
    """A diagnostic as `ped check --json` prints it."""
    labels = [Label(Place(each["file"], each["line"], each["column"], each["end_line"], each["end_column"]),
                    each["text"]) for each in diagnostic["labels"]]
    return Found(diagnostic["code"], diagnostic["severity"], tuple(labels), diagnostic["help"])


def _case(name: str, text: str) -> Case:
    files: dict[str, str] = {}
    encoding, expected = "utf-8", ""
    for language, file, written_in, content in _BLOCK.findall(text):
        if language == "found":
            expected = content
        else:
            files[file or _MAIN] = content
            encoding = written_in or encoding
    return Case(name, files, encoding, tuple(_expectations(name, files, expected)))


def _expectations(name: str, files: Mapping[str, str], text: str) -> Iterator[Found]:
    """What a block says, each with its indented lines."""
    for part in re.findall(r"^\S.*\n(?:  .*\n)*", text, re.MULTILINE):
        first, *lines = part.splitlines()
        head = _FOUND.fullmatch(first)
        if head is None:
            raise ValueError(f"{name}: {first}")
        labels = [Label(_place(name, files, head.groups()[:5], head[8]), "")] if head[2] else []
        help = ""
        for line in lines:
            kind, _, rest = line.strip().partition(" ")
            if kind in {"label", "says"}:
                labels[-1] = labels[-1]._replace(says=rest)
            elif kind == "help":
                help = rest
            elif related := _ALSO.fullmatch(line):
                labels.append(Label(_place(name, files, related.groups()[:5], related[6]), ""))
            else:
                raise ValueError(f"{name}: {line}")
        yield Found(head[7], head[6], tuple(labels), help)


def _place(name: str, files: Mapping[str, str], numbers: tuple[str | None, ...], words: str) -> Place:
    """A place as it is written, once the words are seen to stand there."""
    file, *rest = numbers
    place = Place(file or _MAIN, *(int(each or 0) for each in rest))
    start, end = _offsets(files[place.file], place)
    if files[place.file][start:end].replace("\n", "↵") != words:
        raise ValueError(f"{name}: {words} does not stand at {place}")
    return place


def _offsets(text: str, place: Place) -> tuple[int, int]:
    starts = [0, *(each.end() for each in re.finditer("\n", text))]
    return starts[place.line - 1] + place.column - 1, starts[place.end_line - 1] + place.end_column - 1


# ---------------------------------------------------------------- other names

ALPHABETS = {
    "greek": ("αβγδεζηθικλμνξοπρςστυφχψωϊ", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫ"),
    "japanese": ("あいうえおかきくけこさしすせそたちつてとなにぬねのは",
                 "アイウエオカキクケコサシスセソタチツテトナニヌネノハ"),
}
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_DECLARES = re.compile(
    r"\b(?:type|enum|scale|let|def|move|moves|misconception|role|student|predicate|flow|contract|rubric|dataset|model"
    r"|run|matrix|observe|phase|criterion|act|case|cast|draw|hard|soft)\s+([^\W\d]\w*)")
_OF_VALUES = re.compile(r"\b(?:type|enum)\s+(\w+)")
_TYPED = re.compile(r"\b([^\W\d]\w*):\s*(\w+)")
_TYPES = {"Text", "Int", "Bool", "Float", "Prob", "Rational", "List", "Map", "Misconception", "Turns", "Model"}
_MEANT = re.compile(r"did you mean `(\w+)`")


def renamed(case: Case, alphabet: str, reserved: set[str]) -> Case:
    """The case with all names that its author chose written letter by letter in another alphabet, so that what was
    near stays near. `reserved` are the words of the language and its library. A file in Latin-1 keeps its letters."""
    if case.encoding != "utf-8":
        return case
    lower, upper = ALPHABETS[alphabet]
    letters = str.maketrans(_LATIN + _LATIN.upper(), lower + upper)
    own = _own_names(case) - reserved
    own |= {word for each in case.found for word in _misspelt(case, each, own)}

    def write(text: str) -> str:
        return re.sub(r"\w+", lambda word: word[0].translate(letters) if is_own(word[0]) else word[0], text)

    def is_own(word: str) -> bool:  # a help may join what was written apart
        return word in own or all(part in own or part.isdigit() for part in word.split("_"))

    def tell(text: str) -> str:
        return re.sub(r"`[^`]*`", lambda quoted: write(quoted[0]), text)

    def label(each: Label) -> Label:
        return Label(each.place._replace(file=write(each.place.file)), tell(each.says))

    found = (each._replace(labels=tuple(map(label, each.labels)), help=tell(each.help)) for each in case.found)
    return Case(case.name, {write(file): write(text) for file, text in case.files.items()}, case.encoding, tuple(found))


def _own_names(case: Case) -> set[str]:
    texts = [text for file, text in case.files.items() if file.endswith(".ped")]
    names = {name for text in texts for name in _DECLARES.findall(text)}
    types = _TYPES.union(*(_OF_VALUES.findall(text) for text in texts))
    return names | {name for text in texts for name, type in _TYPED.findall(text) if type in types}


def _misspelt(case: Case, found: Found, own: set[str]) -> Iterator[str]:
    """The words that are underlined where one of the author's own was meant."""
    for meant in _MEANT.findall(found.help + found.labels[0].says if found.labels else ""):
        if meant in own:
            place = found.labels[0].place
            text = case.files[place.file]
            yield from re.findall(r"[^\W\d]\w*", text[slice(*_offsets(text, place))])


# ---------------------------------------------------------------- other white space

_PIECE = re.compile(
    r'#"""(?:.|\n)*?"""#|"""(?:.|\n)*?""""*|"(?:\\.|[^"\\\n])*"|“[^”\n]*”|\'[^\'\n]*\'|(?://|#)[^\n]*'
    r"|\d[\d_.]*[ \t]+(?:turns?|tokens?|minutes?|seconds?|hours?|usd|points?)\b|\s+|[^\s\"/]+|.")


_REMARKS = ("//", "#")
"""Run to the end of their line; the second is what some take for a comment."""


def indented(case: Case) -> Case:
    """The case with twice the indentation, a comment behind each line and an empty line after it."""
    def gap(white: str, last: str) -> str:
        if "\n" not in white:
            return white
        remark = "" if last.startswith(_REMARKS) else "  // as it was"
        return f"{remark}\n\n{white.rpartition(chr(10))[2] * 2}"

    return _respaced(case, gap)


def scattered(case: Case) -> Case:
    """The case with a line end and a comment wherever there was a space, and a space wherever a line ended."""
    def gap(white: str, last: str) -> str:
        if "\n" not in white:
            return "\n\t// aside\n "
        return "\n" if last.startswith(_REMARKS) else "  "

    return _respaced(case, gap)


def _respaced(case: Case, gap: Any) -> Case:
    texts: dict[str, str] = {}
    moved: dict[str, dict[int, int]] = {}
    for file, text in case.files.items():
        texts[file], moved[file] = _spaced(text, gap) if file.endswith(".ped") else (text, {})

    def label(each: Label) -> Label:
        file = each.place.file
        start, end = _offsets(case.files[file], each.place)
        return each._replace(place=Place(file, *_at(texts[file], moved[file][start]),
                                         *_at(texts[file], moved[file][end - 1] + 1)))

    found = (each._replace(labels=tuple(map(label, each.labels))) for each in case.found)
    return Case(case.name, texts, case.encoding, tuple(found))


def _spaced(text: str, gap: Any) -> tuple[str, dict[int, int]]:
    """A text with other gaps, and where each of its characters then stands."""
    written, last = "", ""
    moved: dict[int, int] = {}
    for piece in _PIECE.finditer(text):
        moved.update((piece.start() + place, len(written) + place) for place in range(len(piece[0])))
        if piece[0].isspace():
            written += gap(piece[0], last) if piece.end() < len(text) else "\n"
        else:
            written += piece[0]
        last = piece[0]
    return written, moved


def _at(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
