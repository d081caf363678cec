"""What a rubric has to say about a turn, in words: the turn quoted, what the student said next, the criteria that were
not fully met, the clauses that were broken. For whoever writes a better prompt, model or person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pedalang import journal, plan, voices
from pedalang.expression.nodes import Expr
from pedalang.expression.values import Value
from pedalang.study.dialogue import Dialogue
from pedalang.study.scores import DialogueScores, Judgement

MOST_LINES = 8
"""So many things that were lacking are told, the weightiest first."""
MOST_QUOTED = 600
"""Characters of what somebody said."""


class Looked(NamedTuple):
    """A dialogue as a rubric scored it."""

    rubric: plan.Rubric
    contracts: Mapping[str, plan.Contract]
    dialogue: Dialogue
    scores: DialogueScores


def of_turn(looked: Looked, turn: int, score: float | None) -> str:
    """About one turn of a dialogue that is worth `score`, None where that is missing."""
    return "\n".join((*_said(looked.dialogue, turn), *_worth(looked, score), *_lacking(looked, turn)))


def of_dialogue(looked: Looked, score: float | None) -> str:
    """About a dialogue as a whole."""
    return "\n".join((*_worth(looked, score), *_lacking(looked, None)))


def _said(dialogue: Dialogue, turn: int) -> Iterator[str]:
    mine = dialogue.turns[turn]
    yield f"In turn {turn + 1} {mine['speaker']} said: {_quoted(mine['text'])}"
    after = next((each for each in dialogue.turns[turn + 1:] if each["speaker"] in dialogue.learners), None)
    if after is None:
        yield "No student said anything after it."
    else:
        yield f"{after['speaker']} then said: {_quoted(after['text'])}"


def _worth(looked: Looked, score: float | None) -> Iterator[str]:
    if not looked.dialogue.ended:
        yield f"The dialogue came to no end: {looked.dialogue.message or looked.dialogue.why}."
    elif score is None:
        yield "The dialogue could not be scored."
    else:
        yield f"The whole dialogue is worth {score:.2f} of 1."


def _lacking(looked: Looked, turn: int | None) -> Iterator[str]:
    """Broken clauses, then criteria by what they cost."""
    lines = [*_broken(looked, turn), *_unmet(looked, turn)]
    if lines:
        yield "What was lacking:"
        yield from lines[:MOST_LINES]
    elif looked.dialogue.ended:
        yield "Nothing was lacking."


def _broken(looked: Looked, turn: int | None) -> Iterator[str]:
    lost = [verdict for verdict in looked.dialogue.verdicts if not verdict.kept]
    for verdict in sorted(lost, key=lambda each: each.severity != "hard"):
        where = _where(verdict, turn)
        yield f"- a {verdict.severity} rule was broken{where}: {_plain(verdict.clause)}{_rule(looked, verdict)}"


def _where(verdict: journal.Verdict, turn: int | None) -> str:
    if verdict.broken_at is None:
        return ""
    return " by this turn" if verdict.broken_at == turn else f" in turn {verdict.broken_at + 1}"


def _rule(looked: Looked, verdict: journal.Verdict) -> str:
    """The clause as its author wrote it."""
    contract = looked.contracts.get(verdict.contract)
    text = next((each.text for each in contract.clauses if each.name == verdict.clause), "") if contract else ""
    return f" ({text})" if text else ""


def _unmet(looked: Looked, turn: int | None) -> Iterator[str]:
    """The weightiest first."""
    found: list[tuple[float, str]] = []
    for criterion in looked.rubric.criteria:
        value = looked.scores.values.get(criterion.name)
        wrong = value is not None and (value < 1 if criterion.weight >= 0 else value > 0)
        if value is not None and wrong:
            lost = abs(criterion.weight) * (1 - value if criterion.weight >= 0 else value)
            found.append((-(lost + criterion.gate), _line(looked, criterion, value, turn)))
        elif criterion.name in looked.scores.missing:
            found.append((0.0, f"- {_plain(criterion.name)}: no value"))
    for _, line in sorted(found, key=lambda each: each[0]):
        yield line


def _line(looked: Looked, criterion: plan.Criterion, value: float, turn: int | None) -> str:
    what = f"- {_plain(criterion.name)}: {value:.2f} of 1" + (", and less is better" if criterion.weight < 0 else "")
    parts = [part for part in looked.scores.parts.get(criterion.name, ())
             if turn is not None and part.first <= turn <= part.last and part.value is not None]
    here = f"; here {parts[0].value:.2f}" if parts else ""
    asked = _asked(criterion)
    said = _judged(looked.scores.judged.get(criterion.name, ()), turn)
    return f"{what}{here}" + (f". Asked was: {asked}" if asked else "") + (f" {said}" if said else "")


def _asked(criterion: plan.Criterion) -> str:
    """The question to who judges, as it was written."""
    question: Expr | None = criterion.judge.ask if criterion.judge else criterion.human.ask if criterion.human else None
    return " ".join(voices.voice(question).text.split()) if question is not None else ""


def _judged(judgements: Sequence[Judgement], turn: int | None) -> str:
    """What a judge gave as its reason: about the part that this turn is in, else about the first that is not worth 1.
    """
    said = [each for each in judgements if each.value is not None]
    near = next((each for each in said if turn is not None and each.last >= turn), None)
    chosen = near or next((each for each in said if each.value != 1), None)
    if chosen is None:
        return ""
    reason = f"The judge says {chosen.label}" if chosen.label else ""
    if chosen.reason:
        reason += f": {_quoted(chosen.reason)}"
    return reason + (f" It points at {_quoted(chosen.quote)}" if chosen.quote else "")


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _quoted(text: Value) -> str:
    words = " ".join(str(text).split())
    return f"“{words if len(words) <= MOST_QUOTED else words[:MOST_QUOTED] + '…'}”"
