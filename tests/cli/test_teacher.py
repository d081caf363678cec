"""`ped train` with a teacher: what is asked once and kept, what is learnt, how far it is from teacher and people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

PROGRAM = """
type Line { text: Text  label: Text?  problem: Text }
dataset lines from "lines.csv" as Line { licence: "CC0-1.0" }
scale Kind nominal {
  level 1 "asks": "It asks how."
  level 2 "tells": "It says the answer."
}
scale Depth ordinal {
  level 0 "none": "No reason."
  level 1 "some": "A reason."
  level 2 "full": "A reason that holds."
}
classifier kind from lines {
  reads: { text: row.text }
  label: row.label
  scale: Kind
  teacher: { ask: "What does this do: {{ row.text }}", orders: 2 }
  group: row.problem
  folds: 3
  method: tfidf(c: 100)
  measures: { f1: macro_f1 }
}
classifier depth from lines {
  reads: { text: row.text, long: words(row.text) }
  scale: Depth
  teacher: { ask: "How deep is this: {{ row.text }}" }
  group: row.problem
  folds: 3
  measures: { rank: spearman }
}
"""
TEXTS = [f"{'how do you get' if at % 2 else 'the answer is'} {('this', 'that', 'both')[at % 3]} so" for at in range(60)]
PEOPLE = ["asks" if at % 2 else "tells" for at in range(60)]


def written(folder: Path, teacher: list[str]) -> tuple[str, ...]:
    """The data, a script of what the teacher says of each row, and the command that trains by them."""
    (folder / "main.ped").write_text(PROGRAM)
    (folder / "lines.csv").write_text("text,label,problem\n" + "".join(
        f"{text},{PEOPLE[at] if at % 5 else ''},p{at % 11}\n" for at, text in enumerate(TEXTS)))
    said = {f"{at}/*judge.kind*": each for at, each in enumerate(teacher)}
    deep = {f"{at}/*judge.depth*": ("full", "some", "none")[at % 3] for at in range(60)}
    (folder / "teacher.json").write_text(json.dumps({**said, **deep}))
    return "train", "main.ped", "--teacher", "scripted:teacher.json", "--out", "kept"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_classifier_learns_what_its_teacher_says_and_is_held_against_people(tmp_path: Path, ped: Any) -> None:
    found = ped(*written(tmp_path, PEOPLE), "--json").json["classifiers"]
    kind, taught = found["kind"], found["kind"]["taught"]
    assert kind["measures"]["f1"]["value"] == 1.0 and (kind["n"], taught["people"]) == (60, 48)
    assert taught["with_people"]["f1"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 48, "missing": 12}
    assert taught["teacher_with_people"] == taught["with_people"] and taught["apart"]["f1"]["value"] == 0
    assert taught["requests"] == 12, "six texts, in two orders each"
    near = [step["to_teacher"]["value"] for step in taught["curve"]]
    assert near[-1] == min(near) and taught["hacked"] is None
    assert [step["learnt_from"] for step in taught["curve"]] == sorted(step["learnt_from"] for step in taught["curve"])
    depth = found["depth"]
    assert depth["measures"]["rank"]["value"] > 0.9 and depth["taught"]["people"] == 0
    assert depth["taught"]["with_people"]["rank"]["value"] is None
    artefact = json.loads((tmp_path / "kept/kind/artefact.json").read_text())
    assert artefact["data"]["teacher"] == taught["labels"] and artefact["content"]["classifier"]["teacher"]


def test_what_a_teacher_has_said_is_not_asked_again(tmp_path: Path, ped: Any) -> None:
    command = (*written(tmp_path, PEOPLE), "kind")
    first = ped(*command)
    assert "taught by scripted:" in first.out and "12 questions asked now" in first.out, first.out
    assert "kind: 6 of 6 examples labelled" in first.err
    labels = tmp_path / "kept/kind.labels.jsonl"
    kept, whole = (tmp_path / "kept/kind/artefact.json").read_bytes(), labels.read_bytes()
    assert "0 questions asked now" in ped(*command).out
    labels.write_bytes(b"\n".join(whole.splitlines()[:4]) + b"\n" + whole.splitlines()[4][:30])  # killed while it wrote
    assert "4 questions asked now" in ped(*command).out
    assert labels.read_bytes() == whole and (tmp_path / "kept/kind/artefact.json").read_bytes() == kept
    labels.write_text('{"asked": 3}\n')
    assert "error[PED1370]" in ped(*command).err


def test_a_student_that_learns_its_teacher_s_faults_is_told(tmp_path: Path, ped: Any) -> None:
    """The teacher takes every third text for the other kind: the more is learnt from it, the farther from people."""
    wrong = {"asks": "tells", "tells": "asks"}
    command = written(tmp_path, [label if at % 3 else wrong[label] for at, label in enumerate(PEOPLE)])
    outcome = ped(*command, "kind", "--json")
    taught = outcome.json["classifiers"]["kind"]["taught"]
    assert "warning[PED1371]" in outcome.err
    assert taught["hacked"]["to_teacher"]["value"] < 0 < taught["hacked"]["to_people"]["low"]
    assert taught["hacked"]["learnt_from"] < taught["curve"][-1]["learnt_from"]
    assert taught["with_people"]["f1"]["value"] < outcome.json["classifiers"]["kind"]["measures"]["f1"]["value"]
    assert outcome.code == 0


def test_a_teacher_that_answers_nothing_is_told_as_its_engine_is(tmp_path: Path, ped: Any) -> None:
    written(tmp_path, PEOPLE)
    assert "error[PED1101]" in ped("train", "main.ped", "--teacher", "nobody:").err
