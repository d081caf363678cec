"""Saved artefacts of tuning, as far as a check looks at them: which prompt each part was tuned for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from pedalang.exchange import tables

MOST_BYTES = 50_000_000


class _Predictor(Struct, frozen=True):
    """Of one predictor: the digest of the prompt that it was tuned for."""

    prompt: str = ""


def beside(folder: Path) -> Callable[[str], Mapping[str, str] | None]:
    """What tells the prompts of artefacts in a folder, by their paths from there; None for what cannot be read, and for
    what a link leads out of the folder."""
    def known(path: str) -> Mapping[str, str] | None:
        file = folder / path
        try:
            if not tables.inside(folder, file) or file.stat().st_size > MOST_BYTES:
                return None
            parts = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
            return {name: prompt for name, part in parts.items() if (prompt := _prompt(part))}
        except (OSError, ValueError, RecursionError):
            return None

    return known


def _prompt(part: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(part, type=_Predictor).prompt
    except msgspec.ValidationError:
        return ""
