"""The numbers of the hand-written rule of `programs/fractions`, fitted to learners: what they are worth with others of
the same family, and with those of another one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pedalang.cli import main

PROGRAM = Path(__file__).parents[2] / "programs" / "fractions"
FITTED = """
dataset kin from "cases.jsonl" as Case {
  licence: "CC0-1.0"
  splits: { fit: 0..300, check: 300..380, apart: 380..500 }
}
optimize session as fitted {
  method: thresholds
  metric: Learning.worth
  reject: violates(Listening, hard)
  SETS
  tune: [Coach.thresholds]
}
"""


def fitted(tmp_path: Path, sets: str, dialogues: int) -> dict[str, Any]:
    """What fitting came to, with sets of problems."""
    shutil.copytree(PROGRAM, tmp_path / "fractions")
    file = tmp_path / "fractions" / "choosing.ped"
    file.write_text(file.read_text(encoding="utf-8") + FITTED.replace("SETS", sets), encoding="utf-8")
    told = CliRunner().invoke(main, ["optimize", str(file), "fitted", "--engine", "random:", "--json", "--out",
                                     str(tmp_path / "out")], catch_exceptions=False)
    found = json.loads(told.stdout)
    for each in found["candidates"]:
        print(each["number"], each["how"], round(each["score"]["value"], 3))
    test = found["test"]
    print({name: round(test[name]["score"]["value"], 3) for name in ("written", "tuned")})
    print({name: round(test["difference"][name], 3) for name in ("value", "low", "high")})
    assert found["best"] > 0 and test["difference"]["n"] == dialogues
    assert test["tuned"]["broken_hard"] == test["written"]["broken_hard"] == 0
    return test["difference"]


@pytest.mark.full
def test_fitted_numbers_are_not_worth_less_with_learners_of_the_same_family(tmp_path: Path) -> None:
    found = fitted(tmp_path, "trainset: kin.fit\n  devset: kin.check\n  testset: kin.apart", 120)
    assert found["value"] > 0 and found["low"] > -0.01


@pytest.mark.full
def test_nothing_is_claimed_of_fitted_numbers_with_learners_of_another_family(tmp_path: Path) -> None:
    found = fitted(tmp_path, "trainset: cases.learn\n  devset: cases.check\n  testset: cases.exam", 200)
    assert found["low"] < 0 < found["high"]
