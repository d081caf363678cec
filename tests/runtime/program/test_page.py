"""The page about DSPy: its Python runs, and prints what stands under it. `--update` writes that anew."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "dspy.md"
SHOWN = re.compile(r"(```python\n(?P<code>.*?)```\n)```text\n(?P<printed>.*?)```\n", re.DOTALL)


def test_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update: bool) -> None:
    shutil.copytree(ROOT / "programs" / "fractions", tmp_path / "programs" / "fractions")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}

    def run(block: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(block["code"], names)
        return f"{block[1]}```text\n{printed.getvalue()}```\n"

    page = PAGE.read_text(encoding="utf-8")
    again, blocks = SHOWN.subn(run, page)
    assert blocks == page.count("```python"), "each block is shown with what it prints"
    if update:
        PAGE.write_text(again, encoding="utf-8")
    assert again == page or update
