"""`ped judge audit`: a table and one object, of a run and of recorded dialogues."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Ped
from tests.cli.test_judges import DEMO, judged

PLAYERS = ("--role", "teacher=random:", "--role", "student=random:")


def test_the_judges_of_a_run_are_audited(ped: Ped, folder: Path) -> None:
    judged(folder)
    ped("run", DEMO, "-n", "3", "--engine", "random:", "--out", "run")
    before = (folder / "run" / "scores.json").read_bytes()
    found = ped("judge", "audit", "run", "kind", "-n", "2", "--json").json["audits"]
    assert list(found) == ["kind"]
    assert list(found["kind"]["probes"]) == ["position", "pairs", "padding", "verbosity", "repeat", "own"]
    assert (found["kind"]["dialogues"], found["kind"]["judgements"]) == (2, 2)
    assert found["kind"]["probes"]["own"]["why"] == "the judge's own model speaks in all of these dialogues"
    assert (folder / "run" / "scores.json").read_bytes() == before
    table = ped("judge", "audit", "run").out
    assert [line.split(" (")[0] for line in table.splitlines() if line.startswith("judge")] == [
        "judge `kind`", "judge `clear`"]


def test_what_cannot_be_audited_is_said(ped: Ped, folder: Path) -> None:
    ped("run", DEMO, "-n", "1", "--engine", "random:", "--out", "plain")
    none = ped("judge", "audit", "plain")
    assert (none.code, "PED1244" in none.err) == (1, True)
    judged(folder)
    ped("run", DEMO, "-n", "1", "--engine", "random:", "--out", "run")
    wrong = ped("judge", "audit", "run", "kindd")
    assert (wrong.code, "did you mean `kind`" in wrong.err) == (2, True)
    assert ped("judge", "audit", "run", "--role", "teacher=random:").code == 2
