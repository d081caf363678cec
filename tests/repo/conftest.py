"""What the tests about the repository share: where it is, and its Python files as syntax trees."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> dict[str, ast.Module]:
    """The package's files, by their paths in the repository."""
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
            for path in sorted((ROOT / "pedalang").rglob("*.py"))}


@pytest.fixture(scope="session")
def written() -> list[Path]:
    """The files that people wrote: what is tracked, and what is new and not ignored."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    return [path for path in (ROOT / name for name in sorted(listed.split("\0")) if name) if path.is_file()]


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Runs Python text in a new interpreter that knows this checkout; what it prints."""

    def run(program: str) -> str:
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT)})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
