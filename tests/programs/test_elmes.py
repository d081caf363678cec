"""The four scenarios of ELMES: they compile, play and are scored, and the veto is what its page says."""

from __future__ import annotations

from pathlib import Path

import pytest

import pedalang
from pedalang import api, plan
from pedalang.compiler import compile
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import run
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.study import score

PROGRAMS = Path(__file__).parents[2] / "programs"
SAID = {
    "guided_solving": ["What do we know?", "Six necklaces.", "So?", "16 are left.", "Well found.\n<end>"],
    "explaining": ["", "A half is a piece. " * 20 + "Which is larger?"],
    "lesson_plan": ["", "Objectives\nActivities\nDifferentiation\nAssessment\nMaterials\nTime"],
    "story_problems": ["", "**Question:** How many?\nAnswer: 3\nExplanation: 1 + 2"],
}
CRITERIA = {"guided_solving": 14, "explaining": 10, "lesson_plan": 16, "story_problems": 6}
DIALOGUES = {"guided_solving": 15, "explaining": 6, "lesson_plan": 6, "story_problems": 6}


def best(request: Request) -> Reply:
    """The highest mark, without probabilities."""
    (picked,) = {"very good", "10"} & set(request.choices)
    return Reply(picked, request.choices.index(picked))


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_scenario_is_played_and_scored(name: str, tmp_path: Path) -> None:
    of = pedalang.compile(PROGRAMS / name / "main.ped")
    chosen: plan.Run | plan.Matrix = (of.runs | of.matrices)["main"]
    told = api.work_items(of, chosen, api.sources(of, PROGRAMS / name, {}))
    assert len(told.params) == DIALOGUES[name]
    flow = of.flows[chosen.flow]
    engine = scripted.from_patterns({"*": SAID[name]})
    run.run(of, "main", told.params[:1], dict.fromkeys(flow.cast, engine), seed=0, folder=tmp_path)
    _, events = api.reopen_run(tmp_path)
    (ending,) = events.endings()
    assert (ending.why, [verdict.kept for verdict in ending.verdicts]) == ("final", [True] * len(ending.verdicts))
    judge = scripted.from_function(best)
    found = score.score(of, events, chosen.score, judge)
    (dialogue,) = found.dialogues
    assert len(found.measures) == CRITERIA[name] + 1
    assert dialogue.total == pytest.approx(1.0 if name != "guided_solving" else 15 / 17)


@pytest.mark.parametrize(("speaker", "text", "out"), [
    ("student", "Let me guide you.\nWhat is 3 + 4?", True),
    ("student", "I think so.\n**Teacher:** Well done.", True),
    ("teacher", "Good.\nStudent: I see!", True),
    ("teacher", "Student: I see!", True),
    ("student", "My teacher: she said 7.", False),
    ("teacher", "Let me guide you.", False),
    ("student", "Is it 7?", False),
])
def test_the_veto_sees_what_words_decide(speaker: str, text: str, out: bool) -> None:
    of = compile.compile_text(f'''
import std.rubrics.elmes as elmes
student S {{ act a {{ say: ["x"] }} }}
flow f(text: Text) {{ cast s: S  phase one final {{ turn s }} }}
rubric R {{ criterion c by code {{ score: elmes.out_of_role(text, "{speaker}") }} }}
type T {{ text: Text }}
''').plan
    assert of is not None
    (criterion,) = of.rubrics["R"].criteria
    assert criterion.score is not None
    assert Evaluator()(criterion.score, {"text": text}) is out


def test_each_level_of_each_criterion_says_what_it_means() -> None:
    for name in SAID:
        for rubric in pedalang.compile(PROGRAMS / name / "main.ped").rubrics.values():
            for criterion in rubric.criteria:
                if criterion.judge is not None:
                    texts = [level.text for level in criterion.judge.levels]
                    assert all(texts), criterion.name
                    assert len(set(texts)) == len(texts), criterion.name
