"""All programs of the repository: its files, and the blocks of its pages."""

from __future__ import annotations

from pathlib import Path

from tests import literate

ROOT = Path(__file__).resolve().parents[1]
TREES = ("programs", "stdlib", "tests", "editors")


def programs() -> dict[str, str]:
    """All programs by where they stand: files, and blocks of pages."""
    files = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
             for tree in TREES for path in sorted((ROOT / tree).rglob("*.ped")) if "node_modules" not in path.parts}
    pages = sorted((ROOT / "docs").rglob("*.md"))
    blocks = {f"{path.relative_to(ROOT)}:{block.line}": block.text for path in pages
              for block in literate.blocks(path.read_text(encoding="utf-8")) if block.language == "ped"}
    return files | blocks
