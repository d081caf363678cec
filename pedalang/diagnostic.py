"""What a compiler has to say about a program: coded, placed, with help; as text for people and as JSON.

A diagnostic is a value. Nothing here decides whether something is wrong, and nothing here prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches
from typing import Any, Literal, NamedTuple

from pedalang.source import Source, Span

Severity = Literal["error", "warning", "note"]

_COLOURS = {"error": "31", "warning": "33", "note": "36"}


class Bug(Exception):
    """Something that only a mistake of ours can bring about; the message says what was seen."""


class Halt(Exception):
    """What nobody on the way can do anything about, such as a library that is not there: the command ends, and tells
    `diagnostic`."""

    def __init__(self, of: Diagnostic) -> None:
        super().__init__(of.message)
        self.diagnostic = of


@dataclass(frozen=True, slots=True)
class Label:
    """A span and what is to be seen there; the text may be empty."""

    span: Span
    text: str = ""


class Edit(NamedTuple):
    """`text` in place of what stands in `span`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What can be done about a mistake: edits that belong together and do not overlap."""

    title: str
    edits: tuple[Edit, ...]


def writing(title: str, span: Span, text: str) -> tuple[Fix, ...]:
    """The fixes of a mistake that one edit mends."""
    return (Fix(title, (Edit(span, text),)),)


class Offer(str):
    """A help text that offers a known name. It is a `str`, so that it can stand wherever help does; where it is certain
    what was meant, `name` can take the place of `word`."""

    word: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: `labels[0]` is where it is, the others are what it has to do with. One fix can be made unasked,
    several are a choice. `place` says where in words, for a failure while a plan runs, whose source is not at hand."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    help: str = ""
    severity: Severity = "error"
    fixes: tuple[Fix, ...] = ()
    place: str = ""

    @property
    def span(self) -> Span | None:
        return self.labels[0].span if self.labels else None


@dataclass(slots=True)
class Report:
    """Collects the diagnostics of one compilation, in the order in which they were found."""

    found: list[Diagnostic] = field(default_factory=list)
    _known: set[Diagnostic] = field(default_factory=set, repr=False, compare=False)

    def error(self, code: str, span: Span | None, message: str, *, label: str = "", help: str = "",
              also: Iterable[Label] = (), fixes: tuple[Fix, ...] = ()) -> None:
        """Adds an error. `label` stands beside the carets, `also` are related places."""
        self._add("error", code, span, message, label, help, also, fixes)

    def warning(self, code: str, span: Span | None, message: str, *, label: str = "", help: str = "",
                also: Iterable[Label] = (), fixes: tuple[Fix, ...] = ()) -> None:
        """Adds a warning: the program can be run as it is."""
        self._add("warning", code, span, message, label, help, also, fixes)

    def note(self, code: str, span: Span | None, message: str, *, help: str = "") -> None:
        """Adds a note: nothing is wrong with the program there."""
        self._add("note", code, span, message, "", help, (), ())

    def _add(self, severity: Severity, code: str, span: Span | None, message: str, label: str, help: str,
             also: Iterable[Label], fixes: tuple[Fix, ...]) -> None:
        first = (Label(span, label),) if span else ()
        fixes = fixes or _offered(help, span)
        self.add(Diagnostic(code, message, first + tuple(also), str(help), severity, fixes))

    def add(self, new: Diagnostic) -> None:
        """Adds what was found elsewhere, unless it is known."""
        if new not in self._known:  # a definition is read wherever it is used
            self._known.add(new)
            self.found.append(new)

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.found if d.severity == "error"]

    def in_order(self) -> list[Diagnostic]:
        """By file and place; those without a place come first. A name that nothing has is one mistake, wherever it is
        used."""
        def key(d: Diagnostic) -> tuple[str, int]:
            return (d.span.source.name, d.span.start) if d.span else ("", -1)
        return _together(sorted(self.found, key=key))


UNKNOWN = "PED0201"
"""Says that nothing has a name."""


def _together(found: list[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics, with those of one unknown name as one where it is used first: it shows the other places of its
    file, and mends them too."""
    kept: list[Diagnostic] = []
    first: dict[tuple[str, str, str], int] = {}
    for each in found:
        if each.code != UNKNOWN or each.span is None:
            kept.append(each)
            continue
        at = first.setdefault((each.span.source.name, each.message, each.help), len(kept))
        if at == len(kept):
            kept.append(each)
        else:
            labels = (*kept[at].labels, Label(each.span, "and here"))
            fixes = tuple(Fix(one.title, one.edits + other.edits)
                          for one, other in zip(kept[at].fixes, each.fixes, strict=False))
            kept[at] = replace(kept[at], labels=labels, fixes=fixes)
    return kept


def _offered(help: str, span: Span | None) -> tuple[Fix, ...]:
    """The fix of a help text that offers a name for the one that stands in a span, or that is a key and begins it."""
    if not isinstance(help, Offer) or not help.name or span is None:
        return ()
    if span.text != help.word and not span.text.startswith(f"{help.word}:"):
        return ()
    return writing(f"write `{help.name}`", Span(span.source, span.start, span.start + len(help.word)), help.name)


