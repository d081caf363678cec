"""What was tuned and then changed is refused, whether or not its digests were made to fit; so is what fits no flow."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pedalang import overlay, plan
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.overlay import Demo, Learnt, Tuned, Voice
from pedalang.study.tuning import keeping
from tests.study.tuning.patience import PROGRAM, plan_of, written

TUNED = Tuned(voices={"teacher.speech": Voice("You ask. {{ sum.a }}", (Demo("Why?", "Because."),))},
              intents={"teacher.ask": "Ask why."}, thresholds={"teacher.policy.1.1": 1},
              policies={"teacher": Learnt("better", ("turn number",), {"ask": (0.1, 1.0), "tell": (0.2, 0.5)})})

Json = dict[str, Any]


@pytest.fixture
def of(tmp_path: Path) -> plan.Plan:
    return plan_of(written(tmp_path / "p"))


@pytest.fixture
def folder(tmp_path: Path, of: plan.Plan) -> Path:
    cues = [each.name for each in overlay.cues.known(of.flows["lesson"], "teacher", {})]
    tuned = msgspec.structs.replace(TUNED, policies={"teacher": Learnt(
        "better", (cues[0],), TUNED.policies["teacher"].scores)})
    content = keeping.content(of, "lesson", "strategies", tuned, {"teacher": "", "student": ""})
    keeping.keep(tmp_path / "tuned", "better", of, content, data={"sums": "0" * 64}, licences={"sums": "CC0-1.0"},
                 seed=1, measures={"dev": {"value": 0.5}})
    return tmp_path / "tuned"


def test_it_fits_as_it_was_kept(of: plan.Plan, folder: Path) -> None:
    found = keeping.put_on(of, folder)
    assert found.flows["lesson"].cast["teacher"].policy.kind == "trained"
    assert found.flows["lesson"].cast["student"] == of.flows["lesson"].cast["student"]


def test_two_hundred_changes_are_refused(of: plan.Plan, folder: Path) -> None:
    text = (folder / trained.ARTEFACT).read_bytes()
    places, draw = _places(json.loads(text)), random.Random(7)
    for number in range(200):
        if number % 4 == 0:
            at = draw.randrange(len(text))
            changed = text[:at] + bytes([text[at] ^ 1 << draw.randrange(8)]) + text[at + 1:]
        else:
            said = json.loads(text)
            _change(said, places[draw.randrange(len(places))], draw)
            changed = _written(said)
        (folder / trained.ARTEFACT).write_bytes(changed)
        with pytest.raises(DataError):
            keeping.put_on(of, folder)


def _renamed(part: str, old: str, new: str) -> Callable[[Json], None]:
    def change(tuned: Json) -> None:
        tuned[part][new] = tuned[part].pop(old)
    return change


def _set(*path: Any) -> Callable[[Json], None]:
    """Puts the last of a path where the others lead."""
    def change(tuned: Json) -> None:
        inside: Any = tuned
        for key in path[:-2]:
            inside = inside[key]
        inside[path[-2]] = path[-1]
    return change


@pytest.mark.parametrize("change", [
    _renamed("voices", "teacher.speech", "nobody.speech"), _renamed("voices", "teacher.speech", "teacher.shout"),
    _renamed("voices", "teacher.speech", "teacher"), _renamed("voices", "teacher.speech", "../../teacher.speech"),
    _set("voices", "teacher.speech", "instructions", 7), _set("voices", "teacher.speech", "__class__", "x"),
    _set("voices", "teacher.speech", "examples", [{"said": "x"}]), _renamed("intents", "teacher.ask", "teacher.shout"),
    _renamed("intents", "teacher.ask", "ask"), _set("intents", "teacher.ask", None),
    _renamed("thresholds", "teacher.policy.1.1", "teacher.policy.9.1"),
    _renamed("thresholds", "teacher.policy.1.1", "student.policy.1.1"),
    _set("thresholds", "teacher.policy.1.1", "1"), _renamed("policies", "teacher", "nobody"),
    _set("policies", "teacher", "by", "worse"), _set("policies", "teacher", "cues", ["no such cue"]),
    _set("policies", "teacher", "scores", "ask", [0.1]), _set("policies", "teacher", "scores", "shout", [0.1, 1.0]),
    _set("policies", "teacher", "explore", 2.0), _set("policies", "teacher", "scores", {}),
    _set("code", "import os"),
])
def test_what_was_signed_anew_and_fits_nothing_is_refused(of: plan.Plan, folder: Path,
                                                          change: Callable[[Json], None]) -> None:
    artefact = trained.load(folder).artefact
    content: Json = json.loads(msgspec.json.encode(artefact.content))
    change(content["tuned"])
    trained.save(folder, msgspec.structs.replace(artefact, content=content))
    with pytest.raises(DataError) as raised:
        keeping.put_on(of, folder)
    assert raised.value.code in ("PED1316", "PED1322")


@pytest.mark.parametrize(("old", "new"), [
    ("You teach", "You always teach"), ("set knows = 0.9", "set knows = 0.8"), ("before 1 ask", "before 2 ask"),
    ("max 12 turns", "max 10 turns"), ('"How?"', '"How so?"'), ("flow lesson", "flow other")])
def test_what_was_tuned_for_another_flow_is_refused(tmp_path: Path, folder: Path, old: str, new: str) -> None:
    program = PROGRAM.replace(old, new)
    if new == "flow other":
        program = program.replace("over lesson", "over other").replace("optimize lesson", "optimize other")
    with pytest.raises(DataError) as raised:
        keeping.put_on(plan_of(written(tmp_path / "q", program)), folder)
    assert raised.value.code == "PED1322"


def test_what_has_nothing_to_do_with_the_flow_may_change(tmp_path: Path, folder: Path) -> None:
    program = "// moved down\n" + PROGRAM.replace("seed: 1", "seed: 9") + "run demo { flow: lesson  data: sums }\n"
    keeping.put_on(plan_of(written(tmp_path / "q", program)), folder)


def test_prompts_that_are_laid_out_otherwise_are_refused(of: plan.Plan, folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keeping, "templates", lambda: "0" * 64)
        with pytest.raises(DataError) as raised:
            keeping.put_on(of, folder)
    assert raised.value.code == "PED1323"


def _written(said: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(said, order="sorted"), indent=1) + b"\n"


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inside for place in ((*path, key), *_places(each, (*path, key)))]


def _change(value: Any, path: tuple[Any, ...], draw: random.Random) -> None:
    for key in path[:-1]:
        value = value[key]
    known = value[path[-1]]
    others = [f"{known}x", "", "../../x", None, 7, [], {}, -1.5, True]
    value[path[-1]] = draw.choice([each for each in others if each != known or type(each) is not type(known)])
