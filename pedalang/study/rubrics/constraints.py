"""Which stated constraints the last turn of a speaker keeps. How they are read and checked: `study.constraints`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedalang.expression.values import Value
from pedalang.study import constraints
from pedalang.study.dialogue import Dialogue

MOST = 1_000
"""Constraints of one dialogue."""


def measure(dialogue: Dialogue, arguments: Mapping[str, Value]) -> dict[str, float | None]:
    """`satisfied`, the share of those understood that are kept; `all_satisfied`; a share for each category; `unread`,
    how many are not understood. A share of none is None, and so is all where the speaker says nothing. Raises
    `ValueError` for a speaker who is not cast, and for what is no list of constraints."""
    speaker = arguments.get("speaker", "teacher")
    if speaker not in dialogue.initial:
        raise ValueError(f"`speaker` is {speaker!r}, not one of {', '.join(sorted(dialogue.initial))}")
    stated = [_read(each) for each in _stated(arguments.get("stated"))]
    said = next((turn["text"] for turn in reversed(dialogue.turns) if turn["speaker"] == speaker), None)
    understood = [each for each in stated if each is not None]
    kept = [(each.category, each.kept(said)) for each in understood] if said is not None else []
    shares = {name: _share([held for category, held in kept if category == name]) for name in constraints.CATEGORIES}
    return {"satisfied": _share([held for _, held in kept]),
            "all_satisfied": float(all(held for _, held in kept)) if kept else None,
            **shares, "unread": float(len(stated) - len(understood))}


def _stated(value: Value) -> Sequence[Value]:
    if not isinstance(value, tuple) or len(value) > MOST:
        raise ValueError(f"`stated` is no list of at most {MOST} constraints")
    return value


def _read(stated: Value) -> constraints.Constraint | None:
    """A constraint as `[CATEGORY, KIND, WORDS]`, or its words alone."""
    parts = (stated,) if isinstance(stated, str) else stated
    if not isinstance(parts, tuple) or len(parts) not in (1, 3) or not all(isinstance(part, str) for part in parts):
        raise ValueError(f"a constraint is `[CATEGORY, KIND, WORDS]` or its words, not {stated!r:.60}")
    category, kind, words = parts if len(parts) == 3 else ("", "", parts[0])
    return constraints.read(words, category, kind)


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None
