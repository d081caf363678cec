"""Saved artefacts of tuning, as far as a check looks at them: which prompt each part was tuned for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from pedalang.exchange import tables

MOST_BYTES = 50_000_000
NAME = "artefact.json"


class _Predictor(Struct, frozen=True):
    """Of one predictor of a saved module: the digest of the prompt that it was tuned for."""

    prompt: str = ""


class _Content(Struct, frozen=True):
    """Of an artefact: the same by member of the cast."""

    prompts: dict[str, str] = {}


class _Artefact(Struct, frozen=True):
    content: _Content = _Content()


def beside(folder: Path) -> Callable[[str], Mapping[str, str] | None]:
    """What tells the prompts that artefacts in a folder were tuned for, by the member of the cast: of a tuning's
    folder, of the artefact in it, or of a module that was saved, by their paths from there. None for what cannot be
    read, and for what a link leads out of the folder."""
    def known(path: str) -> Mapping[str, str] | None:
        file = next((each for each in (folder / path / "tuned" / NAME, folder / path / NAME) if each.is_file()),
                    folder / path)
        try:
            if not tables.inside(folder, file) or file.stat().st_size > MOST_BYTES:
                return None
            if file.name == NAME:
                return msgspec.json.decode(file.read_bytes(), type=_Artefact).content.prompts
            parts = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
            return {name.rpartition("_")[0]: prompt for name, part in parts.items() if (prompt := _prompt(part))}
        except (OSError, ValueError, RecursionError):
            return None

    return known


def _prompt(part: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(part, type=_Predictor).prompt
    except msgspec.ValidationError:
        return ""
