"""What people are asked to rate in a run: each dialogue, or part of one, with the questions about it.

An item shows what was said and nothing else: neither which system, model or cell it is from, nor its number, nor moves,
scores or states. Speakers are called by what they are, teacher or student. Its name is made of what it shows, so that
ratings are of these words: where a dialogue is played anew, its items have other names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from pedalang import journal, plan
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value
from pedalang.study import dialogue as dialogues
from pedalang.study import parts
from pedalang.study.dialogue import Dialogue
from pedalang.study.parts import View

LETTERS = 12
"""How long an item's name is, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Line:
    """Who said what; `who` is `Teacher` or `Student`."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about an item, and the scale that it is answered on."""

    criterion: str
    ask: str
    levels: tuple[plan.ScaleLevel, ...]
    kind: plan.Kind


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a dialogue, with what was said `before` it. `key` is that of `study.parts.View`."""

    name: str
    episode: int
    key: int
    before: tuple[Line, ...]
    part: tuple[Line, ...]
    questions: tuple[Question, ...]


def items(of: plan.Plan, events: journal.Journal, rubric: plan.Rubric, evaluate: Evaluator) -> list[Item]:
    """All that people can rate in a run, dialogue by dialogue; those that failed are left out."""
    asked = [each for each in rubric.criteria if each.human is not None and each.human.ask is not None]
    found: dict[str, Item] = {}
    for one in dialogues.read(events, of.flows[events.header.flow]) if asked else ():
        for criterion in asked if one.ended else ():
            for item in _of(one, criterion, _speakers(one), evaluate):
                known = found.get(item.name)
                found[item.name] = item if known is None else \
                    replace(known, questions=(*known.questions, *item.questions))
    return sorted(found.values(), key=lambda each: (each.episode, each.key))


def _of(one: Dialogue, criterion: plan.Criterion, speakers: Mapping[str, str], evaluate: Evaluator) -> Iterator[Item]:
    """What one criterion looks at in a dialogue. Where its question has no words, nobody can be asked."""
    human = criterion.human
    assert human is not None and human.ask is not None
    try:
        views = [parts.whole(one)] if criterion.units is None else [*parts.views(one, criterion.units, evaluate)]
    except parts.NoTimes:
        return
    for view in views:
        try:
            ask = str(evaluate(human.ask, view.env)).strip()
        except (EvaluationError, Absent):
            continue
        shown = [Line(speakers[turn["speaker"]], turn["text"]) for turn in view.turns]
        cut = len(shown) - _length(view)
        question = Question(criterion.name, ask, human.levels, human.kind)
        yield Item(_name(one.episode, view, shown, cut), one.episode, view.key, tuple(shown[:cut]), tuple(shown[cut:]),
                   (question,))


def _length(view: View) -> int:
    """How many of the turns that are shown are the part itself."""
    return len(view.turns) if view.key == parts.WHOLE else view.key - view.first + 1


def _name(episode: int, view: View, shown: Sequence[Line], cut: int) -> str:
    text = msgspec.json.encode([episode, view.first, view.key, cut, [(line.who, line.text) for line in shown]])
    return hashlib.sha256(text).hexdigest()[:LETTERS]


def _speakers(one: Dialogue) -> dict[str, str]:
    """What each member of the cast is called; with a letter, where there are several of a kind."""
    who: dict[str, list[Value]] = {"Student": [], "Teacher": []}
    for name in one.initial:
        who["Student" if name in one.learners else "Teacher"].append(name)
    return {name: kind if len(names) == 1 else f"{kind} {chr(ord('A') + at % 26)}"
            for kind, names in who.items() for at, name in enumerate(names)}
