"""`ped judge validate`: judges beside people, calibrated, and what stands beside their scores afterwards."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pedalang.cli import main
from tests.cli.conftest import Ped

pytest.importorskip("sklearn", reason="pip install 'pedalang[study]'")
pytest.importorskip("statsmodels", reason="pip install 'pedalang[study]'")
pytest.importorskip("krippendorff", reason="pip install 'pedalang[study]'")

PROGRAM = """
type Row { id: Int  lesson: Text  ann: Text?  ben: Text? }
dataset rows from "rows.jsonl" as Row { licence: "CC0-1.0"  transcripts: "jsonl" }
scale Extent ordinal { level 1 "no": "Not at all."  level 2 "partly": "In part."  level 3 "yes": "It does." }
role Tutor() { voice: "You teach." }
student Pupil() { act speaks { say: ["I do not know."] } }
flow reply(row: Row) {
  cast teacher: Tutor
  cast student: Pupil
  phase talk final { turn teacher }
}
rubric Both on dialogue {
  criterion helps weight 0 scale Extent by judge {
    ask: "Does it help?"
    agreement: { metric: quadratic_kappa, against: people }
  }
  criterion hurts weight 0 scale Extent by judge { ask: "Does it hurt?" }
  criterion others weight 0 scale Extent by human { rating: row.ann }
  criterion people weight 1 scale Extent by human { rating: { ann: row.ann, ben: row.ben } }
}
observe both { flow: reply  data: rows  speakers: { Tutor: teacher }  score: Both }
"""
ROWS = 36
DAY = ("--date", "2026-02-01")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program, dialogues that two people rated, a judge who often says the same as they, and its run; the record of
    its validation in `kept`."""
    made = tmp_path_factory.mktemp("validation") / "judged"
    made.mkdir()
    draw, rows, script = random.Random(1), [], {}
    for number in range(ROWS):
        true = draw.randrange(3)
        said = [true if draw.random() < 0.9 else draw.randrange(3) for _ in range(2)]
        names = ["no", "partly", "yes"]
        rows.append({"id": number, "lesson": f"lesson {number // 3}", "ann": names[said[0]],
                     "ben": names[said[1]] if number % 4 else None,
                     "turns": [{"speaker": "Tutor", "text": f"Reply {number}."}]})
        script[f"{number}/*"] = true if draw.random() < 0.85 else 2
    (made / "main.ped").write_text(PROGRAM)
    (made / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (made / "judge.json").write_text(json.dumps(script))
    with pytest.MonkeyPatch.context() as there:
        there.chdir(made)
        for words in (("observe", "main.ped", "--role", "judge=scripted:judge.json", "--out", "run"),
                      ("judge", "validate", "run", "helps", "--by", "lesson", *DAY, "--out", "kept")):
            outcome = CliRunner().invoke(main, words, catch_exceptions=False)
            assert outcome.exit_code == 0, outcome.stderr
    return made


@pytest.fixture
def here(judged: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    made = shutil.copytree(judged, folder / "judged")
    monkeypatch.chdir(made)
    return made


def observed(ped: Ped, out: str, *more: str, judge: str = "scripted:judge.json") -> None:
    outcome = ped("observe", "main.ped", "--role", f"judge={judge}", "--out", out, *more)
    assert outcome.code == 0, outcome.err


def test_a_judge_beside_people(ped: Ped, here: Path) -> None:
    found = ped("judge", "validate", "run", "helps", "--by", "lesson", *DAY, "--json").json["judges"]["helps"]
    assert (found["units"], found["groups"], found["raters"], found["missing"]) == (ROWS, 12, 2, 0)
    assert (found["figure"], found["date"], found["against"]) == ("quadratic_kappa", "2026-02-01", "people")
    for side in ("raw", "calibrated"):
        kappa = found[side]["figures"]["quadratic_kappa"]
        assert kappa["low"] < kappa["value"] < kappa["high"]
    assert found["calibrated"]["error"]["value"] < found["constant"]["value"]
    assert found["gain"]["high"] < 0
    assert found["people"]["n"] == ROWS - ROWS // 4
    assert sum(each["n"] for each in found["raw"]["curve"]) == ROWS
    assert found["raw"]["coverage"][0]["share"] == 1.0

    scores = json.loads((here / "run" / "scores.json").read_text())
    judge = scores["judges"]["helps"]
    assert judge["validated"] and judge["label"].startswith("validated: quadratically weighted kappa 0.")
    told = scores["dialogues"][0]["judged"]["helps"][0]
    assert told["value"] != told["calibrated"] == scores["dialogues"][0]["values"]["helps"]


def test_the_table_says_what_was_found(ped: Ped, here: Path) -> None:
    lines = ped("judge", "validate", "run", "helps", "--by", "lesson", *DAY).out.splitlines()
    assert lines[1] == f"beside people: {ROWS} units in 12 groups, rated by 2 people"
    assert lines[2].startswith("calibrated by ")
    assert any(line.startswith("quadratically weighted kappa") and line.count(" to ") == 2 for line in lines)
    assert lines[-1] == "report: run/report.html"
    assert "  validated: quadratically weighted kappa" in ped("report", "run").out
    page = (here / "run" / "report.html").read_text()
    assert "validated: quadratically weighted kappa" in page
    assert 'id="calibration"' in page
    assert 'aria-label="helps, what people say by what the judge says: raw ' in page
    assert 'aria-label="helps, quadratically weighted kappa by share of judgements kept: raw ' in page


def test_the_record_goes_with_another_run_of_the_same_question_and_model(ped: Ped, here: Path) -> None:
    observed(ped, "again", "--trained", "kept")
    judge = json.loads((here / "again" / "scores.json").read_text())["judges"]["helps"]
    assert judge["validated"] and judge["validation"]["date"] == "2026-02-01"
    assert not (here / "run" / "judges").exists()

    observed(ped, "other", "--trained", "kept", judge="random:")
    judge = json.loads((here / "other" / "scores.json").read_text())["judges"]["helps"]
    assert (judge["validated"], judge["validation"]) == (False, None)
    assert judge["label"].startswith("not validated: its record is of the model scripted:")

    (here / "main.ped").write_text(PROGRAM.replace("Does it help?", "Does it help at all?"))
    observed(ped, "asked", "--trained", "kept")
    judge = json.loads((here / "asked" / "scores.json").read_text())["judges"]["helps"]
    assert judge["label"] == "not validated: its record is of another question"


def test_what_was_used_has_to_stay_as_it_was(ped: Ped, here: Path) -> None:
    observed(ped, "again", "--trained", "kept")
    ped("judge", "validate", "run", "helps", "--date", "2026-02-02", "--out", "kept")
    outcome = ped("report", "again")
    assert (outcome.code, "PED1306" in outcome.err) == (1, True)


def test_ratings_may_come_from_a_file_and_a_judge_be_asked_again(ped: Ped, here: Path) -> None:
    observed(ped, "second", judge="random:")
    rows = "".join(f"{number},eva,{'yes' if number % 2 else 'no'}\n" for number in range(20))
    (here / "eva.csv").write_text(f"episode,rater,level\n{rows}99,eva,no\n")
    found = ped("judge", "validate", "run", "helps", "--ratings", "eva.csv", "--again", "second", *DAY, "--json").json
    judge = found["judges"]["helps"]
    assert (judge["units"], judge["missing"], judge["raters"], judge["against"]) == (20, 1, 1, "eva.csv")
    assert "eva.csv" in judge["data"]
    assert judge["itself"]["n"] == 20
    label = json.loads((here / "run" / "scores.json").read_text())["judges"]["helps"]["label"]
    assert label.startswith("not validated: no better than chance: ")


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (("people",), 2, "PED1470"), (("helps", "--against", "helps"), 2, "PED1471"),
    (("helps", "--by", "school"), 2, "PED1474"),
    (("--ratings", "bad.csv"), 2, "PED1473"), (("--ratings", "none.csv"), 1, "PED1319"),
    (("--ratings", "lost.csv"), 1, "PED0801"), (("--date", "today"), 2, "PED1404"),
    (("--ratings", "bad.csv", "--against", "people"), 2, "PED1404"), (("--again", "lost"), 2, "PED1475"),
])
def test_what_cannot_be_compared_says_why(ped: Ped, here: Path, arguments: tuple[str, ...], code: int,
                                          message: str) -> None:
    observed(ped, "few", "-n", "2")
    (here / "bad.csv").write_text("episode,rater,level\n0,eva,maybe\n")
    (here / "none.csv").write_text("episode,rater,level\n99,eva,no\n")
    outcome = ped("judge", "validate", "few", *arguments)
    assert (outcome.code, message in outcome.err) == (code, True), outcome.err


def test_judges_are_compared_one_after_the_other(ped: Ped, here: Path) -> None:
    observed(ped, "few", "-n", "6")
    outcome = ped("judge", "validate", "few", *DAY)
    assert (outcome.code, "PED1471" in outcome.err) == (2, True)
    for name in ("helps", "hurts"):
        assert ped("judge", "validate", "few", name, "--against", "others", *DAY).code == 0
    judges = json.loads((here / "few" / "scores.json").read_text())["judges"]
    assert [each["validation"]["against"] for each in judges.values()] == ["others", "others"]


def test_few_units_are_compared_and_not_calibrated(ped: Ped, here: Path) -> None:
    observed(ped, "few", "-n", "4")
    lines = ped("judge", "validate", "few", "helps", *DAY).out.splitlines()
    assert lines[2] == "not calibrated; 4 units in 4 groups are too few to choose by: 10 units in 3 groups are needed"
