"""What weights learn from dialogues, and adapters as files: nothing here needs torch."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pedalang import journal
from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.engines.random import RandomEngine
from pedalang.runtime.errors import RunError
from pedalang.runtime.recalled import Call
from pedalang.study.weights import adapters, lasting, lessons
from pedalang.study.weights.adapters import Config
from pedalang.study.weights.exploring import Otherwise
from pedalang.study.weights.lessons import Lesson, Pair, Told, Verdict
from pedalang.study.weights.settings import Settings

MOVES = ("probe", "tell", "wait")
BASE = "a" * 64


def asked(said: str, *, choices: tuple[str, ...] = MOVES, heard: str = "hello", turn: int = 0, step: str = "move",
          finish: str = "stop") -> Call:
    picked = choices.index(said) if choices else None
    return Call(0, turn, "teacher", step.partition(".")[0], step, (Message("system", "teach"), Message("user", heard)),
                choices, journal.Completion(0, turn, step, "", 0, said, picked, (), (), 1, 1, finish, "some"))


def told(score: float | None, *calls: Call, problem: str = "p") -> Told:
    return Told(problem, calls, score)


def test_turns_of_better_dialogues_are_kept() -> None:
    found = lessons.kept([told(0.9, asked("probe")), told(0.3, asked("tell")), told(None, asked("wait"))])
    assert [each.answer for each in found] == ["probe"]


def test_where_all_are_alike_only_what_is_perfect_is_kept() -> None:
    assert lessons.kept([told(0.5, asked("probe")), told(0.5, asked("tell"))]) == []
    assert [each.answer for each in lessons.kept([told(1.0, asked("probe"))])] == ["probe"]


def test_a_dialogue_is_compared_with_others_about_its_problem() -> None:
    found = lessons.kept([told(0.4, asked("probe"), problem="hard"), told(0.1, asked("tell"), problem="hard"),
                          told(0.8, asked("wait"), problem="easy"), told(0.9, asked("tell"), problem="easy")])
    assert [each.answer for each in found] == ["probe", "tell"]


def test_pairs_part_where_the_prompt_is_the_same_and_the_answer_another() -> None:
    one = told(0.9, asked("probe"), asked("wait", heard="2/5", turn=2))
    other = told(0.2, asked("probe"), asked("tell", heard="2/5", turn=2), asked("wait", heard="then?", turn=4))
    (pair,) = lessons.pairs([other, one])
    assert (pair.messages[-1].text, pair.chosen, pair.rejected, pair.ends) == ("2/5", "wait", "tell", False)


def test_no_pair_without_the_same_prompt_or_a_difference_in_worth() -> None:
    assert lessons.pairs([told(1, asked("probe")), told(0, asked("tell", heard="other"))]) == []
    assert lessons.pairs([told(1, asked("probe")), told(1, asked("tell"))]) == []
    assert lessons.pairs([told(0.6, asked("probe")), told(0.5, asked("tell"))], margin=0.2) == []
    assert lessons.pairs([told(1, asked("probe")), told(0, asked("tell"), problem="q")]) == []


def test_pairs_that_contradict_each_other_are_left_out() -> None:
    found = [told(1, asked("probe")), told(0, asked("tell")),
             told(0, asked("probe"), problem="q"), told(1, asked("tell"), problem="q")]
    assert lessons.pairs(found) == []


def test_verdicts_leave_out_what_good_and_bad_dialogues_have() -> None:
    found = lessons.verdicts([told(1, asked("probe"), asked("wait", turn=2)),
                              told(0, asked("tell"), asked("wait", turn=2))])
    assert {(each.answer, each.wanted) for each in found} == {("probe", True), ("tell", False)}


def test_wanted_and_unwanted_take_turns() -> None:
    found = [Verdict((), text, False, wanted) for text, wanted in (("a", True), ("b", False), ("c", True))]
    assert [(each.answer, each.wanted) for each in lessons.in_turn(found)] == [
        ("a", True), ("b", False), ("c", True), ("b", False)]
    assert lessons.in_turn(found[:1]) == []


def test_words_that_were_thrown_away_teach_nothing_and_cut_ones_no_end() -> None:
    calls = [asked("5/6!", choices=(), step="speech"), asked("Hm.", choices=(), step="speech.again", finish="length")]
    assert [(each.answer, each.ends) for each in lessons.kept([told(1, *calls)])] == [("Hm.", False)]
    assert lessons.kept([told(1, asked("Why?", choices=(), step="speech"))])[0].ends


def test_nothing_is_the_same_twice() -> None:
    assert lessons.kept([told(1, asked("probe")), told(1, asked("probe"))]) == [Lesson(asked("probe").messages, "probe",
                                                                                    False)]
    twice = [told(1, asked("probe")), told(1, asked("probe")), told(0, asked("tell"))]
    assert lessons.pairs(twice) == [Pair(asked("probe").messages, "probe", "tell", False)]


# ---------------------------------------------------------------- trying another answer


def answered(engine: object, *requests: Request) -> list[Reply]:
    return asyncio.run(engine.answer(requests))  # type: ignore[attr-defined]


def test_another_answer_is_given_where_it_is_asked_for_and_nowhere_else() -> None:
    requests = [Request((), seed=place, choices=MOVES, key=f"{place}/0/move") for place in range(20)]
    plain = answered(RandomEngine(), *requests)
    at = {f"{place}/0/move": 7 for place in range(10)}
    tried = answered(Otherwise(RandomEngine(), at), *requests)
    assert all(one.choice != other.choice for one, other in zip(plain[:10], tried[:10], strict=True))
    assert plain[10:] == tried[10:]
    assert all(reply.text == MOVES[reply.choice or 0] for reply in tried)
    assert tried == answered(Otherwise(RandomEngine(), at), *requests), "the same numbers, the same answers"
    assert Otherwise(RandomEngine(), at).name != Otherwise(RandomEngine(), {}).name, "a journal tells them apart"


def test_words_are_said_otherwise() -> None:
    request = Request((), seed=3, key="0/0/speech")
    assert answered(RandomEngine(), request) != answered(Otherwise(RandomEngine(), {"0/0/speech": 1}), request)


# ---------------------------------------------------------------- adapters as files


def parts(rank: int = 2) -> dict[str, np.ndarray]:
    names = (("q_proj", 4, 4), ("down_proj", 8, 4))
    draw = np.random.default_rng(0)
    return {f"base_model.model.model.layers.0.{name}.lora_{side}.weight":
            draw.normal(size=(rank, read) if side == "A" else (written, rank)).astype("float32")
            for name, read, written in names for side in "AB"}


def config(**more: object) -> Config:
    return Config(**{"r": 2, "lora_alpha": 4, "target_modules": ("down_proj", "q_proj"),
                     "base_model_name_or_path": f"sha256:{BASE}", **more})  # type: ignore[arg-type]


def test_an_adapter_is_read_as_it_was_written_and_is_the_same_bytes(tmp_path: Path) -> None:
    digest = adapters.write(tmp_path / "one", config(), parts())
    assert digest == adapters.write(tmp_path / "other", config(), dict(reversed(parts().items())))
    said, tensors = adapters.read(tmp_path / "one", digest)
    assert said == config() and said.base == BASE
    assert all((tensors[name] == each).all() for name, each in parts().items())
    for name in (adapters.CONFIG, adapters.TENSORS):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def renamed(tensors: dict[str, np.ndarray], to: str) -> dict[str, np.ndarray]:
    first = next(iter(tensors))
    return {to if name == first else name: each for name, each in tensors.items()}


@pytest.mark.parametrize("wrong", [
    lambda found: {}, lambda found: renamed(found, "model.weight"),
    lambda found: renamed(found, "../../x.lora_A.weight"),
    lambda found: dict(list(found.items())[1:]), lambda found: {name: each.T for name, each in found.items()},
    lambda found: {name: each.astype("int64") for name, each in found.items()},
    lambda found: {name: each * np.nan for name, each in found.items()},
    lambda found: {name: each.ravel() for name, each in found.items()},
    lambda found: {name: each for name, each in found.items() if "q_proj" in name},
])
def test_tensors_that_no_adapter_has_are_refused(
        tmp_path: Path, wrong: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> None:
    with pytest.raises(RunError, match="is no adapter that was trained here") as error:
        adapters.write(tmp_path, config(), wrong(parts()))
    assert error.value.code == "PED1341"


@pytest.mark.parametrize("said", [
    {"peft_type": "IA3"}, {"auto_mapping": {"parent_library": "os"}}, {"r": "2"}, {"r": 0}, {"lora_dropout": 0.5},
    {"base_model_name_or_path": "somebody/model"}, {"target_modules": ["q_proj", "down_proj"]}, {"bias": "all"},
    {"target_modules": "all-linear"}, {"inference_mode": False},
])
def test_settings_that_are_not_written_here_are_refused(tmp_path: Path, said: dict[str, object]) -> None:
    adapters.write(tmp_path, config(), parts())
    path = tmp_path / adapters.CONFIG
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    with pytest.raises(RunError) as error:
        adapters.read(tmp_path)
    assert error.value.code == "PED1341"


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    digest = adapters.write(tmp_path, config(), parts())
    path = tmp_path / adapters.TENSORS
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(RunError, match="was changed"):
        adapters.read(tmp_path, digest)
    path.write_bytes(b"{}")
    with pytest.raises(RunError):
        adapters.read(tmp_path)
    path.unlink()
    with pytest.raises(RunError, match="no such file"):
        adapters.read(tmp_path)


def test_only_an_engine_with_weights_here_can_be_trained() -> None:
    with pytest.raises(RunError, match="`teacher`") as error:
        lasting.trainable(RandomEngine(), "teacher")
    assert error.value.code == "PED1344"


def test_without_the_libraries_one_message_says_what_to_install(tmp_path: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text("{}")
    monkeypatch.delitem(sys.modules, "pedalang.study.weights.learning", raising=False)
    monkeypatch.setitem(sys.modules, "trl.trainer.dpo_config", None)
    with pytest.raises(RunError) as error:
        lasting.learnt("sft", tmp_path, [], Settings(), tmp_path / "learnt")
    assert (error.value.code, error.value.help) == ("PED1340", "pip install 'pedalang[train]'")
