"""The contracts of `pyproject.toml` hold, and they notice what they are there for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import networkx

# A module that exists, what is written at its end, and how the breach is reported.
SEEDED = [
    ("compiler/checks/no_way_out.py", "import networkx", "pedalang.compiler.checks.no_way_out -> networkx"),
    ("compiler/checks/no_way_out.py", "from pedalang.compiler.checks import unreachable_phase",
     "pedalang.compiler.checks.no_way_out is not allowed to import pedalang.compiler.checks.unreachable_phase"),
    ("compiler/lower/program.py", "import torch", "pedalang.compiler.lower.program -> torch"),
    ("runtime/episode/turns.py", "import dspy", "pedalang.runtime.episode.turns -> dspy"),
    ("runtime/run.py", "from pedalang.compiler import compile", "pedalang.runtime.run -> pedalang.compiler.compile"),
    ("study/rubrics/talk_share.py", "from pedalang.compiler.syntax import parse",
     "pedalang.study.rubrics.talk_share -> pedalang.compiler.syntax.parse"),
    ("plan.py", "from pedalang.compiler.ir import graph", "pedalang.plan -> pedalang.compiler.ir.graph"),
    ("cli/check.py", "from pedalang.cli import fmt", "pedalang.cli.check is not allowed to import pedalang.cli.fmt"),
    ("compiler/syntax/parse.py", "from pedalang.compiler.ir import graph",
     "pedalang.compiler.syntax.parse -> pedalang.compiler.ir.graph"),
    ("compiler/sundries.py", "", "sundries"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter on the package in a folder."""
    program = ("import sys; from importlinter.application import use_cases; "
               "from importlinter.cli import configuration; configuration.configure(); "
               "sys.exit(0 if use_cases.lint_imports(cache_dir=None, no_logo=True) else 1)")
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"})


def test_contracts_are_kept(root: Path) -> None:
    done = lint(root)
    assert done.returncode == 0, f"contracts are broken:\n{done.stdout}{done.stderr}"


def test_contracts_notice_what_they_are_there_for(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "pedalang", tmp_path / "pedalang", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    for name, line, _ in SEEDED:
        with (tmp_path / "pedalang" / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    missed = [breach for _, _, breach in SEEDED if breach not in done.stdout]
    assert not missed, f"not reported: {missed}\n{done.stdout}{done.stderr}"


def test_no_module_is_in_an_import_cycle() -> None:
    graph = grimp.build_graph("pedalang", cache_dir=None)
    imports = networkx.DiGraph((importer, imported) for importer in graph.modules
                               for imported in graph.find_modules_directly_imported_by(importer))
    cycles = [sorted(each) for each in networkx.strongly_connected_components(imports) if len(each) > 1]
    assert not cycles, "\n".join(map(str, cycles))
