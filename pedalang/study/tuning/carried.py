"""Adapters that an artefact carries: a folder for each member of the cast, as engines read it. What tuning found names
them by their digest there, and by no path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from pedalang.exchange.errors import DataError
from pedalang.overlay import Adapter, Tuned
from pedalang.runtime.errors import RunError
from pedalang.study.weights import adapters

WEIGHTS = "weights"
"""The folder inside an artefact's that adapters lie in, by member."""


def packed(tuned: Tuned) -> tuple[Tuned, dict[str, bytes]]:
    """What was found without paths, and the files that go with it. Raises `RunError` PED1341 for an adapter that is not
    the one that was found."""
    files: dict[str, bytes] = {}
    for who, adapter in sorted(tuned.weights.items()):
        _same(adapter, Path(adapter.folder))
        files |= {f"{WEIGHTS}/{who}/{name}": Path(adapter.folder, name).read_bytes()
                  for name in (adapters.CONFIG, adapters.TENSORS)}
    return replace(tuned, weights={who: replace(each, folder="") for who, each in tuned.weights.items()}), files


def unpacked(tuned: Tuned, folder: Path, files: Mapping[str, str]) -> Tuned:
    """What was found, with where its adapters lie in an artefact of these files, which were verified. Raises
    `DataError` PED1317 where adapters and files are not the same ones or an adapter names a path."""
    wanted = {f"{WEIGHTS}/{who}/{name}" for who in tuned.weights for name in (adapters.CONFIG, adapters.TENSORS)}
    if wanted != {name for name in files if name.startswith(f"{WEIGHTS}/")} or \
            any(each.folder for each in tuned.weights.values()):
        raise DataError("PED1317", f"`{folder}` has other weights than it says", help="train it anew")
    placed = {who: replace(each, folder=str(folder / WEIGHTS / who)) for who, each in tuned.weights.items()}
    for each in placed.values():
        _same(each, Path(each.folder))
    return replace(tuned, weights=placed)


def _same(adapter: Adapter, folder: Path) -> None:
    config, _ = adapters.read(folder, adapter.sha256)
    if config.base != adapter.base:
        raise RunError("PED1341", f"{folder} is for another model than what was tuned", help="train it anew")
