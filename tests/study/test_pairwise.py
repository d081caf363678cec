"""Dialogues two by two: who wins, what is asked and kept, and the strengths that come of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study import bradley_terry, pairwise
from pedalang.study.scores import DialogueScores, Paired
from tests.study.conftest import LESSON

Add = Callable[..., None]
LEVELS = (plan.ScaleLevel(0, "poor", ""), plan.ScaleLevel(1, "good", ""))
BETTER = plan.Criterion("better", 0.0, judge=plan.Judge(nodes.Lit("Who asks more?"), LEVELS, "ordinal", pairwise=True))
TUTORS = ("kind", "plain", "stern")


def matrix(**fields: Any) -> plan.Matrix:
    axes = (plan.Axis("tutor", "values"), plan.Axis("task", "values"))
    compare = plan.Comparison(by=("task",), cluster=("task",))
    return plan.Matrix("m", "lesson", axes, {}, report=plan.Table(compare=compare), **fields)


class Judge:
    name, model, abilities = "made:judge", "", Abilities(choose=True)

    def __init__(self, say: Callable[[Request], str | EngineError]) -> None:
        self._say = say
        self.asked: list[Request] = []

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.asked += requests
        said = [self._say(request) for request in requests]
        return [Reply(each) if isinstance(each, str) else each for each in said]

    async def close(self) -> None: ...


def played(events: journal.Journal, tasks: int) -> list[DialogueScores]:
    rows = []
    for task in range(tasks):
        for at, tutor in enumerate(TUTORS):
            episode = task * len(TUTORS) + at
            events.add(journal.Episode(episode, {}, {}, cell={"tutor": tutor, "task": task}))
            events.add(journal.Turn(episode, 0, "teacher", "work", f"I am {tutor}.", "chosen"))
            events.add(journal.Ending(episode, "work", "final"))
            rows.append(DialogueScores(episode, {}, None, "final", 1))
    events.commit()
    return rows


def compared(events: journal.Journal, rows: Sequence[DialogueScores], judge: Judge, **fields: Any) -> Paired:
    (found,) = asyncio.run(pairwise.compared(matrix(**fields), events, LESSON, [BETTER], rows, judge, Evaluator()))
    return found


def prefers(*order: str) -> Callable[[Request], str]:
    """Prefers the earlier of these tutors, wherever it stands."""
    def say(request: Request) -> str:
        one, other = request.messages[-1].text.split("Dialogue B")
        ranks = [next(rank for rank, name in enumerate(order) if f"I am {name}" in text) for text in (one, other)]
        return "A" if ranks[0] < ranks[1] else "B"

    return say


def test_the_same_order_everywhere_is_found(events: journal.Journal) -> None:
    rows = played(events, 4)
    judge = Judge(prefers("kind", "plain", "stern"))
    found = compared(events, rows, judge)
    assert [(each.system, each.wins, each.ties, each.losses) for each in found.systems] == [
        ("kind", 8, 0, 0), ("plain", 4, 0, 4), ("stern", 0, 0, 8)]
    assert (found.n, found.missing, found.ties, found.first) == (12, 0, 0, 0.5)
    assert len(judge.asked) == 24
    assert judge.asked[0].key == "0/-1/judge.better#against1"
    assert judge.asked[1].key == "0/-1/judge.better#against1#swapped"
    assert judge.asked[0].choices == ("A", "B")
    again = Judge(prefers("stern"))
    assert compared(events, rows, again) == found
    assert again.asked == [], "the journal has all answers"


def test_a_judge_that_takes_the_first_makes_ties(events: journal.Journal) -> None:
    found = compared(events, played(events, 2), Judge(lambda request: "A"))
    assert (found.n, found.ties, found.first) == (6, 6, 1.0)
    assert [each.points for each in found.systems] == pytest.approx([0.5] * 3)


def test_in_one_order_only_a_place_is_a_win(events: journal.Journal) -> None:
    judge = Judge(lambda request: "A")
    found = compared(events, played(events, 2), judge, swap_order=False)
    assert (len(judge.asked), found.ties, found.swapped) == (6, 0, False)
    assert found.systems[0].system == "kind"


def test_what_is_not_answered_is_missing(events: journal.Journal) -> None:
    def say(request: Request) -> str | EngineError:
        if "#swapped" in request.key and request.key.startswith("0/"):
            return EngineError("PED1104", "no answer")
        return "neither" if request.key.startswith("1/") else prefers("kind", "plain", "stern")(request)

    found = compared(events, played(events, 2), Judge(say))
    assert (found.n, found.missing) == (3, 3)


def test_a_failed_dialogue_is_in_no_pair(events: journal.Journal) -> None:
    rows = played(events, 1)
    events.add(journal.Ending(2, "work", "failed", code="PED1104", message="no answer"))
    events.commit()
    assert compared(events, rows, Judge(prefers("kind", "plain"))).n == 1


def test_of_two_without_ties_the_strengths_are_the_logarithm_of_the_odds() -> None:
    strength, tie = bradley_terry.strengths(np.array([[0, 30.0], [10, 0]]), np.zeros((2, 2)))
    assert strength[0] - strength[1] == pytest.approx(math.log(3), abs=1e-3)
    assert tie < -5
    assert bradley_terry.points(strength, tie) == pytest.approx([0.75, 0.25], abs=1e-3)


def test_the_fit_gives_back_wins_and_ties_of_each() -> None:
    """At the top of the likelihood what is expected is what was seen."""
    wins = np.array([[0, 9.0, 12], [5, 0, 8], [2, 6, 0]])
    ties = np.array([[0, 3.0, 2], [3, 0, 4], [2, 4, 0]])
    strength, tie = bradley_terry.strengths(wins, ties)
    first, second = strength[:, None], strength[None, :]
    win, loss, even = np.exp(first), np.exp(second), np.exp(tie + (first + second) / 2)
    played_ = wins + wins.T + ties
    assert ((win + even / 2) / (win + loss + even) * played_).sum(axis=1) == pytest.approx(
        (wins + ties / 2).sum(axis=1), abs=0.02)
    assert (even / (win + loss + even) * played_).sum() == pytest.approx(ties.sum(), abs=0.02)


def test_the_fit_is_that_of_a_logistic_regression() -> None:
    models = pytest.importorskip("sklearn.linear_model")
    wins = np.array([[0, 9.0, 12], [5, 0, 8], [2, 6, 0]])
    rows, won = [], []
    for one in range(3):
        for other in range(3):
            row = np.zeros(3)
            row[one], row[other] = 1, -1
            rows += [row, -row] * int(wins[one, other]) if one != other else []
            won += [1, 0] * int(wins[one, other]) if one != other else []
    fit = models.LogisticRegression(C=1e6, fit_intercept=False).fit(np.array(rows), won)
    expected = fit.coef_[0] - fit.coef_[0].mean()
    assert bradley_terry.strengths(wins, np.zeros((3, 3)))[0] == pytest.approx(expected, abs=5e-3)


def test_who_always_wins_is_finite() -> None:
    strength, tie = bradley_terry.strengths(np.array([[0, 50.0], [0, 0]]), np.zeros((2, 2)))
    assert np.isfinite(strength).all()
    assert bradley_terry.points(strength, tie)[0] > 0.99
