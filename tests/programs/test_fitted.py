"""The numbers of the hand-written rule of `programs/fractions`, fitted to learners, on others that nobody has seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pedalang.cli import main

PROGRAM = Path(__file__).parents[2] / "programs" / "fractions"
FITTED = """
optimize session as fitted {
  method: thresholds
  metric: Learning.worth
  reject: violates(Listening, hard)
  trainset: cases.learn
  devset: cases.check
  testset: cases.exam
  tune: [Coach.thresholds]
}
"""


@pytest.mark.full
def test_fitted_numbers_are_worth_more_on_other_problems_and_learners(tmp_path: Path) -> None:
    shutil.copytree(PROGRAM, tmp_path / "fractions")
    file = tmp_path / "fractions" / "choosing.ped"
    file.write_text(file.read_text(encoding="utf-8") + FITTED, encoding="utf-8")
    told = CliRunner().invoke(main, ["optimize", str(file), "fitted", "--engine", "random:", "--json", "--out",
                                     str(tmp_path / "out")], catch_exceptions=False)
    found = json.loads(told.stdout)
    for each in found["candidates"]:
        print(each["number"], each["how"], round(each["score"]["value"], 3))
    test = found["test"]
    print({name: (round(test[name]["score"]["value"], 3), test[name]["broken_hard"]) for name in ("written", "tuned")})
    print({name: round(test["difference"][name], 3) for name in ("value", "low", "high")}, test["difference"]["n"])
    assert test["difference"]["n"] == 200 and test["difference"]["low"] > 0
    assert test["tuned"]["broken_hard"] <= test["written"]["broken_hard"]
