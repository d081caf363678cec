"""The share of a dialogue's words that one member of the cast says."""

from __future__ import annotations

from collections.abc import Mapping

from pedalang.expression.functions import FUNCTIONS
from pedalang.expression.values import Value
from pedalang.study.dialogue import Dialogue


def measure(dialogue: Dialogue, arguments: Mapping[str, Value]) -> dict[str, float | None]:
    """`talk_share.SPEAKER`, in 0..1; None where nobody says a word. `speaker` names a member of the cast, or raises
    `ValueError`. Words are those of the language's own `words`."""
    speaker = arguments.get("speaker")
    if speaker not in dialogue.initial:
        raise ValueError(f"`speaker` is {speaker!r}, not one of {', '.join(sorted(dialogue.initial))}")
    words = FUNCTIONS["words"].python
    everyone = sum(words(turn["text"]) for turn in dialogue.turns)
    own = sum(words(turn["text"]) for turn in dialogue.turns if turn["speaker"] == speaker)
    return {f"talk_share.{speaker}": own / everyone if everyone else None}
