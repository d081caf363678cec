"""A rubric as a metric of DSPy's: the score that a run has, with feedback where an optimizer asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dspy
import pytest

import pedalang
from pedalang import api
from pedalang.runtime.engines import scripted
from pedalang.runtime.errors import EngineError, RunError
from tests.study.prompting.conftest import PROGRAM, answer

FRACTIONS = Path(__file__).parents[3] / "programs" / "fractions" / "main.ped"


def examples(count: int) -> list[dspy.Example]:
    return [dspy.Example(sum={"a": 2 + n, "b": 3}, episode=n).with_inputs("sum", "episode") for n in range(count)]


def test_it_is_the_score_of_a_run(tmp_path: Path) -> None:
    folder = pedalang.run(FRACTIONS, "demo", limit=3, engine="random:", seed=3, folder=tmp_path / "run")
    rows = pedalang.score(folder).dialogues
    program = pedalang.load(FRACTIONS, run="demo", engine="random:")
    metric = pedalang.metric(FRACTIONS, "Lesson")
    solved = pedalang.metric(FRACTIONS, "Lesson", criterion="solved")
    _, events = api.read_run(folder)
    for row, episode in zip(rows, events.episodes(), strict=True):
        told = program(**episode.item, seed=3, episode=episode.episode)
        example = dspy.Example(**episode.item)
        assert metric(example, told) == row.total
        assert solved(example, told) == row.values["solved"]
    events.close()
    program.close()


def test_evaluate_and_gepa_take_it() -> None:
    program = pedalang.load(PROGRAM, flow="lesson", engine=scripted.from_function(answer))
    metric = pedalang.metric(PROGRAM, "Outcome")
    evaluate = dspy.Evaluate(devset=examples(4), metric=metric, num_threads=2)
    before = evaluate(program).score
    optimizer = dspy.GEPA(metric=metric, max_metric_calls=30, instruction_proposer=proposed, num_threads=2, seed=1)
    better: Any = optimizer.compile(program, trainset=examples(4), valset=examples(4))
    assert evaluate(better).score > before
    assert "Ask how" in better.teacher_speech.signature.instructions
    program.close()


def proposed(candidate: dict[str, str], reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
             components_to_update: list[str]) -> dict[str, str]:
    for name in components_to_update:
        for each in reflective_dataset[name]:
            first, second, *_ = each["Feedback"].splitlines()
            assert first.startswith("In turn ")
            assert "teacher said" in first
            assert second.startswith(("student then said: ", "No student said anything"))
    return {name: f"{candidate[name]} Ask how." for name in components_to_update}


def test_feedback_on_the_whole_dialogue() -> None:
    program = pedalang.load(PROGRAM, flow="lesson", engine=scripted.from_function(lambda _: "Go on."))
    (example,) = examples(1)
    told = program(**example.inputs(), seed=1)
    said = pedalang.metric(PROGRAM, "Outcome").explained(example, told)
    assert said.score == pedalang.metric(PROGRAM)(example, told)
    assert "a soft rule was broken in turn" in said.feedback
    program.close()


def test_what_cannot_be_a_metric_says_so() -> None:
    with pytest.raises(RunError, match=r"PED1333.*no criterion `solve`"):
        pedalang.metric(PROGRAM, "Outcome", criterion="solve")
    with pytest.raises(RunError, match="PED1403"):
        pedalang.metric(PROGRAM, "Outcom")


def test_a_missing_score_is_not_nought() -> None:
    program = pedalang.load(FRACTIONS, run="demo", engine="random:")
    told = program(problem={"id": "p", "a": "1/2", "b": "1/3"}, seed=1)
    metric = pedalang.metric(FRACTIONS, "Judged", criterion="contingency",
                             judge=scripted.from_function(lambda request: EngineError("PED1104", "no key")))
    with pytest.raises(RunError, match="PED1334"):
        metric(dspy.Example(), told)
    program.close()
