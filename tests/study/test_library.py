"""The standard library's rubrics, each on recorded dialogues: what they measure, what judges are asked, and that what
is anonymised reaches no judge."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pedalang import api, plan
from pedalang.compiler import compile
from pedalang.exchange import speakers
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Request
from pedalang.source import Source
from pedalang.study import score
from pedalang.study.scores import Scores

PROGRAM = """
pedalang 1
{imports}
type Talk {{ id: Text  {fields} }}
dataset talks from "talks" as Talk {{ licence: "CC0-1.0"  transcripts: "any"  {more} }}
role Tutor {{}}
student Pupil() {{ act speaks {{ say: ["I do not know."] }} }}
flow lesson(talk: Talk) {{
  cast teacher: Tutor
  cast student: Pupil
  phase work final {{ turn teacher turn student }}
}}
{rubric}
observe heard {{ flow: lesson  data: talks  speakers: {{ T: teacher, otherwise: student }}  score: {name}  {observe} }}
"""

Turn = tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, float]


class Judge:
    """Answers by the first choice that a function names; keeps what it was asked."""

    def __init__(self, answer: Callable[[Request], str | int] = lambda request: 0) -> None:
        self.asked: list[str] = []
        self._answer = answer
        self.engine = scripted.from_function(self._say)

    def _say(self, request: Request) -> str | int:
        self.asked.append("\n".join(message.text for message in request.messages))
        return self._answer(request)


def scored(folder: Path, rubric: str, dialogues: Sequence[dict[str, Any]] | Path, judge: Judge | None = None, *,
           imports: str = "", name: str = "R", **more: str) -> Scores:
    """Dialogues, or a file of them, by a rubric of the library."""
    blank = {"fields": "", "more": "", "observe": ""}
    text = PROGRAM.format(imports=imports, rubric=rubric, name=name, **{**blank, **more})
    made = compile.compile_source(Source("main.ped", text), compile.standard_library, "main")
    assert made.plan is not None, [str(each) for each in made.diagnostics]
    path = folder / "talks.jsonl"
    if isinstance(dialogues, Path):
        path = dialogues
    else:
        path.write_text("\n".join(map(json.dumps, dialogues)), encoding="utf-8")
    of, chosen = made.plan, made.plan.observes["heard"]
    told = api.items(of, chosen.flow, chosen.data, api.sources(of, folder, {"talks": str(path)}))
    run = api.observe(of, chosen, told, folder / "run")
    _, events = api.reopen_run(run)
    try:
        return score.score(of, events, chosen.score, judge.engine if judge else None)
    finally:
        events.close()


def talk(*turns: Turn, **more: Any) -> dict[str, Any]:
    keys = ("speaker", "text", "move", "start")
    return {"id": "a", "turns": [dict(zip(keys, turn, strict=False)) for turn in turns], **more}


REPAIR = talk(("T", "What is 7 + 8?"), ("S", "It is 14, I think."), ("T", "Close. What is one more than 14?"))


def test_mrbench_asks_about_eight_dimensions_of_the_last_reply(tmp_path: Path) -> None:
    judge = Judge(lambda request: "Yes" if "Yes" in request.choices else 0)
    found = scored(tmp_path, "rubric R extends mrbench.Reply on dialogue {}", [REPAIR], judge,
                   imports="import std.rubrics.mrbench as mrbench")
    values = {name: each.value for name, each in found.measures.items()}
    assert len(values) == len(judge.asked) == 8
    assert [values[name] for name in ("mistake_identification", "revealing_of_the_answer", "tutor_tone")] == [1, 1, 0]


def test_bridge_asks_for_three_decisions_of_each_reply(tmp_path: Path) -> None:
    judge = Judge(lambda request: "other" if "guess" in request.choices else 0)
    found = scored(tmp_path, "rubric R extends bridge.Decisions on turn {}", [REPAIR], judge,
                   imports="import std.rubrics.bridge as bridge")
    assert {name: each.value for name, each in found.measures.items()} == {
        "error": 0.0, "strategy": 1.0, "intention": 1.0}
    assert len(judge.asked) == 3


def test_bridge_s_moves_are_an_open_set_and_coded_turns_are_counted(tmp_path: Path) -> None:
    coded = talk(("T", "Why?", "ask_question"), ("S", "So."), ("T", "It is 5.", "explain_concept"),
                 ("T", "Ha", "wrote in"), ("T", "Hm"))
    found = scored(tmp_path, "rubric R extends bridge.Coded on turn {}", [coded],
                   imports="import std.rubrics.bridge as bridge")
    assert found.measures["leaves_the_step"].value == pytest.approx(1 / 3)


def minutes(*starts: float) -> dict[str, Any]:
    return talk(*(("T" if place % 2 else "S", f"turn {place}", "", 60 * start) for place, start in enumerate(starts)))


def test_class_is_asked_about_every_15_minutes(tmp_path: Path) -> None:
    judge = Judge(lambda request: "7" if "Negative Climate" not in request.messages[-1].text else "1")
    told = minutes(0, 14.9, 15, 44, 46)
    found = scored(tmp_path, "rubric R extends observed.Dimensions on segment {}", [told], judge,
                   imports="import std.rubrics.class as observed")
    assert len({each.value for each in found.measures.values()}) == 1 and len(found.measures) == 12
    parts = found.dialogues[0].parts["positive_climate"]
    assert [(each.first, each.last) for each in parts] == [(0, 1), (2, 2), (3, 3), (4, 4)]


def test_mqi_is_asked_about_every_seven_and_a_half_minutes(tmp_path: Path) -> None:
    judge = Judge(lambda request: "high")
    told = minutes(0, 7.4, 7.5, 22.4, 23)
    found = scored(tmp_path, "rubric R extends mqi.Items on segment {}", [told], judge,
                   imports="import std.rubrics.mqi as mqi")
    low = {name for name, each in found.measures.items() if each.value is not None and each.value < 0.5}
    assert low == {"content_errors", "language_imprecision", "lack_of_clarity"} and len(found.measures) == 16
    parts = found.dialogues[0].parts["explanations"]
    assert [(each.first, each.last) for each in parts] == [(0, 1), (2, 2), (3, 3), (4, 4)]


@pytest.mark.parametrize(("module", "items"), [("class", 12), ("mqi", 16)])
def test_people_rate_the_same_items(tmp_path: Path, module: str, items: int) -> None:
    found = scored(tmp_path, "rubric R extends observed.Rated on segment {}", [minutes(0, 1)],
                   imports=f"import std.rubrics.{module} as observed")
    assert len(found.measures) == items
    assert {(each.value, each.missing) for each in found.measures.values()} == {(None, 1)}


def test_hpc_grades_three_dimensions(tmp_path: Path) -> None:
    found = scored(tmp_path, "rubric R extends hpc.Replies on dialogue {}", [REPAIR], Judge(lambda request: "full"),
                   imports="import std.rubrics.hpc as hpc")
    assert [*found.measures] == ["helpfulness", "personalisation", "creativity", "total"]
    assert len({each.value for each in found.measures.values()}) == 1


def test_talkmoves_by_coding_and_by_judge(tmp_path: Path) -> None:
    coded = talk(("T", "Why?", "press_reasoning"), ("S", "It is 5.", "making_claim"),
                 ("S2", "For 2 and 3.", "providing_evidence"))
    judge = Judge(lambda request: "none" if "none" in request.choices and "making_claim" in request.choices
                  else "press_reasoning")
    rubric = "rubric R extends talkmoves.Students on segment { segment: 10 turns }"
    found = scored(tmp_path, rubric, [coded], imports="import std.rubrics.talkmoves as talkmoves")
    assert found.measures["student_moves_present"].value == 0.5
    (tmp_path / "judged").mkdir()
    asked = scored(tmp_path / "judged", "rubric R extends talkmoves.Judged on turn {}", [coded], judge,
                   imports="import std.rubrics.talkmoves as talkmoves")
    assert {name: each.value for name, each in asked.measures.items()} == {"teacher_moves": 1.0, "student_moves": 0.0}
    assert "student 2: For 2 and 3." in judge.asked[-1], "a judge can tell students apart"


def test_uptake_by_overlap_and_by_judge(tmp_path: Path) -> None:
    judge = Judge(lambda request: "mid" if "mid" in request.choices else "focusing")
    told = talk(("S", "The denominator changed, so thirds"), ("T", "Why thirds?"), ("S", "It is so."), ("T", "So?"))
    found = scored(tmp_path, "rubric R extends uptake.Exchanges on turn {}", [told], judge,
                   imports="import std.rubrics.uptake as uptake")
    assert found.measures["repeated"].value == pytest.approx(1 / 3), "of denominator, changed, thirds"
    assert (found.measures["uptake"].value, found.measures["follow_up"].value) == (0.5, 1.0)


TASKS = "import std.rubrics.mathtutorbench as tasks"


@pytest.mark.parametrize(("rubric", "said", "fields", "value"), [
    ("FinalAnswer(talk.answer)", "So you get 15 in all.", {"answer": "15"}, 1.0),
    ("FinalAnswer(talk.answer)", "So you get 14.", {"answer": "15"}, 0.0),
    ("SolutionCorrectness(talk.wrong)", "Yes, it is wrong.", {"wrong": True}, 1.0),
    ("SolutionCorrectness(talk.wrong)", "No.", {"wrong": True}, 0.0),
    ("SolutionCorrectness(talk.wrong)", "Yes and no.", {"wrong": True}, 0.0),
    ("MistakeLocation(talk.step)", "Step 3", {"step": 3}, 1.0),
    ("MistakeLocation(talk.step)", "none", {"step": 3}, 0.0),
])
def test_tasks_of_mathtutorbench(tmp_path: Path, rubric: str, said: str, fields: dict[str, object],
                                 value: float) -> None:
    ((field, given),) = fields.items()
    kind = {"answer": "Text", "wrong": "Bool", "step": "Int"}[field]
    found = scored(tmp_path, "", [talk(("S", "x"), ("T", said), **{field: given})], imports=TASKS,
                   name=f"tasks.{rubric}", fields=f"{field}: {kind}")
    assert [each.value for each in found.measures.values()] == [value, value]


def test_socratic_questions_are_compared_by_bleu(tmp_path: Path) -> None:
    asked = ["How many apples are there?", "How many are left?"]
    replies = ("\n".join(asked), "What is your name?", "How many are left?")
    told = [talk(("T", said), questions=asked) for said in replies]
    found = scored(tmp_path, "", told, imports=TASKS, name="tasks.SocraticQuestions(talk.questions)",
                   fields="questions: List[Text]")
    values = [each.values["bleu"] for each in found.dialogues]
    assert values[0] == pytest.approx(1.0) and values[1] is not None and values[2] is not None
    assert values[1] < values[2] < 0.5, "a part of it is right, and short"


def test_muldimif_s_constraints_are_checked(tmp_path: Path) -> None:
    stated = [["Length", "Words", "at most five words"], ["Content", "Punctuation", "end with a period"],
              ["Content", "Keywords", "the keyword 'gold' in each section"]]
    found = scored(tmp_path, "", [talk(("T", "All is said"), stated=stated)],
                   imports="import std.rubrics.muldimif as muldimif", name="muldimif.Kept(talk.stated)",
                   fields="stated: List[List[Text]]")
    assert found.dialogues[0].values == {"satisfied": 0.5, "all_satisfied": 0.0, "content": 0.0, "format": None,
                                         "language": None, "length": 1.0, "unread": 1.0}


# ---------------------------------------------------------------- what is anonymised reaches no judge


LESSON = """WEBVTT

