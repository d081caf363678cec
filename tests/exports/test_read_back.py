"""What is brought out is read by the library that it is for, and says the same there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pedalang import exporting
from tests.exports.conftest import PROGRAM, Export, rows

os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture
def load(tmp_path: Path) -> Any:
    datasets = pytest.importorskip("datasets", reason="pip install datasets")
    datasets.disable_progress_bars()

    def loaded(*said: Any, **named: Any) -> Any:
        return datasets.load_dataset(*said, split="train", cache_dir=str(tmp_path / "cache"), **named)

    return loaded


@pytest.mark.parametrize("form", ["sft", "dpo", "kto", "grpo", "classifier"])
def test_datasets_reads_examples(form: str, export: Export, load: Any) -> None:
    found = export(form)
    assert list(load("json", data_files=str(found.paths[0]))) == rows(found)


def test_datasets_reads_the_folder_of_a_data_set(export: Export, load: Any) -> None:
    pytest.importorskip("pyarrow", reason="pip install 'pedalang[parquet]'")
    found = export("hf")
    folder = str(found.paths[0].parent)
    for name, count in found.rows.items():
        assert load(folder, name).num_rows == count > 0
    first = load(folder)[0]
    assert first["score_solved"] == first["total"] == 1.0
    assert first["messages"][:2] == [{"role": "teacher", "content": "How do you begin?"},
                                     {"role": "student", "content": "I think it is 7/4."}]
    prompts = {(each["episode"], each["turn"], each["purpose"]): each for each in load(folder, "prompts")}
    sft = rows(export("sft", name="sft"))
    for each in sft:
        episode, turn, purpose = each["key"].split("/")
        same = prompts[int(episode), int(turn), purpose]
        assert (same["prompt"], same["completion"]) == (each["prompt"], each["completion"])


def test_arrow_reads_the_tables(export: Export) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pip install 'pedalang[parquet]'")
    found = export("parquet")
    tables = {path.stem: parquet.read_table(path) for path in found.paths}
    assert {name: table.num_rows for name, table in tables.items()} == found.rows
    assert tables["scores"].filter(tables["scores"]["criterion"].to_numpy(False) == "total").num_rows == 6


def test_inspect_reads_the_log(export: Export) -> None:
    log = pytest.importorskip("inspect_ai.log", reason="pip install 'pedalang[inspect]'")
    for name in ("log.json", "log.eval"):
        found = log.read_eval_log(export("inspect", name=name).paths[0])
        assert found.status == "success" and found.eval.task == "demo" and found.eval.config.epochs == 6
        (total,) = [each for each in found.results.scores if each.name == "total"]
        assert total.metrics["mean"].value == pytest.approx(5 / 6) and total.scored_samples == 6
        by_episode = {sample.metadata["episode"]: sample for sample in found.samples}
        assert [by_episode[number].scores["solved"].value for number in range(6)] == [1, 1, 1, 1, 1, 0]
        assert [(each.role, each.text) for each in by_episode[0].messages][:2] == [
            ("assistant", "How do you begin?"), ("user", "I think it is 7/4.")]
        assert by_episode[0].output.completion == "How do you begin?"
        assert by_episode[0].model_usage.keys() == {"random:", found.eval.model}


def test_dspy_reads_examples_and_learns_from_them(export: Export, tmp_path: Path, load: Any) -> None:
    import dspy
    from dspy.datasets import DataLoader

    import pedalang

    found = {path.stem: path for path in export("dspy").paths}
    assert set(found) == {"items", "teacher_move", "teacher_speech"}
    (tmp_path / "main.ped").write_text(PROGRAM, encoding="utf-8")
    program = pedalang.load(tmp_path / "main.ped", engine="random:", run="demo")
    told = program(**rows_of(found["items"])[0])
    assert told.turns[0].role == "teacher" and told.ending.why == "final"
    examples = DataLoader().from_json(str(found["teacher_speech"]), input_keys=("conversation", "said", "choices"))
    assert examples[0].labels().utterance == "How do you begin?"
    assert set(examples[0].inputs().keys()) == {"conversation", "said", "choices"}
    tuned = dspy.LabeledFewShot(k=2).compile(program, trainset=examples)
    assert len(tuned.predictor("teacher", "speech").demos) == 2
    shown = next(iter(tuned.voices().values()))
    assert "How do you begin?" in str(shown) or "Take your time." in str(shown)
    program.close()


@pytest.mark.parametrize("form", exporting.forms())
def test_the_same_run_gives_the_same_bytes(form: str, export: Export) -> None:
    pytest.importorskip("inspect_ai" if form == "inspect" else "pyarrow")
    name = "out.json" if form == "inspect" else "out"
    first, again = export(form, name=name), export(form, name=f"again-{name}")
    assert [each.read_bytes() for each in first.paths] == [each.read_bytes() for each in again.paths]


def rows_of(path: Path) -> list[dict[str, Any]]:
    import json

    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
