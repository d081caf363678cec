"""What was trained, as a folder: `artefact.json`, where there are arrays `weights.safetensors`, and an adapter of a
model in a folder of its own, `weights/WHO`, as engines read it.

The first says what it is, of which program and data it was made and with which versions of libraries, and has the
digest of each other file and of itself; it is canonical, so that one digest is that of the whole. Nothing in it is
run. A folder may come from anybody: all of it is verified when it is loaded, and one that does not fit is refused.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from pedalang import reading
from pedalang.exchange.errors import DataError

ARTEFACT = "artefact.json"
WEIGHTS = "weights.safetensors"
VERSION = 1
MOST_BYTES = 50_000_000
"""Of `artefact.json`."""
MOST_WEIGHTS = 2_000_000_000
_ADAPTER = re.compile(r"weights/[A-Za-z_][A-Za-z0-9_]{0,99}/adapter_(config\.json|model\.safetensors)")
"""The other files that there may be."""


class Artefact(Struct, frozen=True, forbid_unknown_fields=True):
    """`kind` says what `content` is, which who trained it knows how to read; `data` has the digest of each data set by
    its name, `files` that of each file beside this one."""

    kind: str
    name: str
    content: Any
    program: str = ""
    """SHA-256 of the plan."""
    data: dict[str, str] = {}
    seed: int = 0
    libraries: dict[str, str] = {}
    licences: dict[str, str] = {}
    measures: dict[str, Any] = {}
    files: dict[str, str] = {}
    digest: str = ""
    """SHA-256 of all of this, with nothing here."""
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Loaded:
    """An artefact that was verified: its folder, its arrays, the digest of all of it."""

    folder: Path
    artefact: Artefact
    arrays: Mapping[str, Any]
    sha256: str


def save(folder: Path, artefact: Artefact, arrays: Mapping[str, Any] | None = None,
         beside: Mapping[str, bytes] | None = None) -> str:
    """Writes an artefact with its arrays (of numpy) and the files of adapters `beside` it, in place of one that is
    there; returns its digest. Raises `DataError` PED1315 for a folder that holds something else or cannot be written.
    """
    if folder.exists() and not (folder.is_dir() and ((folder / ARTEFACT).is_file() or not any(folder.iterdir()))):
        raise DataError("PED1315", f"`{folder}` holds something else than what was trained",
                        help="name another folder: `--out DIR`")
    weights = _safetensors().save(dict(sorted(arrays.items()))) if arrays else b""
    written = {**({WEIGHTS: weights} if weights else {}), **(beside or {})}
    files = {name: hashlib.sha256(data).hexdigest() for name, data in written.items()}
    text = _canonical(_signed(msgspec.structs.replace(artefact, files=files)))
    try:
        for name, data in written.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            _replace(folder / name, data)
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / ARTEFACT, text)
    except OSError as error:
        raise DataError("PED1315", f"`{folder}` cannot be written: {(error.strerror or 'unknown reason').lower()}",
                        help="name another folder: `--out DIR`") from None
    return hashlib.sha256(text).hexdigest()


def load(folder: Path) -> Loaded:
    """Reads a folder, and verifies it. Raises `DataError`: PED1316 for one that holds nothing trained, PED1317 where a
    file is not the one that was written."""
    artefact, text = _read(folder)
    if artefact.version != VERSION:
        raise DataError("PED1316", f"`{folder}` is of version {artefact.version}; this is version {VERSION}",
                        help="train it anew with this version")
    if text != _canonical(artefact):
        raise DataError("PED1317", f"`{folder / ARTEFACT}` was changed: it is not in the form that is written",
                        help="train it anew")
    if artefact != _signed(artefact):
        raise DataError("PED1317", f"`{folder / ARTEFACT}` was changed: its digest is another one",
                        help="train it anew")
    unknown = [name for name in artefact.files if name != WEIGHTS and not _ADAPTER.fullmatch(name)]
    if unknown:
        raise DataError("PED1317", f"`{folder}` names files that are not written: {', '.join(sorted(artefact.files))}",
                        help="train it anew")
    arrays: Mapping[str, Any] = {}
    for name, wanted in artefact.files.items():
        weights = _bytes(folder / name, MOST_WEIGHTS)
        if hashlib.sha256(weights).hexdigest() != wanted:
            raise DataError("PED1317", f"`{folder / name}` was changed: its digest is another one",
                            help="train it anew")
        if name != WEIGHTS:
            continue
        try:
            arrays = _safetensors().load(weights)
        except Exception as error:
            raise DataError("PED1316", f"`{folder / WEIGHTS}` holds no arrays: {error}", help="train it anew") from None
    return Loaded(folder, artefact, arrays, hashlib.sha256(text).hexdigest())


def folders(path: Path) -> list[Path]:
    """The artefacts that a folder is or holds, in order. Raises `DataError` PED1316 where there are none."""
    found = [path] if (path / ARTEFACT).is_file() else \
        sorted(each.parent for each in path.glob(f"*/{ARTEFACT}")) if path.is_dir() else []
    if not found:
        raise DataError("PED1316", f"`{path}` holds nothing that was trained",
                        help="name a folder that `ped train` or `ped judge validate` has written")
    return found


def content(loaded: Loaded, kind: str, shape: Any) -> Any:
    """The content of an artefact as what it is said to be. Raises `DataError` PED1316."""
    if loaded.artefact.kind != kind:
        raise DataError("PED1316", f"`{loaded.folder}` is a {loaded.artefact.kind[:40]}, and no {kind}")
    try:
        return msgspec.convert(loaded.artefact.content, shape)
    except msgspec.ValidationError as error:
        raise DataError("PED1316", f"`{loaded.folder}` is no {kind} that this version can read: {error}") from None


def _read(folder: Path) -> tuple[Artefact, bytes]:
    text = _bytes(folder / ARTEFACT, MOST_BYTES)
    try:
        return msgspec.json.decode(text, type=Artefact), text
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DataError("PED1316", f"`{folder / ARTEFACT}` is no description of what was trained: {error}") from None


def _bytes(path: Path, most: int) -> bytes:
    try:
        return reading.regular(path, most)
    except OSError as error:
        raise DataError("PED1316", f"`{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
                        help="name a folder that `ped train` or `ped judge validate` has written") from None


def _canonical(artefact: Artefact) -> bytes:
    """Sorted by name, indented for people."""
    return msgspec.json.format(msgspec.json.encode(artefact, order="sorted"), indent=1) + b"\n"


def _signed(artefact: Artefact) -> Artefact:
    """The same with its own digest."""
    blank = msgspec.structs.replace(artefact, digest="")
    return msgspec.structs.replace(artefact, digest=hashlib.sha256(_canonical(blank)).hexdigest())


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)


def _safetensors() -> Any:
    try:
        return importlib.import_module("safetensors.numpy")
    except ModuleNotFoundError:
        raise DataError("PED1318", "arrays are kept by the library safetensors, which is not installed",
                        help="pip install 'pedalang[study]'") from None
