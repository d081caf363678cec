"""`ped optimize`: what it tells while it searches and at the end, what it keeps, and how a run uses that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pedalang.overlay import Tuned, Voice
from pedalang.study import optimizers
from pedalang.study.tuning.task import Task
from tests.cli.conftest import Ped
from tests.study.tuning.patience import PROGRAM, written


def search(task: Task) -> None:
    task.tried(Tuned(thresholds={"teacher.policy.1.1": 1}), how="tell after 1")
    task.tried(Tuned(thresholds={"teacher.policy.1.1": 1}, voices={"teacher.speech": Voice("You ask.")}), how="shorter")


@pytest.fixture
def file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(optimizers, "load", lambda name: search)
    program = PROGRAM + "run demo { flow: lesson  data: sums.exam  score: Quick }\n"
    return written(folder / "patience", program)


def test_it_tells_how_it_gets_on_and_what_it_came_to(ped: Ped, file: Path) -> None:
    found = ped("optimize", file, "--engine", "random:", "--out", "out")
    assert found.code == 0, found.err
    assert found.err.splitlines() == [
        "better: thresholds on the flow lesson, 4 problems to learn from, 3 to try on; kept in out",
        "    0  0.250         as written", "+   1  0.500 +0.250  tell after 1", "    2  0.500 +0.250  shorter",
        "then the test, on 4 problems that no search has seen"]
    assert "3 candidates tried, " in found.out
    assert "best on the dev set: 1, tell after 1: Quick.total 0.500" in found.out
    assert "difference" in found.out and f"ped run {file} --tuned out/tuned" in found.out


def test_what_is_to_be_played_is_named(ped: Ped, file: Path) -> None:
    """The run of the flow that was tuned, where there are others; and that one is missing, where there is none."""
    def play(out: str) -> str:
        found = ped("optimize", file, "--engine", "random:", "--out", out)
        assert found.code == 0, found.err
        return found.out.splitlines()[-1].partition("play with it: ")[2]

    alone, run = file.read_text(encoding="utf-8").split("run demo")
    file.write_text(f"{alone}run other{run}run demo{run}", encoding="utf-8")
    assert play("two") == f"ped run {file} other --tuned two/tuned"
    file.write_text(alone, encoding="utf-8")
    assert play("none") == f"add a `run` of the flow `lesson`, then ped run {file} --tuned none/tuned"


def test_a_run_is_played_with_what_was_found(ped: Ped, file: Path) -> None:
    document = ped("optimize", file, "--engine", "random:", "--json").json
    assert document["ok"] and document["version"] == 1 and Path(document["out"]) == Path("tuned/patience-better-1")
    own = ped("run", file, "--engine", "random:", "--json").json["measures"]["total"]["value"]
    tuned = ped("run", file, "--engine", "random:", "--tuned", document["tuned"], "--json").json
    assert tuned["measures"]["total"]["value"] > own
    plan = json.loads((Path(tuned["run"]) / "plan.json").read_text(encoding="utf-8"))
    assert ped("run", "--resume", tuned["run"], "--json").json["measures"] == tuned["measures"]
    shown = ped("show", "plan", file, "--tuned", document["tuned"], "--json").json["plan"]
    assert shown["flows"] == plan["flows"]
    assert ped("show", "prompts", file, "--tuned", document["tuned"]).code == 0


def test_what_was_tuned_is_compared(ped: Ped, file: Path) -> None:
    for seed in "1", "2":
        assert ped("optimize", file, "--engine", "random:", "--seed", seed, "--out", f"out{seed}").code == 0
    found = ped("show", "diff", file, "out1")
    assert found.code == 1 and found.out == "\nteacher.policy.1.1\nstudent.stuck >= [-3-]{+1+}\n"
    assert ped("show", "diff", "out1", "out1/tuned").out == "the same\n"
    document = ped("show", "diff", "out1", "out2", "--json").json
    assert not document["same"] and document["made"]["seed"] == [1, 2] and document["changes"] == []
    both = ped("show", "diff", file, file)
    assert both.code == 1 and "error[PED1336]" in both.err
    page = Path("out1/tuning.html").read_text(encoding="utf-8")
    assert "student.stuck &gt;= <del>3</del><ins>1</ins>" in page and "<script" not in page


def test_what_does_not_fit_is_told(ped: Ped, file: Path) -> None:
    assert ped("optimize", file, "--engine", "random:", "--out", "out").code == 0
    file.write_text(file.read_text(encoding="utf-8").replace("You teach", "You never teach"), encoding="utf-8")
    for command in (("run", file, "--engine", "random:"), ("show", "plan", file)):
        found = ped(*command, "--tuned", "out/tuned")
        assert found.code == 1 and "error[PED1322]" in found.err
    assert "[PED1316]" in ped("run", file, "--tuned", "nowhere").err
    assert "[PED1404]" in ped("run", "--resume", "runs/x", "--tuned", "out/tuned").err


def test_what_was_stopped_is_told_how_to_go_on(ped: Ped, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(task: Task) -> None:
        search(task)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(optimizers, "load", lambda name: stopped)
        found = ped("optimize", file, "--engine", "random:", "--out", "out")
    assert found.code == 130
    assert f"ped optimize {file} better --engine random: --out out" in found.err
    assert ped("optimize", file, "--engine", "random:", "--out", "out").code == 0


def test_a_name_that_is_none_is_told(ped: Ped, file: Path) -> None:
    assert "[PED1403]" in ped("optimize", file, "wrose").err
    assert "[PED1403]" in ped("optimize", "first/main.ped").err
    assert "[PED1408]" in ped("optimize", file, "--role", "techer=random:").err
