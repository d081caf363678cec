"""A clock that is set by hand, and the events of a run made up."""

from __future__ import annotations

from typing import Literal

import pytest

from pedalang import journal


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def header(episodes: int) -> journal.Header:
    return journal.Header("run", "", "demo", "lesson", 0, episodes, {"teacher": "random:"})


def turn(episode: int, number: int) -> journal.Turn:
    return journal.Turn(episode, number, "teacher", "work", "Well.", "chosen")


def answer(episode: int, number: int, tokens: int = 100) -> journal.Completion:
    return journal.Completion(episode, number, "speech", "", 0, "Well.", None, (), (), tokens - 10, 10, "stop",
                              "random:")


def ending(episode: int, code: str = "") -> journal.Ending:
    why: Literal["failed", "final"] = "failed" if code else "final"
    return journal.Ending(episode, "work", why, code=code, message="no answer" if code else "")
