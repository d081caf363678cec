"""The wheel is whole: what it says is inside, and works where there is no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import pedalang

DEPENDENCIES = ("purelib", "platlib")


@pytest.fixture(scope="module")
def wheel(root: Path, written: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from what is tracked or new, so that nothing made in the checkout slips in."""
    source = tmp_path_factory.mktemp("source")
    for path in written:
        target = source / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    built = tmp_path_factory.mktemp("wheel")
    program = f"import sys; from hatchling import build; print(build.build_wheel({str(built)!r}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An otherwise empty folder with the wheel in it."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--no-index", "--target",
                           str(folder), str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def ped(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed command, in a folder of its own. It sees the installed package and the libraries that it depends
    on: an isolated interpreter reads no paths of ours, and the checkout's path file is not looked at."""
    paths = [str(installed), *{sysconfig.get_path(name) for name in DEPENDENCIES}]
    program = (f"import sys; sys.path[:0] = {paths!r}; import pedalang.__main__; "
               f"assert pedalang.__file__.startswith({str(installed)!r}), pedalang.__file__; "
               f"sys.argv = {['ped', *arguments]!r}; pedalang.__main__.main()")
    return subprocess.run([sys.executable, "-I", "-S", "-c", program], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "HOME": str(folder)})


@pytest.fixture
def program(root: Path, tmp_path: Path) -> Path:
    """The demo, copied to where there is nothing else."""
    shutil.copytree(root / "programs/fractions", tmp_path / "fractions")
    return tmp_path / "fractions"


def test_the_wheel_holds_what_the_commands_need(wheel: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {f"pedalang/_data/grammar/{name}" for name in ("pedalang.lark", "pedalang.tables.json")}
    data |= {f"pedalang/_data/{path.relative_to(root)}" for path in (root / "stdlib").rglob("*.ped")}
    data |= {f"pedalang/_data/{path.relative_to(root / 'docs')}" for path in (root / "docs/diagnostics").glob("*.md")}
    code = {str(path.relative_to(root)) for path in (root / "pedalang").rglob("*.py")}
    pages = {str(path.relative_to(root)) for path in (root / "pedalang/study/report/templates").glob("*.*")}
    assert pages, "the report has templates"
    wanted = {"pedalang/py.typed"} | data | code | pages
    assert not wanted - names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    odd = [name for name in zipfile.ZipFile(wheel).namelist()
           if not name.startswith(("pedalang/", "pedalang-")) or "__pycache__" in name]
    assert not odd


def test_what_is_installed_is_not_this_checkout(installed: Path) -> None:
    assert not Path(pedalang.__file__).is_relative_to(installed)
    assert (installed / "pedalang/__main__.py").is_file()


def test_an_installed_ped_checks(installed: Path, program: Path) -> None:
    done = ped(installed, program, "check", "main.ped")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no errors" in done.stdout


def test_an_installed_ped_brings_its_parse_tables(installed: Path, program: Path) -> None:
    """Had it to make them, they would lie in the cache folder of this home."""
    done = ped(installed, program, "fmt", "--check", "main.ped")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (program / ".cache").exists()


def test_an_installed_ped_explains(installed: Path, program: Path) -> None:
    done = ped(installed, program, "explain", "PED0801")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("# PED0801: ")


def test_an_installed_ped_runs(installed: Path, program: Path) -> None:
    done = ped(installed, program, "run", "main.ped", "--engine", "random:", "-n", "2", "--out", "here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "report: here/report.html" in done.stdout
    written = {path.name for path in (program / "here").iterdir()}
    assert {"plan.json", "journal.sqlite", "scores.json", "report.html"} <= written


def test_an_installed_ped_makes_a_program(installed: Path, tmp_path: Path) -> None:
    done = ped(installed, tmp_path, "new", "lesson")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ped(installed, tmp_path / "lesson", "check", "main.ped").returncode == 0
