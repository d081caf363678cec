"""Dialogues under a change that ought not to matter: what differs is found and told by the shortest dialogue, and what
is the same is not reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pedalang import plan
from pedalang.cli import main
from pedalang.compiler import compile
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Engine
from pedalang.testing import search, telling, variants

PROGRAM = """
type Pupil {{ name: Text  a: Int in 1..9 }}
move ask for teacher {{ say: ["How do you know?", "What comes next?", "And then?"] }}
move praise for teacher {{ say: ["Well done."] }}
role Tutor() {{
  moves: [ask, praise]
  speak: grounded
  state {{ heard: Int in 0..9 = 0 }}
  {tutor}
  policy rule {{ praise when heard >= 2  ask otherwise }}
}}
student Learner(pupil: Pupil) {{
  sees: [pupil]
  speak: grounded
  state {{ correct: Bool = false  called: Text = "Mia"  last_words: Text = ""  met: Int in 0..9 = 0 }}
  on self.turn {{ draw right ~ bernoulli(0.4)  set correct = right }}
  {learner}
  act solves when correct {{ say: ["I have it.", "It is {{{{ pupil.a }}}}, and I am {{{{ called }}}}."] }}
  act guesses otherwise {{ say: ["I am not sure.", "Perhaps."] }}
}}
predicate presses() by judge {{
  when: turn.speaker == "teacher" and turn.number >= 2
  ask: "Does it press? {{{{ turn.text }}}}"
  labels: [yes, no]
}}
flow lesson(pupil: Pupil) {{
  cast teacher: Tutor
  cast ada: Learner(pupil)
  cast ben: Learner(pupil)
  phase work max 12 turns {{ turn teacher  turn ada  turn ben  -> done at max }}
  phase done final {{}}
}}
property "same" {{ {expects} }}
"""


def outcome(expects: str, tutor: str = "", learner: str = "", judge: Engine | None = None) -> search.Outcome:
    made = compile.compile_text(PROGRAM.format(tutor=tutor, learner=learner, expects=expects))
    assert made.plan is not None, [each.message for each in made.diagnostics]
    return search.run(made.plan, made.plan.properties["same"], 40, judge=judge)


def told(found: search.Outcome) -> tuple[str, str]:
    """The shortest dialogue that differs, and how."""
    assert found.failure is not None
    return telling.line(found.failure.played), found.failure.broken.message


LISTENS = 'on ben.turn when contains(turn.text, "sure") { set heard += 1 }'


def test_a_misspelt_word_that_a_rule_reads_is_found() -> None:
    line, message = told(outcome("expect same under misspelt ben", LISTENS))
    assert line.startswith("work: teacher.ask, ada.") and line.endswith(", ben.guesses")
    assert message == "after turn 2 `teacher.heard` is 1, and under the change 0"


def test_other_words_that_a_rule_reads_are_found() -> None:
    line, message = told(outcome("expect same under paraphrased ben", LISTENS))
    assert line.count("ben.") == 1
    assert message.startswith("after turn 2 `teacher.heard` is ")


def test_words_are_not_compared() -> None:
    keeps = "on self.guesses { set last_words = turn.text }"
    assert outcome("expect same under misspelt ada, ben  expect same under paraphrased ada", learner=keeps).ok


def test_what_is_said_by_others_is_still_compared() -> None:
    assert outcome("expect same under misspelt ada", LISTENS).ok


def test_numbers_are_never_misspelt() -> None:
    hears = "on ben.turn when mentions_number(turn.text, 7) { set heard += 1 }"
    assert outcome("expect same under misspelt ben", hears).ok


def test_who_speaks_first_matters_where_one_hears_the_other() -> None:
    assert told(outcome("expect same under permuted ada, ben", learner="on ada.solves { set met += 1 }"
                        "  act nods when met >= 1 { say: [\"Yes.\"] }")) == (
        "work: teacher.ask, ada.solves, ben.nods", "turn 2 is work: ben.nods, and under the change work: ben.guesses")
    assert outcome("expect same under permuted ada, ben").ok


def test_a_name_that_a_rule_knows_is_found() -> None:
    knows = 'on ada.turn when ada.called == "Mia" { set heard += 1 }'
    assert told(outcome('expect same under renamed "Mia"', knows)) == (
        "work: teacher.ask, ada.guesses", "after turn 1 `teacher.heard` is 1, and under the change 0")
    assert outcome('expect same under renamed "Mia"').ok


def test_a_name_in_the_data_is_found_where_a_rule_knows_it() -> None:
    knows = 'on self.turn when pupil.name == "some" { set met += 1 }'
    assert told(outcome("expect same under renamed pupil.name", learner=knows))[1] == (
        "after turn 1 `ada.met` is 1, and under the change 0")
    assert outcome("expect same under renamed pupil.name").ok


def test_a_judge_that_takes_the_first_answer_is_found() -> None:
    first = scripted.from_function(lambda request: 0)
    assert told(outcome("expect same under reordered presses", judge=first)) == (
        "work: teacher.ask, ada.guesses, ben.guesses, teacher.ask",
        "at turn 3 the judge says `yes`, and `no` where it is offered `no`, `yes`")
    reads = scripted.from_function(lambda request: "no")
    assert outcome("expect same under reordered presses", judge=reads).ok


def test_the_verdicts_of_contracts_are_compared() -> None:
    text = PROGRAM.format(tutor="", learner="", expects="expect same under misspelt ada").replace(
        "cast teacher: Tutor", "obeys Words\n  cast teacher: Tutor")
    text += 'predicate is_unsure() by code { holds: contains(turn.text, "sure") }\n' \
            "contract Words over lesson { soft sure: never is_unsure }"
    made = compile.compile_text(text).plan
    assert made is not None
    assert told(search.run(made, made.properties["same"], 60))[1] == (
        "`Words.sure` is broken, and under the change `Words.sure` is kept")


@pytest.mark.parametrize(("expects", "code"), [
    ("expect same under mispelt ada", "PED0309"), ("expect same under misspelt adam", "PED0201"),
    ("expect same under permuted ada", "PED0702"), ("expect same under reordered ada.correct", "PED0309"),
    ("expect same under renamed pupil.a", "PED0301"), ("expect same under reordered nothing", "PED0201"),
])
def test_what_is_asked_wrongly_is_reported_once(expects: str, code: str) -> None:
    text = PROGRAM.format(tutor="", learner="", expects=expects)
    assert [each.code for each in compile.check_text(text)] == [code]


def test_a_test_has_nothing_that_is_changed() -> None:
    text = PROGRAM.format(tutor="", learner="", expects="expect same under misspelt ada")
    text += 'test "t" { given t: trace([teacher.ask])  expect same under misspelt ada  expect first ask }'
    assert [each.code for each in compile.check_text(text)] == ["PED0210"]


@pytest.mark.parametrize(("text", "wrong"), [
    ("I am not sure.", "I am not srue."), ("Count on, 12 times.", "Cuont on, 12 times."), ("It is 5.", "It is 5."),
    ("Aaaa bb", "Aaaa bb"), ("", ""),
])
def test_a_misspelling(text: str, wrong: str) -> None:
    assert variants.misspelt(text) == wrong


def test_the_command_line_says_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "main.ped"
    path.write_text(PROGRAM.format(tutor=LISTENS, learner="", expects="expect same under misspelt ben"))
    found = CliRunner().invoke(main, ["test", str(path), "--json"])
    assert found.exit_code == 1
    (test,) = json.loads(found.stdout)["tests"]
    assert test["failures"][0]["expected"] == "same under misspelt ben"
    again = CliRunner().invoke(main, ["test", str(tmp_path / "main-broken.ped"), "--no-save"])
    assert again.exit_code == 1, "the dialogue that was kept differs again"
    assert "after turn 2 `teacher.heard` is 1, and under the change 0" in again.output


def test_relations_are_part_of_the_plan() -> None:
    text = PROGRAM.format(tutor="", learner="", expects="expect same under permuted ada, ben")
    made = compile.compile_text(text).plan
    assert made is not None
    assert plan.from_json(plan.to_json(made)).properties["same"].same == made.properties["same"].same
