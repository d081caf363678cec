"""How many dialogues would show a difference, before any is played."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang.study import power
from tests.cli.conftest import Ped
from tests.cli.test_matrix import MAIN, duel, program

__all__ = ("program",)


def test_an_assumed_spread_gives_the_power_of_the_matrix(ped: Ped) -> None:
    duel()
    found = ped("power", MAIN, "duel", "--difference", "0.3", "--sd", "0.5", "--icc", "0.1", "--json").json
    assert found["design"] == {"dialogues": 45, "systems": 2, "counts": [3] * 7, "comparisons": 1}
    (only,) = found["power"]
    spread = power.Spread(0.5, 0.1)
    assert (only["measure"], found["comparisons"]) == ("solved", 1)
    assert only["power"] == pytest.approx(power.power(0.3, spread, [3] * 7))
    assert power.power(only["smallest"], spread, [3] * 7) == pytest.approx(0.8, abs=1e-6)
    assert power.power(0.3, spread, [3] * only["clusters"]) >= 0.8 > power.power(0.3, spread,
                                                                                  [3] * (only["clusters"] - 1))
    assert only["dialogues"] == -(-45 * only["clusters"] // 7)
    shown = ped("power", MAIN, "duel", "--difference", "0.3", "--sd", "0.5")
    assert "each two have 21 pairs in 7 clusters (sum)" in shown.out


def test_a_pilot_says_how_much_differences_vary(ped: Ped) -> None:
    duel()
    assert ped("run", MAIN, "duel", "--out", "pilot").code == 0
    (only,) = ped("power", MAIN, "--difference", "0.3", "--pilot", "pilot", "duel", "--json").json["power"]
    assert only["measure"] == "solved" and 0 < only["sd"] < 1.1 and 0 <= only["icc"] < 1
    few = ped("power", MAIN, "duel", "--difference", "0.3", "--pilot", "pilot", "-n", "3")
    assert "too few clusters" in few.out
    text = Path(MAIN).read_text(encoding="utf-8").replace("vary seed in 1..4", "vary seed in 1..2")
    Path(MAIN).write_text(text, encoding="utf-8")
    assert ped("run", MAIN, "duel", "--out", "thin").code == 0
    refused = ped("power", MAIN, "duel", "--difference", "0.3", "--pilot", "thin")
    assert (refused.code, "PED1451" in refused.err, "one pair in each cluster" in refused.err) == (1, True, True)
    assert ped("power", MAIN, "duel", "--difference", "0.3", "--pilot", "thin", "--icc", "0.3").code == 0


def test_what_is_no_pilot_and_no_comparison_is_refused(ped: Ped) -> None:
    duel()
    for more, code, status in ((("duel",), "PED1450", 2), (("duel", "--pilot", "none"), "PED1451", 1),
                               (("duel", "--pilot", "none", "--sd", "1"), "PED1450", 2),
                               (("grid", "--sd", "1"), "PED1452", 1)):
        refused = ped("power", MAIN, *more, "--difference", "0.2")
        assert (refused.code, code in refused.err) == (status, True), refused.err
    assert ped("run", MAIN, "plain", "--out", "plain").code == 0
    assert "do not say where they stand" in ped("power", MAIN, "duel", "--difference", "0.2", "--pilot", "plain").err