def unreadable(file: str, error: OSError | UnicodeDecodeError) -> Diagnostic:
    """What is the matter with a program's file that cannot be read."""
    if isinstance(error, UnicodeDecodeError):
        return Diagnostic("PED0107", f"`{file}` is not UTF-8: byte {error.start + 1} does not belong there",
                          help="save the file as UTF-8 text")
    return Diagnostic("PED1402", f"`{file}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
                      help="" if file.endswith(".ped") else "programs are files that end in `.ped`")


FEW = 9
"""So many names, and no more, a help text lists."""


MANY = 200
"""So many names, and no more, a word is compared with; `_BEGINNING` characters these have in common with it."""
_BEGINNING = 2
LONGEST = 200
"""Characters of a word that is compared at all: that takes the square of them."""

_NEAR, _CERTAIN, _APART = 0.6, 0.75, 0.1
"""How like a known name a word is, of 1: to be offered it; to be given it, and by how much more than the next."""


def near(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `word`, where one is like enough."""
    return next(iter(_near(word, list(known))), None)


def _near(word: str, known: list[str]) -> list[str]:
    """The two known names that are most like a word, where they are like enough: first what differs in capitals only.
    A name of another length was not meant, however much of it the word holds."""
    folded = word.casefold()
    same = [each for each in known if len(each) == len(word) and each != word and each.casefold() == folded]
    if len(word) > LONGEST:
        return same[:2]
    alike = [each for each in known if abs(len(each) - len(word)) <= max(1, len(word) // 2)]
    if len(alike) > MANY:  # to compare all with each wrong word would take the square of a long program
        alike = [each for each in alike if each[:_BEGINNING] == word[:_BEGINNING]][:MANY]
    return list(dict.fromkeys([*same, *get_close_matches(word, alike, n=2, cutoff=_NEAR)]))[:2]


def did_you_mean(word: str, known: Iterable[str], they_are: str = "") -> str:
    """A help text that offers the nearest known name. Where there is none, it lists what is known behind `they_are`, if
    that is said and they are few; else the empty text."""
    names = list(dict.fromkeys(known))
    found = _near(word, names)
    if found:
        offer = Offer(f"did you mean `{found[0]}`?")
        if _is_certain(word, found):
            offer.word, offer.name = word, found[0]
        return offer
    if not they_are or not 0 < len(names) <= FEW:
        return ""
    return f"{they_are} {', '.join(f'`{each}`' for each in names)}"


def _is_certain(word: str, found: list[str]) -> bool:
    """Whether the first of the known names is so much like a word that no other can have been meant."""
    alike = [SequenceMatcher(None, each, word).ratio() for each in found]
    return alike[0] >= _CERTAIN and (len(alike) == 1 or alike[0] - alike[1] >= _APART)


def to_text(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    """The diagnostics for people, each with its lines of source and carets under what it speaks of."""
    return "\n".join(_one_text(d, colour) for d in diagnostics)


def to_json(diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """The diagnostics as JSON values; lines and columns from 1, an end column is the one after."""
    return [
        {
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            "help": str(d.help),
            "place": d.place or (str(d.span.place) if d.span else ""),
            "labels": [_label_json(label) for label in d.labels],
            "fixes": [_fix_json(fix) for fix in d.fixes],
        }
        for d in diagnostics
    ]


def _label_json(label: Label) -> dict[str, Any]:
    return {"file": label.span.source.name, "text": label.text, **_range(label.span)}


def _fix_json(fix: Fix) -> dict[str, Any]:
    return {"title": fix.title, "edits": [{"file": edit.span.source.name, "text": edit.text, **_range(edit.span)}
                                          for edit in fix.edits]}


def _range(span: Span) -> dict[str, int]:
    start, end = span.source.place(span.start), span.source.place(span.end)
    return {"line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column}


def _one_text(d: Diagnostic, colour: bool) -> str:
    def paint(text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if colour else text

    lines = [paint(f"{d.severity}[{d.code}]", f"1;{_COLOURS[d.severity]}") + paint(f": {d.message}", "1")]
    width = max((len(str(label.span.place.line)) for label in d.labels), default=1)
    if d.place:
        lines.append(f"{' ' * width}{paint('-->', '34')} {d.place}")
    previous: Source | None = None
    for number, label in enumerate(d.labels):
        place = label.span.place
        if number == 0 or label.span.source is not previous:
            lines.append(f"{' ' * width}{paint('-->', '34')} {place}")
        previous = label.span.source
        source_line = label.span.source.line(place.line).replace("\t", " ")
        shown, shift = _window(source_line, place.column)
        length = max(1, min(label.span.end - label.span.start, len(source_line) - place.column + 1))
        mark = ("^" if number == 0 else "-") * min(length, max(1, len(shown) - (place.column - 1 - shift)))
        lines.append(f"{place.line:>{width}} {paint('|', '34')} {shown}".rstrip())
        pointer = f"{' ' * width} {paint('|', '34')} {' ' * (place.column - 1 - shift)}"
        lines.append((pointer + paint(f"{mark} {label.text}".rstrip(), _COLOURS[d.severity])).rstrip())
    if d.help:
        lines.append(f"{' ' * width} {paint('=', '34')} help: {d.help}")
    return "\n".join(lines) + "\n"


def _window(line: str, column: int, width: int = 160) -> tuple[str, int]:
    """The part of a very long line around a column, and how many characters were cut before it."""
    if len(line) <= width:
        return line, 0
    start = max(0, column - 1 - width // 2)
    return line[start : start + width], start
