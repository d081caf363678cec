"""`ped draft`: what is written, checked, refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pedalang.compiler.syntax import constrain
from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from tests.cli.conftest import Ped


class Writer:
    """An engine that writes always the same, whatever the grammar says."""

    name = "writer:"
    model = ""
    abilities = Abilities(grammar=True)

    def __init__(self, text: str) -> None:
        self.text, self.asked = text, list[Request]()

    async def answer(self, requests: Sequence[Request]) -> list[Reply]:
        self.asked += requests
        return [Reply(self.text) for _ in requests]

    async def close(self) -> None: ...


def writing(monkeypatch: pytest.MonkeyPatch, text: str) -> Writer:
    writer = Writer(text)
    monkeypatch.setattr(opening, "open_engine", lambda uri, environment: writer)
    return writer


def test_a_draft_is_written_and_checked(ped: Ped, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = writing(monkeypatch, constrain.example())
    outcome = ped("draft", "telling the time", "--seed", "4")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("pedalang 1\n")
    assert outcome.out.endswith("written to draft.ped; `ped check draft.ped` says:\nno errors, no warnings\n")
    assert (folder / "draft.ped").read_text() == constrain.example()
    (asked,) = writer.asked
    assert (asked.grammar, asked.seed, asked.messages[-1].text) == (constrain.draft(), 4, "Topic: telling the time")


def test_what_is_wrong_with_a_draft_is_shown(ped: Ped, monkeypatch: pytest.MonkeyPatch) -> None:
    writing(monkeypatch, constrain.example().replace("obeys Promises", "obeys Promise"))
    outcome = ped("draft", "telling the time", "-o", "clock.ped")
    assert outcome.code == 1
    assert "did you mean `Promises`?" in outcome.out
    assert "clock.ped:" in outcome.out


def test_a_file_that_is_there_is_kept(ped: Ped, folder: Path) -> None:
    (folder / "draft.ped").write_text("mine")
    outcome = ped("draft", "telling the time")
    assert (outcome.code, (folder / "draft.ped").read_text()) == (1, "mine")
    assert "error[PED1405]: `draft.ped` is there already" in outcome.err


def test_an_engine_that_keeps_no_grammar_is_refused(ped: Ped, folder: Path) -> None:
    outcome = ped("draft", "telling the time", "--engine", "random:", "--json")
    assert outcome.code == 1
    assert outcome.json["diagnostics"][0]["code"] == "PED1110"
    assert not (folder / "draft.ped").exists()
