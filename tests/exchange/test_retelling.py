"""Recorded dialogues told as turns of a flow."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path

import pytest

from pedalang import journal, plan
from pedalang.exchange import dataset, retelling, transcript
from pedalang.exchange.errors import DataError
from pedalang.exchange.transcripts import mathdial
from pedalang.exchange.utterance import Utterance
from pedalang.expression import nodes
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.nodes import Attr, Binary, Call, Lit, Name
from pedalang.runtime.errors import RunError
from tests.clauses import clause

TEACHER, STUDENT, PROBLEM, TEXT = Name("teacher"), Name("student"), Name("problem"), Attr(Name("turn"), "text")


def raised(variable: str, by: float) -> plan.Assign:
    return plan.Assign(variable, Binary("+", Attr(STUDENT, variable), Lit(by)))


HEARD = plan.Handler("student", "said", None, (
    plan.Assign("attempt", Call("last", (Call("rationals", (TEXT,)),))),
    plan.Assign("correct", Binary("==", Attr(STUDENT, "attempt"), Attr(PROBLEM, "answer"))),
))
LEARNER = plan.Role("Learner", "student", Lit("You learn."), state=(
    plan.Variable("mastery", "Prob", Lit(0.2), 0.0, 1.0), plan.Variable("attempt", "Rational?", Lit(None)),
    plan.Variable("correct", "Bool", Lit(False)),
    plan.Variable("luck", "Float", nodes.Distribution("uniform", (Lit(0), Lit(1)))),
), handlers=(plan.Handler("teacher", "focus", None, (raised("mastery", 0.5),)), HEARD))
MOVES = {name: plan.Move(name) for name in ("focus", "telling")}
TUTOR = plan.Role("Tutor", "role", Lit("You teach."), moves=MOVES)
LESSON = plan.Flow("lesson", {"problem": "Problem"}, {"teacher": TUTOR, "student": LEARNER}, {
    "talk": plan.Phase("talk", (plan.Turn("teacher"), plan.Turn("student")), max_turns=2)}, "talk", 2)
TOLD = plan.Atom(Binary("==", Attr(Name("turn"), "move"), Lit("telling")))
PROMISES = plan.Contract("Promises", "lesson", (
    clause("untold", "hard", plan.Op("never", (TOLD,)), "never telling"),
    clause("solved", "soft", plan.Op("eventually", (plan.Atom(Attr(STUDENT, "correct")),)), "eventually correct"),
))
HUMAN = plan.Observe("human", "lesson", plan.Selection("d"), {"Teacher": "teacher", "Student": "student"}, "",
                     ("Promises",), "main.ped:9:1")
PLAN = plan.Plan("p", {}, flows={"lesson": LESSON}, contracts={"Promises": PROMISES}, observes={"human": HUMAN})
ITEM = {"problem": {"answer": Fraction(5, 6)}}
GOOD = [Utterance("Teacher", "What is below?", "focus"), Utterance("Student", "2/5"),
        Utterance("Teacher", "Both over 6?", "focus"), Utterance("Student", "then 5/6")]


def observed(folder: Path, *dialogues: list[Utterance], of: plan.Plan = PLAN, seed: int = 0) -> journal.Journal:
    pairs = [(ITEM, dialogue) for dialogue in dialogues]
    path = retelling.observe(of, of.observes["human"], pairs, folder / "run", seed=seed, data={"d": "00"})
    assert plan.from_json((path / "plan.json").read_bytes()) == of
    return journal.open_journal(path)


def test_utterances_are_turns_with_the_state_that_handlers_make(tmp_path: Path) -> None:
    found = observed(tmp_path, GOOD)
    assert found.header == journal.Header("observe", plan.digest(PLAN), "human", "lesson", 0, 1, {}, {"d": "00"})
    (episode,) = found.episodes()
    assert episode.source == "recorded" and episode.item == {"problem": {"answer": {"ratio": [5, 6]}}}
    assert episode.state["student"] | {"luck": 0} == {"mastery": 0.2, "attempt": None, "correct": False, "luck": 0}
    assert [(t.turn, t.role, t.text, t.move, t.how, t.phase, t.act) for t in found.turns()] == [
        (n, role, said.text, said.move, "recorded", "", "")
        for n, (role, said) in enumerate(zip(("teacher", "student") * 2, GOOD, strict=True))]
    states = [turn.state["student"] for turn in found.turns()]
    assert [state["mastery"] for state in states] == [0.7, 0.7, 1.0, 1.0]
    assert [state["attempt"] for state in states] == [None, {"ratio": [2, 5]}, {"ratio": [2, 5]}, {"ratio": [5, 6]}]
    assert [state["correct"] for state in states] == [False, False, False, True]
    assert len({state["luck"] for state in [*states, episode.state["student"]]}) == 1
    assert found.turns()[2].notes == ("student.mastery kept at 1",)


def test_contracts_are_judged_and_a_limit_of_the_flow_does_not_count(tmp_path: Path) -> None:
    told = [Utterance("Teacher", "It is 5/6", "telling")]
    found = observed(tmp_path, GOOD, told, GOOD + told)
    assert [(ending.phase, ending.why) for ending in found.endings()] == [("", "recorded")] * 3
    assert [[(v.clause, v.kept, v.broken_at) for v in ending.verdicts] for ending in found.endings()] == [
        [("untold", True, None), ("solved", True, None)],
        [("untold", False, 0), ("solved", False, 0)],
        [("untold", False, 4), ("solved", True, None)],
    ]
    assert [turn.standing for turn in found.turns() if turn.episode == 1] == ["bp"]
    assert [turn.standing for turn in found.turns() if turn.episode == 2][-2:] == ["kK", "bK"]


def test_without_a_check_nothing_is_judged(tmp_path: Path) -> None:
    chosen = plan.Observe("human", "lesson", plan.Selection("d"), HUMAN.speakers)
    found = observed(tmp_path, GOOD, of=plan.Plan("p", {}, flows={"lesson": LESSON}, observes={"human": chosen}))
    assert found.endings()[0].verdicts == ()


def test_the_same_dialogues_and_seed_make_the_same_journal(tmp_path: Path) -> None:
    first, again, other = (list(journal.canonical(observed(tmp_path / name, GOOD, GOOD, seed=seed)))
                           for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    assert first == again and first != other


def test_a_move_that_the_role_lacks_is_kept_with_a_note(tmp_path: Path) -> None:
    found = observed(tmp_path, [Utterance("Teacher", "Hm", "musing"), Utterance("Student", "Hm")])
    noted = [(turn.move, turn.notes) for turn in found.turns()]
    assert noted == [("musing", ("musing is no move of teacher",)), ("", ())]


@pytest.mark.parametrize(("label", "help"), [
    ("student", "did you mean `Student`?"),
    ("Cody", "say in `speakers`, or by `--speaker LABEL=MEMBER`, whom of the cast it stands for; known: `Teacher`, "
     "`Student`"),
])
def test_a_speaker_that_nobody_is_refuses_all_before_anything_is_written(tmp_path: Path, label: str, help: str) -> None:
    with pytest.raises(DataError) as caught:
        observed(tmp_path, GOOD, [*GOOD, Utterance(label, "I?")])
    assert str(caught.value) == f"PED0811: dialogue 1, turn 4: `{label}` is none of the speakers of `human`"
    assert (caught.value.help, caught.value.place) == (help, "main.ped:9:1")
    assert not (tmp_path / "run").exists()


def test_a_dialogue_whose_handlers_have_no_value_fails_alone(tmp_path: Path) -> None:
    bad = plan.Handler("student", "said", None, (plan.Assign("mastery", Binary("/", Lit(1), Lit(0)), "main.ped:5:3"),))
    learner = plan.Role("Learner", "student", Lit(""), state=LEARNER.state, handlers=(*LEARNER.handlers, bad))
    flow = plan.Flow("lesson", LESSON.params, {"teacher": TUTOR, "student": learner}, LESSON.phases, "talk", 2)
    found = observed(tmp_path, GOOD, GOOD[:1], of=plan.Plan("p", {}, flows={"lesson": flow}, observes={
        "human": plan.Observe("human", "lesson", plan.Selection("d"), HUMAN.speakers)}))
    first, second = found.endings()
    assert (first.why, first.code, second.why) == ("failed", "PED1201", "recorded")
    assert "main.ped:5:3" in first.message
    assert [turn.turn for turn in found.turns(0)] == [0]


def test_items_must_fit_the_flow_and_a_folder_holds_one_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="flow lesson takes problem"):
        retelling.observe(PLAN, PLAN.observes["human"], [({}, GOOD)], tmp_path / "run")
    observed(tmp_path, GOOD)
    with pytest.raises(RunError, match="PED1210"):
        observed(tmp_path, GOOD)


def test_the_released_dialogues(tmp_path: Path) -> None:
    """All are told; where the learner is said to have solved the problem, a student's turn has the answer's number."""
    data = os.environ.get("PEDALANG_DATA")
    if not data:
        pytest.skip("PEDALANG_DATA does not name a folder with mathdial/dialogues.jsonl")
    problem = plan.RecordType("Problem", (plan.FieldSpec("id", "Text"), plan.FieldSpec("answer", "Float")))
    maps = {"id": Attr(Name("row"), "qid"),
            "answer": Call("last", (Call("numbers", (Attr(Name("row"), "ground_truth"),)),))}
    loaded = dataset.load(plan.Dataset("d", "dialogues.jsonl", "Problem", maps), {"Problem": problem},
                          Path(data) / "mathdial" / "dialogues.jsonl", Evaluator())
    told = transcript.dialogues("mathdial", loaded.raw, range(len(loaded.raw)))
    solves = plan.Handler("student", "said", Call("mentions_number", (TEXT, Attr(PROBLEM, "answer"))), (
        plan.Assign("correct", Lit(True)),))
    learner = plan.Role("Learner", "student", Lit(""), state=LEARNER.state, handlers=(LEARNER.handlers[0], solves))
    moves = {name: plan.Move(name) for name in mathdial.MOVES}
    cast = {"teacher": plan.Role("Tutor", "role", Lit(""), moves=moves), "student": learner}
    flow = plan.Flow("lesson", LESSON.params, cast, LESSON.phases, "talk", 2)
    of = plan.Plan("p", {}, flows={"lesson": flow}, contracts=PLAN.contracts, observes=PLAN.observes)
    pairs = [({"problem": record}, dialogue) for record, dialogue in zip(loaded.rows, told, strict=True)]
    path = retelling.observe(of, of.observes["human"], pairs, tmp_path / "run", data={"d": loaded.sha256})
    found = journal.open_journal(path)
    assert [ending.why for ending in found.endings()] == ["recorded"] * 283
    assert [(turn.text, turn.move) for turn in found.turns()] == [(u.text, u.move) for d in told for u in d]
    assert not any("is no move" in note for turn in found.turns() for note in turn.notes)
    numbers = [[float(n.replace(",", "")) for u in d if u.speaker == "Student"
                for n in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+", u.text)] for d in told]
    answers = [record["answer"] for record in loaded.rows]
    solved = [any(abs(n - answer) <= 1e-7 for n in said) for said, answer in zip(numbers, answers, strict=True)]
    kept: dict[str, list[bool]] = {"untold": [], "solved": []}
    for ending in found.endings():
        for verdict in ending.verdicts:
            kept[verdict.clause].append(verdict.kept)
    assert kept["untold"] == [not any(u.move == "telling" for u in d) for d in told]
    assert kept["solved"] == solved
