"""The programs that train classifiers on records of others: each is above its plain baseline on the same folds, or on
records that it has not learnt from. A part of the records in each run of the tests; all of them behind `-m full`, whose
figures are in docs/benchmarks/scores.md.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pedalang.cli import main

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("PEDALANG_DATA", "."))
DIMENSIONS = ("mistake_identification", "mistake_location", "providing_guidance", "actionability")

pytest.importorskip("sklearn", reason="classifiers are trained with scikit-learn")
pytestmark = pytest.mark.skipif("PEDALANG_DATA" not in os.environ, reason="PEDALANG_DATA names no folder of records")


def ped(*arguments: object) -> Any:
    told = CliRunner().invoke(main, [*(str(each) for each in arguments), "--json"], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def trained(folder: Path, name: str, *more: str, of: str | None = None) -> Any:
    """What `ped train` tells of a program, or of one of its classifiers."""
    program = ROOT / "programs" / name / "main.ped"
    return ped("train", program, *([of] if of else []), *more, "--out", folder / "kept")


def above(told: Any, *measures: str) -> None:
    """Each measure is above the baseline's by a positive interval."""
    for name in measures:
        assert told["difference"][name]["low"] > 0, (name, told["measures"][name], told["baseline"][name])


def part(folder: Path, source: Path, number: int, first: int = 0) -> Path:
    """Some of the rows of a file, in a file of the same kind."""
    path = folder / f"{first}{source.suffix}"
    if source.suffix == ".json":
        path.write_text(json.dumps(json.loads(source.read_text(encoding="utf-8"))[first:first + number]))
    else:
        head, *rows = source.read_text(encoding="utf-8").splitlines(keepends=True)
        rows, head = (rows, head) if source.suffix == ".csv" else ([head, *rows], "")
        path.write_text(head + "".join(rows[first:first + number]))
    return path


# ---------------------------------------------------------------- a part of the records


def test_moves_are_told_from_words_on_other_dialogues(tmp_path: Path) -> None:
    source = DATA / "mathdial/dialogues.jsonl"
    told = trained(tmp_path, "move_tagger", "--data", f"dialogues={part(tmp_path, source, 30)}",
                   "--test", f"dialogues={part(tmp_path, source, 20, 30)}", of="move")
    for name in ("macro_f1_4", "macro_f1_3"):
        assert told["measures"][name]["value"] > told["baseline"][name]["value"]
    assert told["measures"]["macro_f1_4"]["n"] > 90


def test_moves_are_learnt_from_what_a_teacher_says(tmp_path: Path) -> None:
    """A teacher that says what people did: the classifier then agrees with people as it does with the teacher."""
    records = part(tmp_path, DATA / "mathdial/dialogues.jsonl", 12)
    spoken = [json.loads(line)["conversation"].split("|EOM|") for line in
              records.read_text(encoding="utf-8").splitlines()]
    said = {f"{row}/{at}/*": turn.partition("(")[2].partition(")")[0] for row, turns in enumerate(spoken)
            for at, turn in enumerate(turns) if turn.startswith("Teacher")}
    (tmp_path / "teacher.json").write_text(json.dumps(said))
    program = ROOT / "programs/move_tagger/taught.ped"
    told = ped("train", program, "--data", f"dialogues={records}", "--out", tmp_path / "kept", "--teacher",
               f"scripted:{tmp_path / 'teacher.json'}")
    taught = told["classifiers"]["taught_move"]["taught"]
    assert taught["teacher_with_people"]["taught_f1"]["value"] == 1.0 and taught["people"] == len(said)
    assert taught["with_people"]["taught_f1"]["value"] == told["measures"]["taught_f1"]["value"] > 0.3
    assert taught["hacked"] is None


def test_replies_are_judged_by_the_dialogue_too(tmp_path: Path) -> None:
    records = part(tmp_path, DATA / "mrbench/mrbench_v3_dev.json", 24)
    told = trained(tmp_path, "mrbench_judge", "--data", f"responses={records}", of="providing_guidance")
    name = "exact_f1_providing_guidance"
    assert told["measures"][name]["value"] > told["baseline"][name]["value"]
    assert told["measures"][name]["n"] == sum(len(each["tutor_responses"]) for each in json.loads(records.read_text()))


def test_uptake_is_more_than_words_in_common(tmp_path: Path) -> None:
    records = part(tmp_path, DATA / "uptake/uptake_data.csv", 300)
    told = trained(tmp_path, "uptake_meter", "--data", f"exchanges={records}")
    assert told["measures"]["spearman"]["value"] > told["baseline"]["spearman"]["value"] > 0.3


def test_short_answers_are_graded(tmp_path: Path) -> None:
    for each in ("training", "unseen_answers"):
        (tmp_path / each).mkdir()
        for file in ("8.2_MM.xml", "10.3_TC.xml"):
            shutil.copy(DATA / "saf" / each / "english" / file, tmp_path / each / file)
    told = trained(tmp_path, "open_answer_grader", "--data", f"answers={tmp_path / 'training'}",
                   "--test", f"answers={tmp_path / 'unseen_answers'}")
    assert told["classifiers"]["verdict"]["trained_on"] > 140
    assert told["measures"]["macro_f1"]["value"] > told["baseline"]["macro_f1"]["value"]


# ---------------------------------------------------------------- what people said, tutor by tutor