00:01.000 --> 00:04.000
<v Ms Ruiz>Good morning, I am Ms Ruiz of Hill Park School. Tamika?

00:05.000 --> 00:08.000
<v Tamika Obi>Hi ms ruiz, Tamika Obi here, 3 apples! So Farid said 12 + 30. Call 555-123-4567.

00:09.000 --> 00:11.000
<v Jo>TAMIKA is right, my mail is jo@mail.example.
"""
PRIVATE = ("ruiz", "hill park", "tamika", "obi", "farid", "jo@mail", "555", "4567", "mail.example")


def test_no_request_to_a_judge_holds_a_name(tmp_path: Path) -> None:
    file = tmp_path / "Ruiz_monday.vtt"
    file.write_text(LESSON.replace("<v Ms Ruiz>", "<v T>"), encoding="utf-8")
    asks = 'criterion kind weight 0 scale hpc.Grade5 by judge { ask: "Is it kind? {{ talk.id }} {{ turn.text }}" }'
    for kinds, want in (("anonymise: [names, schools, numbers]", False), ("", True)):
        judge = Judge()
        (tmp_path / f"{want}").mkdir()
        scored(tmp_path / f"{want}", f"rubric R on turn {{ {asks} }}", file, judge,
               imports="import std.rubrics.hpc as hpc", observe=kinds)
        asked = "\n".join(judge.asked).lower()
        assert [word for word in PRIVATE if (word in asked) != want] == []
        assert len(judge.asked) == 3 and "3 apples!" in asked and "12 + 30" in asked


def test_labels_that_the_command_names_go_before_those_of_the_program() -> None:
    text = PROGRAM.format(imports="", rubric="rubric R on dialogue { criterion one by code { score: 1 } }", name="R",
                          fields="", more="", observe="")
    of = compile.compile_source(Source("main.ped", text), compile.standard_library, "main").plan
    assert of is not None
    chosen = speakers.named(of, of.observes["heard"], {"Ms Ruiz": "teacher", "otherwise": "student", "T": "student"})
    assert (chosen.speakers, chosen.otherwise) == ({"T": "student", "Ms Ruiz": "teacher"}, "student")
    assert isinstance(chosen, plan.Observe)


# ---------------------------------------------------------------- on real records


def records(name: str) -> Path:
    if not os.environ.get("PEDALANG_DATA"):
        pytest.skip(f"PEDALANG_DATA does not name a folder with {name}")
    return Path(os.environ["PEDALANG_DATA"]) / name


def test_the_share_of_words_repeated_on_rated_exchanges(tmp_path: Path) -> None:
    """A line of the file is an exchange; the first forty."""
    rows = list(csv.DictReader(records("uptake/uptake_data.csv").open(encoding="utf-8")))[:40]
    found = scored(tmp_path, "rubric R on turn { criterion repeated by code { when: turn.speaker == \"teacher\" and "
                   "previous != none  score: if previous == none then 0 else overlap(previous.text, turn.text) ?? 0 "
                   "} }",
                   [talk(("S", row["student_text"]), ("T", row["teacher_text"])) for row in rows])
    high = [one.values["repeated"] or 0 for one, row in zip(found.dialogues, rows, strict=True)
            if float(row["uptake"] or 0) > 1]
    low = [one.values["repeated"] or 0 for one, row in zip(found.dialogues, rows, strict=True)
           if float(row["uptake"] or 0) <= 1]
    assert sum(high) / len(high) > sum(low) / len(low)


def test_released_solutions_state_the_final_answers(tmp_path: Path) -> None:
    """The last line of a reference solution of MathTutorBench is its answer, and the solution states it."""
    rows = json.loads(records("mathtutorbench/mathdial_bridge.json").read_text(encoding="utf-8"))
    told = [talk(("S", "So?"), ("T", row["reference_solution"].rsplit("\n", 1)[0]),
                 answer=row["reference_solution"].rsplit("\n", 1)[1].strip()) for row in rows[:60]]
    found = scored(tmp_path, "", told, imports=TASKS, name="tasks.FinalAnswer(talk.answer)", fields="answer: Text")
    share = found.measures["final_answer"].value
    assert share is not None and share > 0.9
