"""Probes of judges that are made to be biased, each in one way, and of one that is not."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

import pytest

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.environment import turn_record
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study import auditing, lengths
from pedalang.study.auditing import NEUTRAL, TWICE, Audited
from pedalang.study.dialogue import Dialogue

LEVELS = tuple(plan.ScaleLevel(value, str(value), "") for value in range(1, 5))
ASKED = plan.Criterion("good", 1.0, judge=plan.Judge(nodes.Lit("How good is it?"), LEVELS, "ordinal"))
Say = Callable[[Request], Sequence[float]]


class Judge:
    """Gives each choice that it is offered a weight."""

    name, model, abilities = "made:judge", "", Abilities(choose=True, scores=True)

    def __init__(self, say: Say) -> None:
        self._say = say

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [self._reply(self._say(request), request) for request in requests]

    def _reply(self, weights: Sequence[float], request: Request) -> Reply:
        totals = tuple(math.log(weight / sum(weights)) for weight in weights)
        picked = totals.index(max(totals))
        return Reply(request.choices[picked], picked, totals, totals)

    async def close(self) -> None: ...


def dialogue(episode: int, size: int) -> Dialogue:
    turns = (turn_record("teacher", "Why? " * size, number=0), turn_record("student", "I do not know.", number=1))
    cast = {"teacher": {}, "student": {}}
    return Dialogue(episode, {}, cast, turns, (cast, cast), frozenset({"student"}), "final")


def audited(say: Say, **fields: object) -> auditing.Audit:
    of = Audited("good", ASKED, [dialogue(number, 4 + number) for number in range(8)], 7, Evaluator(),
                 **fields)  # type: ignore[arg-type]
    return asyncio.run(auditing.audit(of, Judge(say)))


def by_label(request: Request, *weights: float) -> list[float]:
    return [weights[int(choice) - 1] for choice in request.choices] if request.choices[0].isdigit() else [1, 1]


def words(request: Request) -> int:
    return request.messages[-1].text.count("Why?")


def test_a_judge_that_looks_at_the_labels_alone_has_no_effect() -> None:
    found = audited(lambda request: by_label(request, 1, 2, 3, 4))
    for name in ("position", "padding", "verbosity", "repeat", "pairs"):
        assert found.probes[name].effect == pytest.approx(0), name
    assert found.spread == pytest.approx(0)
    assert found.longer.judge is None, "it always says the same"
    assert found.probes["own"].effect is None
    assert found.probes["own"].why == "the judge's own model speaks in none of these dialogues"


def test_a_judge_that_takes_the_first_is_seen() -> None:
    found = audited(lambda request: [7] + [1] * (len(request.choices) - 1))
    position, pairs = found.probes["position"], found.probes["pairs"]
    assert position.effect == pytest.approx(0.6)
    assert position.told == "another label in 8 of 8"
    assert pairs.effect == pytest.approx(7 / 8 - 0.5)
    assert pairs.told == "the same one wins in both orders in 0 of 7"


def test_a_judge_that_likes_length_is_seen() -> None:
    def longer(request: Request) -> Sequence[float]:
        if request.choices[0] == "A":
            one, other = request.messages[-1].text.split("Dialogue B")
            return [one.count("Why?") + 1, other.count("Why?") + 1]
        return by_label(request, 1, 1, 1, len(request.messages[-1].text))

    found = audited(longer)
    for name in ("padding", "verbosity"):
        probe = found.probes[name]
        assert probe.effect is not None
        assert probe.effect > 0
        assert probe.low is not None
        assert probe.low > 0
        assert probe.told == "higher in 8 of 8"
    assert found.longer.judge == pytest.approx(1)
    assert found.probes["position"].effect == pytest.approx(0)


def test_what_is_changed_is_said_by_those_who_teach() -> None:
    seen: list[str] = []

    def listen(request: Request) -> Sequence[float]:
        seen.append(request.messages[-1].text)
        return by_label(request, 1, 1, 1, 1)

    audited(listen)
    padded = [text for text in seen if NEUTRAL[0] in text]
    twice = [text for text in seen if TWICE in text]
    assert (len(padded), len(twice)) == (8, 8)
    assert all("student: I do not know.\n" in text for text in padded + twice)


def test_a_judge_that_likes_its_own_words_is_seen_and_held_against_people() -> None:
    own = frozenset({0, 1, 2, 3})

    def better(request: Request) -> Sequence[float]:
        episode = int(request.key.split("/")[0])
        return by_label(request, 1e-9, 1e-9, 1e-9, 1) if episode in own else by_label(request, 1, 1e-9, 1e-9, 1e-9)

    alone = audited(better, own=own).probes["own"]
    assert (alone.effect, alone.told) == (pytest.approx(1), "nobody rated these: the dialogues may differ")
    people = {(episode, -1): float(episode in own) for episode in range(8)}
    controlled = audited(better, own=own, people=people).probes["own"]
    assert (controlled.effect, controlled.told) == (pytest.approx(0, abs=1e-6), "beyond what people gave")


def test_a_judge_that_draws_differs_from_itself() -> None:
    found = audited(lambda request: by_label(request, *([5, 1, 1, 1] if request.seed == 7 else [1, 1, 1, 5])))
    repeat = found.probes["repeat"]
    assert repeat.effect is not None
    assert repeat.effect > 0.4
    assert repeat.told == "the same label in 0 of 8"


def test_the_rank_correlation_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    one, other = [3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8]
    assert lengths.correlation(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)
    assert lengths.correlation([1, 1, 1], [1, 2, 3]) is None
    assert lengths.correlation([1, 2], [1, 2]) is None


def test_what_length_alone_would_score_is_held_against_people() -> None:
    found = lengths.longer([0.1, 0.5, 0.9, 0.3], [10, 20, 30, 31], [1.0, 2.0, 3.0, None])
    assert (found.n, found.rated, found.people, found.length) == (4, 3, pytest.approx(1), pytest.approx(1))
    matched = lengths.longer([0.1, 0.5, 0.9, 0.3], [100, 105, 300, 310], [1.0, 2.0, 3.0, 4.0])
    assert (matched.pairs, matched.matched) == (2, 0.5)