DESIRED = {
    "mistake_identification": ("Mistake_Identification", "Yes"), "mistake_location": ("Mistake_Location", "Yes"),
    "revealing": ("Revealing_of_the_Answer", "No"), "providing_guidance": ("Providing_Guidance", "Yes"),
    "actionability": ("Actionability", "Yes"), "coherence": ("Coherence", "Yes"),
    "tone": ("Tutor_Tone", "Encouraging"), "humanlikeness": ("humanlikeness", "Yes")}
RATES = {
    "Expert": (86, 80.23, 74.42, 96.51, 76.74, 77.91, 86.05, 18.60, 95.35),
    "GPT4": (86, 97.67, 93.02, 58.14, 84.88, 58.14, 97.67, 36.05, 90.70),
    "Gemini": (86, 90.70, 69.77, 93.02, 67.44, 74.42, 87.21, 40.70, 93.02),
    "Llama31405B": (86, 95.35, 86.05, 82.56, 81.40, 76.74, 94.19, 17.44, 93.02),
    "Llama318B": (86, 82.56, 55.81, 79.07, 48.84, 46.51, 82.56, 16.28, 96.51),
    "Mistral": (86, 95.35, 81.40, 93.02, 67.44, 80.23, 90.70, 13.95, 95.35),
    "Novice": (25, 44.00, 12.00, 100.00, 4.00, 4.00, 64.00, 40.00, 32.00),
    "Phi3": (86, 27.91, 25.58, 76.74, 19.77, 12.79, 39.53, 41.86, 52.33),
    "Sonnet": (86, 90.70, 77.91, 97.67, 72.09, 66.28, 93.02, 60.47, 100.00)}
"""Replies of each tutor in the part of V1 that has 86 dialogues, and the share of desired labels in percent, counted
outside of pedalang."""


def rates(folder: Path, records: Path) -> dict[tuple[str, str], tuple[int, float]]:
    program = ROOT / "programs/mrbench_judge/main.ped"
    told = ped("observe", program, "--data", f"responses={records}", "--out", folder / "rates")
    assert told["table"]["percent"]
    return {(entry["row"][0], entry["column"][0]): (entry["estimate"]["n"], round(100 * entry["estimate"]["value"], 2))
            for entry in told["table"]["entries"]}


def counted(records: Path) -> dict[tuple[str, str], tuple[int, float]]:
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for dialogue in json.loads(records.read_text(encoding="utf-8")):
        for tutor, reply in dialogue["anno_llm_responses"].items():
            for name, (key, label) in DESIRED.items():
                found[tutor, name].append(reply["annotation"][key] == label)
    return {place: (len(each), round(100 * sum(each) / len(each), 2)) for place, each in found.items()}


def test_rates_of_desired_labels_are_those_that_are_counted(tmp_path: Path) -> None:
    records = part(tmp_path, DATA / "mrbench/mrbench_v1.json", 8)
    told = CliRunner().invoke(main, ["observe", str(ROOT / "programs/mrbench_judge/main.ped"), "--data",
                                     f"responses={records}", "--out", str(tmp_path / "rates")])
    lines = [line.split() for line in told.stdout.splitlines()]
    printed = {(line[0], line[1]): (int(line[-1]), float(line[2])) for line in lines if len(line) == 7
               and line[1] in DESIRED}
    assert printed == counted(records) and len(printed) > 50, told.output


@pytest.mark.full
def test_rates_of_all_records(tmp_path: Path) -> None:
    records = DATA / "mrbench/mrbench_v1.json"
    assert len(json.loads(records.read_text(encoding="utf-8"))) == 86, "the values below are those of 86 dialogues"
    told = rates(tmp_path, records)
    expected = {(tutor, name): (number, value) for tutor, (number, *values) in RATES.items()
                for name, value in zip(DESIRED, values, strict=True)}
    assert {place: told[place] for place in expected} == expected == counted(records)


# ---------------------------------------------------------------- all records


@pytest.mark.full
def test_moves_of_all_dialogues(tmp_path: Path) -> None:
    told = trained(tmp_path, "move_tagger", "--data", f"dialogues={DATA / 'mathdial/dialogues.jsonl'}")
    above(told, "macro_f1_4", "macro_f1_3", "macro_f1_next", "macro_f1_next_after_moves")


@pytest.mark.full
def test_moves_from_the_states_of_a_language_model(tmp_path: Path) -> None:
    """A head on frozen states; above the plain recipe on the same folds."""
    pytest.importorskip("torch", reason="torch is not installed")
    told = ped("train", ROOT / "programs/move_tagger/frozen.ped", "--data",
               f"dialogues={DATA / 'mathdial/dialogues.jsonl'}", "--out", tmp_path / "kept")
    above(told, "macro_f1_4", "macro_f1_3")


@pytest.mark.full
def test_labels_of_all_replies(tmp_path: Path) -> None:
    told = trained(tmp_path, "mrbench_judge", "--data", f"responses={DATA / 'mrbench/mrbench_v3_dev.json'}")
    above(told, *(f"exact_f1_{each}" for each in DIMENSIONS))


@pytest.mark.full
def test_uptake_of_all_exchanges(tmp_path: Path) -> None:
    told = trained(tmp_path, "uptake_meter", "--data", f"exchanges={DATA / 'uptake/uptake_data.csv'}")
    above(told, "spearman")


@pytest.mark.full
def test_unseen_answers(tmp_path: Path) -> None:
    told = trained(tmp_path, "open_answer_grader", "--data", f"answers={DATA / 'saf/training/english'}",
                   "--test", f"answers={DATA / 'saf/unseen_answers/english'}")
    assert told["measures"]["macro_f1"]["value"] > 0.80
    above(told, "macro_f1")
