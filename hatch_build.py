"""What is generated when a wheel is built: the parse tables, so that nobody who installs it needs to make them.

An editable install has none: a checkout makes its tables at the first parse and keeps them beside the grammar.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ParseTables(BuildHookInterface):
    """Puts the tables of this grammar into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generates the tables into a folder that is gone when the wheel is built."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from pedalang.compiler.syntax import tables

        grammar = (Path(self.root) / "grammar" / "pedalang.lark").read_text(encoding="utf-8")
        self._folder = tempfile.TemporaryDirectory()
        made = Path(self._folder.name) / tables.FILE
        if not tables.write(made, tables.generated(grammar)):
            raise OSError(f"{made} cannot be written")
        build_data["force_include"][str(made)] = f"pedalang/_data/grammar/{tables.FILE}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Takes the folder away."""
        if version != "editable":
            self._folder.cleanup()
