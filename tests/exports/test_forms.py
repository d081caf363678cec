"""What each form holds of a run, and what it refuses."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pedalang import cli, records
from pedalang.runtime.errors import RunError
from tests.exports.conftest import Export, rows

BEGINS = [{"role": "system", "content": "You teach 1/2 + 1/4."},
          {"role": "user", "content": "(The dialogue begins.)\n\n(what you do now: ask\nAsk for the steps.)"}]


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def chosen(some: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(each[name] for name in names) for each in some]


def test_turns_that_were_kept_have_the_prompt_that_was_asked_and_the_words_that_were_said(export: Export) -> None:
    found = rows(export("sft"))
    by_key = {each["key"]: each for each in found}
    assert by_key["1/0/speech"]["prompt"] == BEGINS
    assert by_key["1/0/speech"]["completion"] == said("What is it?"), "not those that told the answer"
    assert by_key["0/2/move"]["completion"] == said("hint: Give a hint.")
    assert by_key["0/2/move"]["prompt"][1:] == [
        {"role": "user", "content": "(The dialogue begins.)"}, *said("How do you begin?"),
        {"role": "user", "content": "I think it is 7/4.\n\n(say first what you do now)"}]
    assert {each["who"] for each in found} == {"teacher"}


def test_only_dialogues_worth_enough_are_kept(export: Export) -> None:
    found = export("sft", at_least=0.5)
    assert found.left_out == {"total is below 0.5": 4}
    assert {each["value"] for each in rows(found)} == {1.0}


def test_a_student_is_learnt_from_where_that_is_asked(export: Export) -> None:
    assert {each["who"] for each in rows(export("sft", who=("student",)))} == {"student"}


def test_pairs_have_one_prompt_and_the_better_answer_first(export: Export) -> None:
    found = export("dpo")
    assert chosen(rows(found), "key", "chosen", "rejected", "why", "value_chosen", "value_rejected") == [
        ("1/0/speech", said("What is it?"), said("It is 3/4, you see."), "not said", None, None),
        ("4/0/speech", said("What is it?"), said("It is 3/4, you see."), "not said", None, None),
        ("0/0/speech", said("How do you begin?"), said("Take your time."), "worth less", 1.0, 0.5)]
    assert all(each["prompt"] == BEGINS for each in rows(found))
    assert [each["why"] for each in rows(export("dpo", margin=0.6))] == ["not said", "not said"]


def test_answers_are_wanted_by_what_their_dialogue_is_worth_and_never_where_they_were_withheld(export: Export) -> None:
    found = export("kto")
    labels = {(each["key"], each["completion"][0]["content"]): each["label"] for each in rows(found)}
    assert labels["0/0/speech", "How do you begin?"] and not labels["5/0/speech", "Take your time."]
    assert labels["1/0/speech", "What is it?"] and not labels["1/0/speech", "It is 3/4, you see."]
    assert found.rows == {"wanted": sum(labels.values()), "unwanted": len(labels) - sum(labels.values())}
    assert export("kto", at_least=0.0).rows["unwanted"] == 2


def test_prompts_to_answer_anew_stand_once_with_what_a_reward_needs(export: Export) -> None:
    found = rows(export("grpo"))
    prompts = [json.dumps([each["prompt"], each["choices"]]) for each in found]
    assert len(set(prompts)) == len(prompts)
    assert json.loads(found[0]["item"])["sum"]["answer"] == {"ratio": [3, 4]}
    assert found[0]["choices"] == ["ask: Ask for the steps.", "hint: Give a hint."]


def test_labels_are_moves_and_acts(export: Export) -> None:
    found = rows(export("classifier"))
    assert {(each["who"], each["label"]) for each in found} == {
        ("teacher", "ask"), ("teacher", "hint"), ("student", "answers")}
    assert found[1]["before"] == found[0]["text"]


@pytest.mark.parametrize("form, what, code", [
    ("sft", {"who": ("tutor",)}, "PED1485"), ("dpo", {"criterion": "solvd"}, "PED1481"),
    ("sft", {"at_least": 2.0}, "PED1483")])
def test_what_a_run_has_not_is_refused(form: str, what: dict[str, Any], code: str, export: Export,
                                       tmp_path: Path) -> None:
    with pytest.raises(RunError) as refused:
        export(form, **what)
    assert refused.value.code == code and refused.value.help
    assert not list(tmp_path.iterdir()), "nothing is left there"


def test_a_run_without_scores_is_refused_by_what_ranks(run: Path, export: Export, tmp_path: Path) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    (copy / "scores.json").unlink()
    with pytest.raises(RunError) as refused:
        export("kto", of=copy)
    assert refused.value.code == "PED1482"
    assert export("dpo", of=copy).rows == {"examples": 2}, "words that were withheld need no scores"


def test_what_was_asked_in_a_redacted_copy_is_not_made_up(run: Path, export: Export, tmp_path: Path) -> None:
    records.redacted(run, tmp_path / "copy", "people", {})
    with pytest.raises(RunError) as refused:
        export("sft", of=tmp_path / "copy")
    assert refused.value.code == "PED1480"
    assert export("classifier", of=tmp_path / "copy").rows["examples"] > 0


def test_a_form_without_its_library_says_how_to_get_it(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    monkeypatch.delitem(sys.modules, "pedalang.study.exports.inspect", raising=False)
    with pytest.raises(RunError) as refused:
        export("inspect", name="log.json")
    assert refused.value.code == "PED1484" and "pip install 'pedalang[inspect]'" in refused.value.help


def test_the_command_says_what_it_wrote(run: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.main, ["export", str(run), "--format", "dpo", "--out", str(tmp_path / "p.jsonl")])
    assert done.exit_code == 0 and done.output.splitlines()[:2] == [str(tmp_path / "p.jsonl"), "3 examples"]
    done = CliRunner().invoke(cli.main, ["export", str(run), "--format", "sft", "--at-least", "2", "--json"])
    assert done.exit_code == 1 and json.loads(done.output)["diagnostics"][0]["code"] == "PED1483"
    done = CliRunner().invoke(cli.main, ["export", str(run), "--format", "sft", "--role", "x"])
    assert done.exit_code == 2
