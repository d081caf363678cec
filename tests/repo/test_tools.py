"""Format and types, as the tools see them with the settings of `pyproject.toml`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_ruff_finds_nothing(root: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--output-format", "concise", "."], cwd=root,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_finds_nothing(root: Path) -> None:
    """Takes some tens of seconds; the interpreter that pyright needs comes with the test dependencies."""
    done = subprocess.run([sys.executable, "-m", "pyright", "--pythonpath", sys.executable], cwd=root,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
