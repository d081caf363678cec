"""Dialogues of a matrix shown to a judge two by two: which of the two is better, asked in both orders.

What is a pair says the matrix's `compare:`. A dialogue wins where it is preferred in both orders; where they disagree,
or the judge prefers neither, it is a tie. Of the wins and ties a Bradley-Terry model makes strengths, their intervals
by drawing whole clusters of pairs.

The answers stand in the journal of the first of the two, at step `judge.CRITERION#against` and the other's number.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pedalang import plan, prompt
from pedalang.expression import values
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.values import Absent
from pedalang.journal import Completion, Journal
from pedalang.runtime.engines.engine import Engine, Request
from pedalang.study import bradley_terry, judging, levels, pairing, parts, resampling
from pedalang.study import dialogue as dialogues
from pedalang.study.dialogue import Dialogue
from pedalang.study.pairing import Side
from pedalang.study.scores import DialogueScores, Paired, Ranked

RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two dialogues about the same: by their systems, their numbers, and the cluster that they belong to."""

    systems: tuple[int, int]
    episodes: tuple[int, int]
    cluster: int


async def compared(of: plan.Matrix, events: Journal, flow: plan.Flow, criteria: Sequence[plan.Criterion],
                   rows: Sequence[DialogueScores], engine: Engine, evaluate: Evaluator) -> tuple[Paired, ...]:
    """The comparisons of all criteria that ask for them. Asks what the journal does not hold, and keeps it there."""
    asked = of.report.compare
    wanted = [each for each in criteria if each.judge is not None and each.judge.pairwise]
    if asked is None or not wanted:
        return ()
    cells = {each.episode: each.cell for each in events.episodes()}
    placed = [_at(row, cells) for row in rows]
    side = pairing.side(placed, tuple(axis.name for axis in of.axes), asked)
    told = {one.episode: one for one in dialogues.read(events, flow) if one.ended}
    pairs = list(_pairs(side, told))
    return tuple([await _criterion(each, of, side, pairs, told, events, engine, evaluate) for each in wanted])


def _at(row: DialogueScores, cells: Mapping[int, Mapping[str, object]]) -> DialogueScores:
    return DialogueScores(row.episode, {}, None, row.why, row.turns, cell=dict(cells.get(row.episode, {})))


def _pairs(side: Side, told: Mapping[int, Dialogue]) -> Iterator[_Pair]:
    for key, cluster in enumerate(side.cluster):
        there = [(system, row.episode) for system, rows in enumerate(side.rows)
                 if (row := rows[key]) is not None and row.episode in told]
        for (one, first), (other, second) in itertools.combinations(there, 2):
            yield _Pair((one, other), (first, second), int(cluster))


async def _criterion(criterion: plan.Criterion, of: plan.Matrix, side: Side, pairs: Sequence[_Pair],
                     told: Mapping[int, Dialogue], events: Journal, engine: Engine, evaluate: Evaluator) -> Paired:
    questions: list[list[judging.Sent]] = []
    for pair in pairs:
        one, other = (told[episode] for episode in pair.episodes)
        questions.append(_questions(criterion, one, other, events.header.seed, evaluate, both=of.swap_order))
    answers = await judging.sent([each for question in questions for each in question], events, engine)
    found = [[_first_share(answers.get(each.place)) for each in question] for question in questions]
    return _told(criterion.name, engine.name, side, pairs, found, of)


def _questions(criterion: plan.Criterion, one: Dialogue, other: Dialogue, seed: int, evaluate: Evaluator, *,
               both: bool) -> list[judging.Sent]:
    """The question in one order, and in the other. None where it has no value."""
    assert criterion.judge is not None
    try:
        ask = values.to_text(evaluate(criterion.judge.ask, parts.whole(one).env))
    except (EvaluationError, Absent):
        return []
    step = f"{criterion.name}#against{other.episode}"
    found: list[judging.Sent] = []
    for at, first, second in ((step, one, other), (f"{step}#swapped", other, one))[: 2 if both else 1]:
        messages = prompt.render_pair(ask, first.turns, second.turns)
        found.append(judging.Sent(one.episode, at, Request(
            messages, seed=seed, choices=prompt.PAIR, purpose="judge", key=f"{one.episode}/-1/judge.{at}")))
    return found


def _first_share(answer: Completion | None) -> float | None:
    """The share of the dialogue that is shown first."""
    if answer is None:
        return None
    found = levels.shares(prompt.PAIR, answer.text, answer.choice, answer.totals)
    return None if found is None else found[0]


def _outcome(shares: Sequence[float | None]) -> float | None:
    """1 where the first of a pair wins, 0 where the second does, a half for a tie; None where an answer is missing."""
    if not shares or None in shares:
        return None
    won = [share if at == 0 else 1 - share for at, share in enumerate(shares) if share is not None]
    return 1.0 if all(share > 0.5 for share in won) else 0.0 if all(share < 0.5 for share in won) else 0.5


def _told(criterion: str, model: str, side: Side, pairs: Sequence[_Pair], found: Sequence[Sequence[float | None]],
          of: plan.Matrix) -> Paired:
    results = [(pair, outcome, shares) for pair, shares in zip(pairs, found, strict=True)
               if (outcome := _outcome(shares)) is not None]
    shown = [share for _, _, shares in results for share in shares if share is not None]
    table = _table([(pair, outcome) for pair, outcome, _ in results], len(side.systems))
    ranked = _ranked(side.systems, [pair for pair, _, _ in results], [outcome for _, outcome, _ in results], table,
                     of.report.level) if results else ()
    return Paired(criterion, model, ranked, len(results), len(pairs) - len(results),
                  sum(outcome == 0.5 for _, outcome, _ in results),
                  sum((share > 0.5) + (share == 0.5) / 2 for share in shown) / len(shown) if shown else None,
                  of.swap_order)


def _table(results: Sequence[tuple[_Pair, float]], size: int) -> tuple[np.ndarray, np.ndarray]:
    wins, ties = np.zeros((size, size)), np.zeros((size, size))
    for pair, outcome in results:
        one, other = pair.systems
        if outcome == 0.5:
            ties[one, other] += 1
            ties[other, one] += 1
        else:
            wins[(one, other) if outcome == 1.0 else (other, one)] += 1
    return wins, ties


def _ranked(systems: Sequence[str], pairs: Sequence[_Pair], outcomes: Sequence[float],
            table: tuple[np.ndarray, np.ndarray], level: float) -> tuple[Ranked, ...]:
    """The systems, the strongest first."""
    wins, ties = table
    strength, tie = bradley_terry.strengths(wins, ties)
    points = bradley_terry.points(strength, tie)
    drawn = []
    for which in resampling.samples([pair.cluster for pair in pairs], RESAMPLES):
        again = _table([(pairs[at], outcomes[at]) for at in which], len(systems))
        drawn.append(bradley_terry.points(*bradley_terry.strengths(*again)))
    clustered = len({pair.cluster for pair in pairs}) > 1
    found: list[Ranked] = []
    for at, name in enumerate(systems):
        ends = resampling.middle([float(each[at]) for each in drawn], level) if clustered else None
        low, high = ends or (None, None)
        found.append(Ranked(name, int(wins[at].sum()), int(ties[at].sum()), int(wins[:, at].sum()), float(strength[at]),
                            float(points[at]), low, high))
    return tuple(sorted(found, key=lambda each: (-each.points, each.system)))
