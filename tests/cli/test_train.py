"""`ped train`: what it tells, what it keeps, and how a run uses what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

PROGRAM = """
type Line { text: Text  label: Text?  problem: Text }
dataset lines from "lines.csv" as Line { licence: "CC0-1.0" }
classifier kind from lines {
  reads: { text: row.text, long: words(row.text) }
  label: row.label
  labels: [asks, tells]
  group: row.problem
  folds: 3
  measures: { f1: macro_f1 }
  baseline: { long: words(row.text) }
}
classifier length from lines {
  reads: { text: row.text }
  label: words(row.text)
  scale: 0..20
  group: row.problem
  measures: { rank: spearman }
  baseline: words(row.text)
}
move ask for teacher { say: ["how did you get that"] }
role Tutor(line: Line) { moves: [ask] }
student Learner(line: Line) { act answers { say: ["so"] } }
flow lesson(line: Line) {
  cast teacher: Tutor(line)
  cast student: Learner(line)
  phase work max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
rubric Talk on turn {
  criterion asked by model { when: turn.speaker == "teacher"  uses: kind
                             reads: { text: turn.text, long: words(turn.text) }  desired: asks }
}
run demo { flow: lesson  data: lines.sample(2, seed: 1)  score: Talk }
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.ped").write_text(PROGRAM)
    (tmp_path / "lines.csv").write_text("text,label,problem\n" + "".join(
        f"{'how do you get' if at % 2 else 'the answer is'} {'that' * (at % 3)} {at},{'asks' if at % 2 else 'tells'},"
        f"p{at % 7}\n" for at in range(42)))
    (tmp_path / "other.csv").write_text("text,label,problem\nhow do you get it,asks,q\nthe answer is 3,tells,r\n"
                                        "so what,,r\nwell,praises,q\n")
    return tmp_path


def test_each_measure_stands_beside_the_baseline_s(program: Path, ped: Any) -> None:
    found = ped("train", "main.ped", "--out", "kept", "--json").json
    assert found["ok"] and found["version"] == 1
    assert set(found["measures"]) == set(found["baseline"]) == set(found["difference"]) == {"f1", "rank"}
    assert found["measures"]["f1"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 42, "missing": 0}
    assert found["baseline"]["rank"]["value"] == pytest.approx(1.0)
    assert found["classifiers"]["kind"]["confusion"] == [[21, 0], [0, 21]]
    assert found["classifiers"]["kind"]["folder"] == "kept/kind"
    text = ped("train", "main.ped", "kind", "--out", "again")
    assert "kind by tfidf: 42 examples in 7 groups, in 3 folds that part no group" in text.out
    assert "baseline: `long` by tfidf" in text.out and "kept: again/kind" in text.out
    for name in ("artefact.json", "weights.safetensors"):
        assert (program / "again/kind" / name).read_bytes() == (program / "kept/kind" / name).read_bytes()


def test_other_records_are_measured_and_what_lacks_a_label_is_counted(program: Path, ped: Any) -> None:
    outcome = ped("train", "main.ped", "kind", "--test", "lines=other.csv", "--json")
    of = outcome.json["classifiers"]["kind"]
    assert of["measures"]["f1"]["value"] == 1.0 and (of["n"], of["measures"]["f1"]["missing"]) == (2, 2)
    assert of["missing"] == {"no label": 1, "the label `praises` is none of those that are told apart": 1}
    assert [*program.glob("trained/*-1/kind/artefact.json")]


def test_rows_that_make_no_record_are_left_out_and_counted(program: Path, ped: Any) -> None:
    lines = [f'{{"text": "how do you get {at}", "label": "{("asks", "tells")[at % 2]}", "problem": "p{at % 5}"}}'
             for at in range(20)]
    (program / "odd.jsonl").write_text("\n".join([*lines, '{"text": null, "label": "asks", "problem": "p"}', "{}"]))
    of = ped("train", "main.ped", "kind", "--data", "lines=odd.jsonl", "--json").json["classifiers"]["kind"]
    assert (of["n"], of["measures"]["f1"]["missing"]) == (20, 2)
    assert all(why.startswith("a row cannot be used: ") for why in of["missing"])


def test_what_cannot_be_trained_is_told(program: Path, ped: Any) -> None:
    assert "PED1403" in ped("train", "main.ped", "kinds").err
    assert "PED1407" in ped("train", "main.ped", "--test", "rows=other.csv").err
    (program / "one.csv").write_text("text,label,problem\nhow,asks,q\n")
    outcome = ped("train", "main.ped", "kind", "--data", "lines=one.csv")
    assert outcome.code == 1 and "error[PED1302]: `kind` has nothing to tell apart" in outcome.err


def test_a_run_uses_what_is_brought_and_nothing_else(program: Path, ped: Any) -> None:
    run = ("run", "main.ped", "--engine", "random:")
    assert "error[PED1307]" in ped(*run, "--out", "none").err
    ped("train", "main.ped", "kind", "--out", "kept")
    outcome = ped(*run, "--trained", "kept", "--out", "one", "--json")
    assert outcome.json["measures"]["asked"]["value"] > 0.5
    assert ped("report", "one", "--json").json["measures"] == outcome.json["measures"]
    ped("train", "main.ped", "kind", "--data", "lines=other.csv", "--out", "kept")
    assert "error[PED1306]" in ped("report", "one").err
    (program / "main.ped").write_text(PROGRAM.replace("labels: [asks, tells]", "labels: [asks, praises]"))
    assert "error[PED1305]" in ped(*run, "--trained", "kept", "--out", "two").err
