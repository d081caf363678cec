"""Marks as criteria of a rubric, each on a scale that says what its levels are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pedalang.diagnostic import Report
from pedalang.exchange.elmes.config import Config, Item, Judgement
from pedalang.exchange.elmes.marks import Marks
from pedalang.exchange.elmes.text import Code, Names, Part, literal


class Writing(NamedTuple):
    """What the program calls the judge's model and the flow's parameters: as they are declared, as they are given, and
    their bare names."""

    model: str
    params: str
    arguments: str
    names: tuple[str, ...]


def lines(found: Judgement, config: Config, kept: Mapping[str, Marks], of: Writing, about: Sequence[Sequence[Part]],
          report: Report) -> Iterator[str]:
    """The scales, what the judge is told before each question, and the rubric."""
    _who_judges(found, config, report)
    if found.reasons:
        report.note("PED1016", found.span, "reasons of marks are not carried over: a judge answers with a level alone",
                    help="`evidence: required` in a criterion asks for lines of the transcript")
    scales = {marks: _name(marks) for marks in dict.fromkeys(kept.values())}
    for marks, name in scales.items():
        yield from _scale(marks, name)
    if about:
        told = [part for number, parts in enumerate(about) for part in ([*(["\n\n"] if number else []), *parts])]
        yield "/// What the judge is told before each question: the prompts of `evaluation`."
        yield f"def assignment({of.params}) -> Text = {literal(told)}\n"
    names = Names((*of.names, "assignment"))
    yield "rubric Quality on dialogue {"
    for item in found.items:
        yield from _criterion(item, kept[item.key], scales[kept[item.key]], names, of, bool(about))
    yield "}\n"


def _criterion(item: Item, marks: Marks, scale: str, names: Names, of: Writing, told: bool) -> Iterator[str]:
    yield f"  criterion {names.name(item.key, 'item')} scale {scale} by judge {{"
    yield f"    model: {of.model}"
    question: list[Part] = [*([Code(f"assignment({of.arguments})"), "\n\n"] if told else []),
                            f"{item.key}: {item.about.text.strip()}"]
    yield f"    ask: {literal(question, '      ')}"
    if marks.truth:
        yield "    desired: yes"
    yield "  }"


def _name(marks: Marks) -> str:
    if marks.truth:
        return "YesNo"
    return "Tenths" if marks.share else f"From{marks.low}To{marks.high}"


def _scale(marks: Marks, name: str) -> Iterator[str]:
    """The levels' texts are what can be said of any mark: anchors are the author's to write."""
    if marks.truth:
        yield f'scale {name} nominal {{\n  level 0 "no": "It is not so."\n  level 1 "yes": "It is so."\n}}\n'
        return
    yield f"scale {name} interval {{"
    for level in marks.levels:
        said = "The lowest mark." if level == marks.low else "The highest mark." if level == marks.high else \
            f"{level / 10:g} of 1." if marks.share else f"{level} on the way from {marks.low} to {marks.high}."
        yield f'  level {level} "{level / 10:g}": "{said}"' if marks.share else f'  level {level}: "{said}"'
    yield "}\n"


def _who_judges(found: Judgement, config: Config, report: Report) -> None:
    judge = config.models.get(found.model)
    for agent in config.agents.values():
        speaks = config.models.get(agent.model)
        if judge is not None and speaks is not None and (judge.url, judge.name) == (speaks.url, speaks.name):
            report.warning("PED1014", found.span, f"the judge is the model that speaks as `{agent.key}`",
                           help="models prefer what they said themselves: let another one judge, or compare it with "
                           "people")
            return
