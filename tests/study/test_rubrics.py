"""The folder of computed measures, and those without a test file of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pedalang.study import rubrics
from pedalang.study.dialogue import Dialogue
from pedalang.study.rubrics import talk_share

PAGES = Path(__file__).parents[2] / "docs" / "stdlib" / "rubrics"


def test_every_measure_loads_and_has_a_page() -> None:
    assert set(rubrics.names()) >= {"success_telling", "talk_share"}
    for name in rubrics.names():
        assert callable(rubrics.load(name))
        assert (PAGES / f"{name}.md").read_text(encoding="utf-8").startswith(f"# `{name}`")


@pytest.mark.parametrize("name", ["", "os", "..score", "success_telling.re", "__init__"])
def test_only_files_of_the_folder_are_measures(name: str) -> None:
    with pytest.raises(KeyError):
        rubrics.load(name)


def test_talk_share(talk: Callable[..., Dialogue]) -> None:
    dialogue = talk(("teacher", "What is 1/2 + 1/3?"), ("student", "It's five sixths."), ("teacher", "Yes."))
    shares = [talk_share.measure(dialogue, {"speaker": who})[f"talk_share.{who}"] for who in ("teacher", "student")]
    assert shares == [7 / 10, 3 / 10]


def test_talk_share_of_the_silent(talk: Callable[..., Dialogue]) -> None:
    assert talk_share.measure(talk(("teacher", "Hello")), {"speaker": "student"}) == {"talk_share.student": 0.0}
    assert talk_share.measure(talk(("teacher", "…")), {"speaker": "student"}) == {"talk_share.student": None}


def test_talk_share_of_nobody(talk: Callable[..., Dialogue]) -> None:
    with pytest.raises(ValueError, match="not one of student, teacher"):
        talk_share.measure(talk(), {"speaker": "parent"})
