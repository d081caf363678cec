"""BLEU of the last turn of a speaker against one reference, up to four words in a row.

Precision of runs of 1 to 4 words, each run counted at most as often as in the reference, their geometric mean, times a
penalty for what is shorter than the reference. Of one text many runs of four are seldom there: numerators and
denominators of runs of two words and more have 1 added (Lin and Och, 2004). Source: Papineni, Roukos, Ward and Zhu
(2002).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from pedalang.expression import wording
from pedalang.expression.values import Value
from pedalang.study.dialogue import Dialogue

LONGEST = 4
"""Words in a row that are compared at most."""


def measure(dialogue: Dialogue, arguments: Mapping[str, Value]) -> dict[str, float | None]:
    """`bleu`, from 0 to 1; None where the speaker says nothing or the reference has no words. Raises `ValueError` for a
    speaker who is not cast and for a reference that is no list of texts."""
    speaker, reference = arguments.get("speaker", "teacher"), arguments.get("reference")
    if speaker not in dialogue.initial:
        raise ValueError(f"`speaker` is {speaker!r}, not one of {', '.join(sorted(dialogue.initial))}")
    if not isinstance(reference, tuple) or not all(isinstance(each, str) for each in reference):
        raise ValueError("`reference` is no list of texts")
    said = next((turn["text"] for turn in reversed(dialogue.turns) if turn["speaker"] == speaker), "")
    return {"bleu": bleu(list(wording.words_of(said)), list(wording.words_of("\n".join(reference))))}


def bleu(said: Sequence[str], reference: Sequence[str]) -> float | None:
    """None where either has no words."""
    if not said or not reference:
        return None
    logs = []
    for length in range(1, LONGEST + 1):
        own, known = _runs(said, length), _runs(reference, length)
        more = 1 if length > 1 else 0
        matched, there = (own & known).total() + more, own.total() + more
        if not matched:
            return 0.0
        logs.append(math.log(matched / there))
    penalty = min(0.0, 1 - len(reference) / len(said))
    return math.exp(penalty + math.fsum(logs) / LONGEST)


def _runs(words: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at:at + length]) for at in range(len(words) - length + 1))
