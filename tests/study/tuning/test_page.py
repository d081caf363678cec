"""The page of a tuning holds what came of it; nothing of a model's or a program's words is live in it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

import pedalang
from pedalang import plan
from pedalang.overlay import AS_WRITTEN, Demo, Tuned, Voice
from pedalang.study.statistics import Estimate, estimate
from pedalang.study.tuning import outcome, page
from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.outcome import Arm, Outcome, Rival
from pedalang.study.tuning.spending import Cost
from pedalang.terminal import tuning

WRITTEN = "You are a patient maths tutor for eleven-year-olds. One idea a turn, one question at most."
HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }} \x1b[2J\x00 </dd><img src=x onerror=y>"


@pytest.fixture(scope="module")
def program() -> plan.Plan:
    return pedalang.compile(Path(__file__).parents[3] / "programs/fractions/main.ped")


def candidate(number: int, scores: list[float | None], tuned: Tuned, how: str, tokens: float, hard: int) -> Candidate:
    return Candidate(number, tuned, how, (0,) if number else (), estimate(scores), tuple(scores), tokens, hard, 1, hard,
                     number in (0, 3, 7), Cost(12, 3000), f"{number:064x}")


def arm(name: str, value: float, hard: int = 0) -> Arm:
    score = Estimate(value, 40, 1, value - 0.05, value + 0.05)
    return Arm(name, score, {"gain": Estimate(value, 40, 1)}, hard, 2, hard, 812.4)


@pytest.fixture(scope="module")
def told() -> Outcome:
    """A tuning of 12 candidates, with a rival, a breach and a score that is missing."""
    draw = random.Random(1)
    tried = []
    for number in range(12):
        scores: list[float | None] = [min(1.0, 0.4 + 0.03 * number + draw.random() / 3) for _ in range(12)]
        words = WRITTEN.replace("patient", ("calm", "kind", "warm")[number % 3]) + " Ask first." * (number % 4)
        tuned = Tuned(voices={"teacher.speech": Voice(words, (Demo("1/2 + 1/3?", HOSTILE),) * (number % 2))},
                      thresholds={"teacher.policy.1.1": number % 5 + 1}) if number else AS_WRITTEN
        tried.append(candidate(number, [None] * 12 if number == 5 else scores, tuned,
                               "as written" if not number else f"{HOSTILE} {number}", 900 + draw.randrange(400),
                               int(number % 4 == 2)))
    best = max((each for each in tried if each.score.value is not None), key=lambda each: each.score.value or 0)
    apart = Estimate(0.14, 40, 1, 0.06, 0.22)
    rival = Rival(arm("by chance", 0.55), Estimate(0.09, 40, 1, -0.01, 0.19), {"gain": Estimate(0.1, 40, 1)})
    test = outcome.Tested(arm("as written", 0.5), arm("tuned", 0.64, 1), apart, (),
                          {"gain": apart, "solved": Estimate(None, 0, 41)}, (rival,))
    return Outcome("fractions", "better", "lesson", "gepa", "Lesson.total", 7, {"teacher": "llama:/home/x/m.gguf"},
                   {"sums": "ab" * 32}, 30, 12, tuple(tried), best.number, outcome.front(tried), Cost(500, 90_000),
                   test, "the budget of 90,000 tokens is used up", "cd" * 32)


def test_it_says_what_came_of_it(told: Outcome, program: plan.Plan) -> None:
    text = page.html(told, program)
    assert page.sentence(told) == (
        f"On problems that neither has seen, the best of 12 candidates, number {told.best}, is better than the program "
        "as it is written: +0.14 in Lesson.total, 95 % interval 0.06 to 0.22. It ended early: the budget of 90,000 "
        "tokens is used up.")
    for said in (page.sentence(told), "tuned less as written", "tuned less by chance", "-0.01 to 0.19", "student.stuck",
                 "llama:…/m.gguf", "ab" * 32, "ped optimize FILE better --seed 7", "rollouts/dev-000000000000"):
        assert said in text, said
    assert len(re.findall(r'id="candidate-\d+"', text)) == 12
    assert text == page.html(told, program)


def test_nothing_in_it_is_live(told: Outcome, program: plan.Plan) -> None:
    text = page.html(replace(told, program=HOSTILE, stopped=HOSTILE), program)
    assert "<script" not in text and "<img" not in text and "{{ 7 * 7 }}" in text
    assert "\x1b" not in text and "\x00" not in text
    assert text.count("</dd>") == text.count("<dd")


def test_what_is_not_shown_to_be_better_is_not_called_better(told: Outcome) -> None:
    assert told.test is not None
    for low, high, said in ((-0.1, 0.3, "is not shown to be better than"), (-0.3, -0.1, "is worse than")):
        test = replace(told.test, difference=Estimate((low + high) / 2, 40, 0, low, high))
        assert said in page.sentence(replace(told, test=test))
    assert "was not measured" in page.sentence(replace(told, test=None))
    assert "none was better on the dev problems" in page.sentence(replace(told, best=0))


def test_a_search_that_found_nothing_has_a_page(told: Outcome, program: plan.Plan) -> None:
    alone = replace(told, candidates=told.candidates[:1], best=0, front=(0,), test=None)
    text = page.html(alone, program)
    assert "No test set was declared" in text and "Nothing: no candidate was better" in text
    unknown = replace(alone, candidates=(replace(told.candidates[0], score=Estimate(None, 0, 12)),), front=())
    assert "No candidate has a score" in page.html(unknown, program)


def test_a_page_that_grows_says_so(told: Outcome, program: plan.Plan) -> None:
    growing = page.html(replace(told, test=None, stopped=outcome.GOES_ON), program)
    assert "the search goes on, or was stopped" in growing and "tested when the search is over" in growing
    assert '<meta http-equiv="refresh" content="5">' in growing
    assert "refresh" not in page.html(told, program)


def test_a_curriculum_has_its_control_arm(told: Outcome, program: plan.Plan) -> None:
    control = outcome.Control("easy_first", told.candidates[:6], 4, Cost(250, 40_000), "the budget is used up")
    text = page.html(replace(told, control=control), program)
    assert "The control arm: 6 candidates, the best number 4 with" in text
    assert "without the curriculum <bdi>easy_first</bdi>" in text
    assert text.count('class="curve recorded"') == 1 and 'class="curve recorded"' not in page.html(told, program)


def test_a_terminal_tells_the_front_and_the_control_arm(told: Outcome, capsys: pytest.CaptureFixture[str]) -> None:
    control = outcome.Control("easy_first", told.candidates[:6], 4, Cost(250, 40_000))
    tuning.show(replace(told, control=control, front=(0, told.best)), Path("out"), "ped run main.ped")
    lines = capsys.readouterr().out.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("to choose between"))
    assert [line.split()[0] for line in lines[at + 1:at + 3]] == ["0", str(told.best)]
    assert "problems came by `easy_first`; without it, the best is 4" in "\n".join(lines)
    assert "\x1b" not in "".join(lines[at:at + 3])
