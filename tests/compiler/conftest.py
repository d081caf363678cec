"""A program with nearly every construct, and how tests change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

LESSON = Path(__file__).parent / "lesson.ped"


@pytest.fixture(scope="session")
def lesson() -> str:
    return LESSON.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def written(lesson: str) -> Callable[..., tuple[str, int, int]]:
    """The program with one place written otherwise, and the two offsets between the marks `«…»`, which are taken away.
    The marks may stand at a third place instead."""

    def change(old: str, new: str, place: str = "") -> tuple[str, int, int]:
        assert lesson.count(old) == 1, f"stands {lesson.count(old)} times: {old}"
        changed = lesson.replace(old, new)
        if place:
            plain = place.replace("«", "").replace("»", "")
            assert changed.count(plain) == 1, f"stands {changed.count(plain)} times: {plain}"
            changed = changed.replace(plain, place)
        start, end = changed.index("«"), changed.index("»") - 1
        return changed.replace("«", "").replace("»", ""), start, end

    return change
