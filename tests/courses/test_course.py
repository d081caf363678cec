"""A course played: learners who go on from lesson to lesson, tests that teach nothing, a control beside every order."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pedalang import again, api, cli, courses, journal, material, plan, records
from pedalang.compiler import compile
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import course as runtime
from pedalang.runtime.errors import RunError
from pedalang.runtime.pool import Observer
from pedalang.study.gained import CONTROL
from pedalang.study.scores import Scores

PROGRAM = """
type Sum { a: Int  b: Int  level: Int in 1..3  answer: Int = a + b }
dataset sums from "sums.csv" as Sum {
  licence: "CC0-1.0"
  splits: { lessons: 0..4, exam: 4..6 }
}
move hint { intent: "Say a little." }
role Tutor(sum: Sum) {
  moves: [hint]
  policy rule { hint otherwise }
  sees: [sum, history]
  speak: grounded
  voice: "You teach."
  say hint: ["Think of {{ sum.a }}.", "Think of {{ sum.b }}."]
}
student Learner(sum: Sum) {
  sees: [sum, history]
  speak: grounded
  voice: "You learn."
  state {
    skill: Prob = draw uniform(0.1, 0.4)
    heard: Int in 0..99 = 0
    correct: Bool = false
    tired: Int in 0..99 = 0
  }
  on teacher.hint { set skill += 0.1  set heard += 1  set tired += 1 }
  on self.turn { draw right ~ bernoulli(skill)  set correct = right  set tired += 1 }
  act answers { say: ["{{ sum.a }}?", "{{ sum.b }}?"] }
}
flow lesson(sum: Sum) {
  obeys Kind
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase talk max 4 turns {
    turn teacher
    turn student
    -> done when student.correct
    -> done at max
  }
  phase done final {}
}
contract Kind over lesson { hard hints: first hint }
rubric Progress on dialogue {
  criterion solved by code { score: student.correct }
  criterion skill weight 0 by code { score: student.skill }
  criterion kept weight 0 by contract { uses: Kind }
}
curriculum frontier { order: sec  data: sums  by: "level"  temperature: 0.1 }
course term {
  flow: lesson
  learners: 6
  keep: [skill, heard]
  pretest: sums.exam
  lessons: sums.lessons
  length: 3
  posttest: sums.exam
  score: Progress
  curriculum: frontier
}
course plain { flow: lesson  lessons: sums.lessons }
"""
ROWS = "a,b,level\n1,2,1\n3,4,1\n5,6,2\n7,8,3\n2,2,1\n9,9,3\n"
Dialogues = Sequence[journal.Dialogue]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    (folder / "main.ped").write_text(PROGRAM, encoding="utf-8")
    (folder / "sums.csv").write_text(ROWS, encoding="utf-8")
    return folder


def play(program: Path, folder: Path, name: str = "term", observer: Observer | None = None,
         concurrency: int | None = None) -> Path:
    of = compile.compile_text(PROGRAM).plan
    assert of is not None
    where = material.sources(of, program, {})
    uris = {"teacher": "random:", "student": "random:"}
    return courses.play(of, of.courses[name], where, uris, "random:", {}, seed=7, folder=folder, observer=observer,
                        concurrency=concurrency)


@pytest.fixture(scope="module")
def run(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return play(program, tmp_path_factory.mktemp("runs") / "term")


@pytest.fixture(scope="module")
def scored(run: Path) -> Scores:
    return api.settle(run, {})


def dialogues(run: Path) -> list[journal.Dialogue]:
    events = journal.open_journal(run)
    try:
        return [*events.each_dialogue()]
    finally:
        events.close()


def at(found: Dialogues, **cell: Any) -> list[journal.Dialogue]:
    return [each for each in found if cell.items() <= each.episode.cell.items()]


def canonical(run: Path) -> bytes:
    events = journal.open_journal(run)
    try:
        return b"".join(journal.canonical(events))
    finally:
        events.close()


def ped(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, catch_exceptions=False)


def test_a_learner_begins_as_it_ended(run: Path) -> None:
    found = dialogues(run)
    assert len(found) == 6 * (2 + 2 * (3 + 2))
    for each in found:
        begins, after = each.episode.state["student"], each.episode.cell["after"]
        if after >= 0:
            left = found[after].turns[-1].state["student"]
            assert found[after].episode.cell["stage"] == "lesson"
            assert (begins["skill"], begins["heard"]) == (left["skill"], left["heard"])
        assert begins["tired"] == 0, "what is not kept begins anew"
    assert all(each.episode.state["student"]["heard"] >= 3 for each in at(found, stage="posttest"))


def test_a_test_is_one_turn_and_teaches_nothing(run: Path) -> None:
    found = dialogues(run)
    for each in at(found, stage="pretest") + at(found, stage="posttest"):
        assert [turn.role for turn in each.turns] == ["student"]
        assert each.ending is not None
        assert (each.ending.why, each.ending.verdicts) == ("final", ())
    for learner in range(6):
        begun = {each.episode.state["student"]["skill"] for each in at(found, learner=learner, stage="pretest")}
        first = {each.episode.state["student"]["skill"] for each in at(found, learner=learner, stage="lesson", at=0)}
        assert len(begun | first) == 1, "as it was drawn, in both tests and both arms"
    assert len({each.episode.state["student"]["skill"] for each in at(found, stage="pretest")}) == 6


def test_learners_who_are_asked_the_same_draw_the_same(run: Path) -> None:
    """Of the same learner, in both arms."""
    found = dialogues(run)
    one, other = (at(found, learner=0, stage="lesson", at=0, arm=arm)[0] for arm in ("frontier", CONTROL))
    if one.episode.item == other.episode.item:
        assert [turn.text for turn in one.turns] == [turn.text for turn in other.turns]
    ours = [each.episode.cell["problem"] for each in at(found, arm=CONTROL, learner=0, stage="lesson")]
    assert len(set(ours)) == 3, "the control has each problem once before one comes again"


def test_the_scores_are_of_lessons_and_gains_of_tests(scored: Scores, run: Path) -> None:
    found, course = dialogues(run), scored.course
    assert course is not None
    assert scored.measures["solved"].n == 6 * 2 * 3
    assert (course.arms, course.learners, course.tests) == (("frontier", CONTROL), 6, 6 * 2 * 3)
    assert scored.contracts.clauses["Kind.hints"].kept == 36, "promises are about lessons"
    (skill,) = (each for each in course.gains if (each.measure, each.arm) == ("skill", "frontier"))

    def mean(stage: str, arm: str) -> float:
        values = [each.turns[-1].state["student"]["skill"] for each in at(found, stage=stage, arm=arm)]
        return sum(values) / len(values)

    assert skill.before.value == pytest.approx(mean("pretest", "both"))
    assert skill.after.value == pytest.approx(mean("posttest", "frontier"))
    assert skill.gained.value == pytest.approx(mean("posttest", "frontier") - mean("pretest", "both"))
    assert skill.gained.n == 6 and skill.gained.low is not None and skill.gained.low > 0
    assert skill.beyond is not None
    assert skill.beyond.value == pytest.approx(mean("posttest", "frontier") - mean("posttest", CONTROL))
    assert not [each for each in course.gains if each.measure == "kept"], "nobody teaches in a test"
    assert {each.beyond for each in course.gains if each.arm == CONTROL} == {None}


def test_a_course_that_was_stopped_goes_on_to_the_same_journal(program: Path, run: Path, tmp_path: Path) -> None:
    class Stops(Observer):
        left = 40

        def spoke(self, turn: journal.Turn) -> None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(program, tmp_path / "run", observer=Stops())
    assert len(dialogues(tmp_path / "run")) < 72
    courses.resume(tmp_path / "run", {})
    assert canonical(tmp_path / "run") == canonical(run)
    (program / "sums.csv").write_text(ROWS.replace("9,9", "9,8"), encoding="utf-8")
    try:
        with pytest.raises(RunError) as caught:
            courses.resume(tmp_path / "run", {})
    finally:
        (program / "sums.csv").write_text(ROWS, encoding="utf-8")
    assert caught.value.code == "PED1361"


def test_how_many_dialogues_go_on_at_once_changes_nothing(program: Path, run: Path, tmp_path: Path) -> None:
    assert canonical(play(program, tmp_path / "run", concurrency=2)) == canonical(run)


def test_a_course_that_came_to_nothing_has_no_gain(program: Path, tmp_path: Path) -> None:
    """Its time is used up before the first dialogue."""
    of = compile.compile_text(PROGRAM.replace("  length: 3\n", "  length: 3\n  budget: 1 seconds\n")).plan
    assert of is not None
    where, clock = material.sources(of, program, {}), itertools.count()
    problems = courses.problems(of, of.courses["term"], where)
    rounds = courses.Rounds(of, of.courses["term"], problems, 6, 7, lambda events, lessons: {})
    engines = api.open_engines({"teacher": "random:", "student": "random:"}, {})
    runtime.play(of, "term", rounds, engines, seed=7, folder=tmp_path / "run", dialogues=72,
                 clock=lambda: float(next(clock)))
    assert len(dialogues(tmp_path / "run")) == 12, "only the first round is there"
    found = api.settle(tmp_path / "run", {})
    assert found.course is not None
    assert (found.course.gains, found.measures["solved"].value) == ((), None)


def test_a_journal_of_a_course_is_verified_with_what_learners_bring(run: Path, scored: Scores, tmp_path: Path) -> None:
    assert not [*records.verified(run, Evaluator()).flaws]
    other = tmp_path / "other"
    other.mkdir()
    for path in run.iterdir():
        if path.is_file():
            (other / path.name).write_bytes(path.read_bytes())
    events = journal.reopen(other)
    chosen = next(each for each in events.episodes() if each.cell["after"] >= 0)
    events.close()
    connection = sqlite3.connect(other / journal.FILE_NAME)
    try:
        state = json.dumps({**chosen.state, "student": {**chosen.state["student"], "skill": 0.999}})
        connection.execute("UPDATE episodes SET state = ? WHERE episode = ?", (state, chosen.episode))
        connection.commit()
    finally:
        connection.close()
    assert any(flaw.code == "PED1252" for flaw in records.verified(other, Evaluator()).flaws)


def test_single_dialogues_are_not_played_again(run: Path, tmp_path: Path) -> None:
    for call in (lambda: again.retry(run, {}), lambda: again.branch(again.Place(run, 0, 0), None, {}, {},
                                                                    folder=tmp_path / "branch")):
        with pytest.raises(RunError) as caught:
            call()
        assert caught.value.code == "PED1362"


def test_without_a_curriculum_lessons_come_as_they_stand(program: Path, tmp_path: Path) -> None:
    run = play(program, tmp_path / "plain", "plain")
    assert [each.episode.cell["problem"] for each in dialogues(run)] == [0, 1, 2, 3]
    found = api.settle(run, {})
    assert found.course is not None
    assert (found.course.gains, found.course.arms, found.table) == ((), (courses.AS_WRITTEN,), None)


def test_the_command_plays_a_course_by_its_name(program: Path, tmp_path: Path) -> None:
    file = str(program / "main.ped")
    said = ped("run", file, "term", "--engine", "random:", "-n", "5", "--out", str(tmp_path / "run"))
    assert said.exit_code == 0, said.output
    assert "over control  arm" in said.stdout
    assert max(map(len, said.stdout.splitlines())) < 150 and "…" not in said.stdout, "nothing is cut off"
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Before and after" in page
    assert ped("run", "--resume", str(tmp_path / "run")).exit_code == 0
    assert ped("run", file, "term", "--engine", "random:", "--estimate").exit_code == 0
    assert ped("show", "prompts", file, "term").exit_code == 0
    assert ped("run", file).exit_code == 2, "more than one course, and none is named"


def test_a_plan_keeps_its_courses() -> None:
    of = compile.compile_text(PROGRAM).plan
    assert of is not None
    assert plan.from_json(plan.to_json(of)) == of
    assert of.courses["term"].learner == "student"
    assert of.curricula["frontier"].settings == {"temperature": 0.1}


def test_learners_can_be_rows(tmp_path: Path) -> None:
    text = PROGRAM.replace("learners: 6", "learners: minds").replace("(sum: Sum)", "(sum: Sum, mind: Mind)").replace(
        "Tutor(sum)", "Tutor(sum, mind)").replace("Learner(sum)", "Learner(sum, mind)").replace(
        "skill: Prob = draw uniform(0.1, 0.4)", "skill: Prob = mind.start").replace("course plain", "course plain_one")
    text = 'type Mind { start: Prob }\ndataset minds from "minds.csv" as Mind { licence: "CC0-1.0" }\n' + text
    text = text[:text.index("course plain_one")]
    (tmp_path / "sums.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "minds.csv").write_text("start\n0.1\n0.2\n0.3\n", encoding="utf-8")
    (tmp_path / "main.ped").write_text(text, encoding="utf-8")
    said = ped("run", str(tmp_path / "main.ped"), "term", "--engine", "random:", "--out", str(tmp_path / "run"))
    assert said.exit_code == 0, said.output
    found = dialogues(tmp_path / "run")
    begun = {each.episode.cell["learner"]: each.episode.state["student"]["skill"]
             for each in at(found, stage="pretest")}
    assert begun == {0: 0.1, 1: 0.2, 2: 0.3}
    assert all(each.episode.item["mind"]["start"] == (each.episode.cell["learner"] + 1) / 10 for each in found)
    assert "no interval: it takes five learners" in said.stdout
    assert ped("show", "prompts", str(tmp_path / "main.ped"), "term").exit_code == 0
    twice = compile.check_text(text.replace("(sum: Sum, mind: Mind)", "(sum: Sum, mind: Mind, more: Mind)"))
    assert "PED0301" in [each.code for each in twice]
