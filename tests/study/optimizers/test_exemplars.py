"""Examples are those from which a student and a move can be recovered, and then those with which a teacher does better.
"""

from __future__ import annotations

import re

import pytest

from pedalang.overlay import Demo
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.study.optimizers.exemplars import Exemplar, Turn, chosen, pool, search, share
from pedalang.study.tuning.spending import Stopped
from tests.study.optimizers.conftest import MakeTask, Saying

PROGRAM = """pedalang 1
type Sum { a: Int  b: Int  answer: Int = a + b }
dataset sums from "sums.csv" as Sum {
  licence: "CC0-1.0"
  splits: { train: 0..12, dev: 12..20 }
}
move ask_why { intent: "Ask." }
move praise { intent: "Praise." }
role Tutor(sum: Sum) {
  moves: [ask_why, praise]
  policy rule {
    praise() when history.turns == 0
    ask_why() otherwise
  }
  sees: [sum, history]
  speak: free
  voice: "You teach."
}
student Learner(sum: Sum) {
  sees: [sum, history]
  speak: grounded
  state { solved: Bool = false }
  on teacher.ask_why { set solved = solved or mentions_number(turn.text, float(sum.answer + 1)) }
  act answers { say: ["I get {{ sum.answer + 1 }}."] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase talk max 4 turns { turn teacher  turn student  -> close when student.solved  -> close at max }
  phase close final {}
}
rubric Outcome { criterion solved by code { score: student.solved } }
optimize lesson as shown {
  method: exemplars
  metric: Outcome.total
  trainset: sums.train
  devset: sums.dev
  tune: [WHAT]
  seed: 2
}
"""
NUMBER = re.compile(r"\d+")


def speaker(request: Request) -> Reply:
    """Takes up what was said where an example does, and else in half of all dialogues; recovers by common numbers."""
    last = request.messages[-1].text
    if request.choices:
        words = last.split("\n\n")[1]
        doing = "What is the teacher doing?" in last
        right = [("?" in words and "why" in each) if doing else NUMBER.findall(each) == NUMBER.findall(words)
                 for each in request.choices]
        scores = tuple(0.0 if each else -9.0 for each in right)
        return Reply(request.choices[0], choice=scores.index(max(scores)), scores=scores)
    heard = NUMBER.findall(last)
    shown = re.search(r"You answer: (.*)", request.messages[0].text)
    contingent = bool(NUMBER.search(shown[1])) if shown else bool(heard) and int(heard[-1]) % 2 == 0
    if not heard or not any("I get" in message.text for message in request.messages):
        return Reply("You can do it.")
    return Reply(f"Why {heard[-1]}?" if contingent else "Why is that?")


def test_an_example_that_takes_up_what_was_said_is_found(begin: MakeTask) -> None:
    engine = Saying(speaker)
    task = begin(PROGRAM.replace("WHAT", "Tutor.examples"), {"teacher": engine, "student": engine})
    first = task.best.score.value
    search(task)
    assert first is not None and first < 1
    assert task.best.score.value == 1
    assert re.fullmatch(r"example by recovery 1.00: Why \d+\?", task.best.how)
    (demo,) = task.best.tuned.voices["teacher.speech"].examples
    assert f"I get {NUMBER.findall(demo.answered)[0]}." in demo.said
    assert task.best.tuned.voices["teacher.speech"].instructions == "You teach."


def test_examples_of_one_move_are_of_that_move(begin: MakeTask) -> None:
    engine = Saying(speaker)
    task = begin(PROGRAM.replace("WHAT", "praise.examples"), {"teacher": engine, "student": engine})
    search(task)
    assert [each.how for each in task.kept.candidates[1:]] == ["example by recovery 0.50: You can do it."]


def test_a_teacher_whom_no_engine_answers_for_has_no_examples(begin: MakeTask) -> None:
    engine = Saying(speaker)
    said = '  say ask_why: ["Why is that?"]\n  say praise: ["You can do it."]\n'
    program = PROGRAM.replace("WHAT", "Tutor.examples").replace('  speak: free\n  voice: "You teach."\n',
                                                                f'  speak: grounded\n  voice: "You teach."\n{said}')
    with pytest.raises(Stopped, match="no turn of `teacher` can be an example: none was answered by an engine"):
        search(begin(program, {"teacher": engine, "student": engine}))


def turn(episode: int, answered: str, worth: float = 1.0, move: str = "") -> Turn:
    return Turn(episode, worth, Demo("said", answered), "heard", move)


def test_the_pool_has_the_best_dialogues_a_few_turns_of_each_and_no_words_twice() -> None:
    turns = [turn(0, "a", 0.2), turn(1, "b"), turn(1, "c"), turn(1, "d"), turn(2, "b"), turn(3, "e", 0.9)]
    found = pool(turns, 4, seed=0)
    assert found == pool(turns, 4, seed=0)
    assert len({each.demo.answered for each in found}) == len(found) == 4
    assert [each.worth for each in found] == sorted((each.worth for each in found), reverse=True)
    assert sum(each.episode == 1 for each in found) <= 2


def test_each_move_has_its_best_example_before_any_has_two() -> None:
    found = [Exemplar(turn(0, "a", move="ask"), 0.9), Exemplar(turn(1, "b", move="ask"), 0.8),
             Exemplar(turn(2, "c", move="tell"), 0.1)]
    assert [each.turn.demo.answered for each in chosen(found[::-1])] == ["a", "c", "b"]


def test_what_is_recovered_is_a_share_of_probability() -> None:
    assert share(Reply("", choice=1, scores=(0.0, 0.0)), 0) == pytest.approx(0.5)
    assert share(Reply("", choice=1), 1) == 1.0
    assert share(Reply("", choice=1), 0) == 0.0
    assert share(Reply("something else"), 0) is None
    assert share(None, 0) is None
