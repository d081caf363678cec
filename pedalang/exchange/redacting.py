"""A copy of a run that can be passed on: without names, numbers that identify, and the words of people.

What people typed, and what students said in recordings, is replaced by its length. Names that the items tell, or that
the rules of `naming` find, stand as `[person 1]` throughout. Words that engines chose or generated stay, without names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from pedalang import journal, plan
from pedalang.exchange import naming
from pedalang.exchange.naming import Names

Words = Literal["names", "people", "all"]
"""What is taken out: names and numbers only; also the words of people; also all other words."""
LEVELS: tuple[Words, ...] = ("names", "people", "all")
OPTION = "redacted"
"""Where a header's options say that a journal is redacted, and how."""

_SHORT = 4
"""Texts of fewer characters in a state, as `3/4`, are no words."""


def redacted(of: plan.Plan, events: journal.Journal, folder: Path, words: Words,
             also: Mapping[str, naming.Kind]) -> Names:
    """Writes the journal to a folder that has none; `also` are names that the caller knows. Returns what was found.
    Raises `FileExistsError`, `sqlite3.Error`, `OSError`, `JournalFormatError`."""
    names = naming.found(_texts(events), {**_declared(events), **also})
    header = events.header
    options = {"shield": header.options.get("shield", "off"), OPTION: {"version": 1, "words": words}}
    if header.kind == "session":
        options["person"] = header.options.get("person", "")
    made = journal.create(folder, msgspec.structs.replace(header, options=options))
    try:
        for known in events.each_dialogue():
            for event in _Dialogue(of, header.flow, known, words, names).events():
                made.add(event)
            made.commit()
    finally:
        made.close()
    return names


def _declared(events: journal.Journal) -> dict[str, naming.Kind]:
    found: dict[str, naming.Kind] = {}
    for known in events.each_dialogue():
        found |= naming.fields(known.episode.item)
    return found


def _texts(events: journal.Journal) -> Iterator[str]:
    """All texts in which names may stand."""
    for known in events.each_dialogue():
        yield from _strings(known.episode.item)
        yield from (turn.text for turn in known.turns)
        yield from (answer.text for answer in known.completions)
        yield from (done.text for done in known.interventions)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


class _Dialogue:
    """A dialogue that is redacted."""

    def __init__(self, of: plan.Plan, flow: str, known: journal.Dialogue, words: Words, names: Names) -> None:
        self._known, self._words, self._names = known, words, names
        cast = of.flows[flow].cast if flow in of.flows else {}
        self._students = {who for who, role in cast.items() if role.kind == "student"}
        self._gone = {turn.text for turn in known.turns if self._taken_out(turn) and len(turn.text) >= _SHORT}

    def events(self) -> Iterator[journal.Event]:
        known, put = self._known, msgspec.structs.replace
        yield put(known.episode, item=self._item(known.episode.item), state=self._all(known.episode.state))
        for turn in known.turns:
            text = _length(turn.text) if self._taken_out(turn) else self._names.replaced(turn.text)
            yield put(turn, text=text, state=self._all(turn.state), arguments=self._all(turn.arguments),
                      notes=tuple(map(self._text, turn.notes)))
        for answer in known.completions:
            yield put(answer, text=self._said(answer.text), prompt="0" * 64)
        for done in known.interventions:
            yield put(done, text=self._said(done.text))
        if known.ending is not None:
            yield put(known.ending, message=self._text(known.ending.message))

    def _taken_out(self, turn: journal.Turn) -> bool:
        if self._words == "all":
            return True
        own = turn.how == "person" or (turn.how == "recorded" and turn.role in self._students)
        return self._words == "people" and own

    def _said(self, text: str) -> str:
        """Words of an engine."""
        return _length(text) if self._words == "all" and text else self._text(text)

    def _text(self, text: str) -> str:
        """A text that may repeat what was taken out."""
        for gone in self._gone:
            text = text.replace(gone, _length(gone))
        return self._names.replaced(text)

    def _all(self, value: Any) -> Any:
        return naming.mapped(value, self._text)

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        """An item; of a recorded beginning that it holds, the words go as those of turns do."""
        kept = {name: self._all(value) for name, value in item.items() if name != plan.GIVEN}
        if plan.GIVEN in item:
            kept[plan.GIVEN] = naming.mapped(item[plan.GIVEN], self._given)
        return kept

    def _given(self, text: str) -> str:
        if self._words == "names":
            return self._names.replaced(text)
        return _length(text) if len(text) >= _SHORT else text


def _length(text: str) -> str:
    """What stands for words that were taken out."""
    return f"[{len(text.split())} words, {len(text)} characters]"
