"""`ped optimize` with a server that writes prompts and speaks: each method finds something better, and one that was
killed goes on to the same artefact. Processes of their own, so that a kill is one.

    pytest -m full tests/study/prompting/test_command.py -s
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Request
from pedalang.study.prompting import proposing
from tests.engines.conftest import Response, Stub, says
from tests.study.prompting.conftest import PROGRAM, tutor, writer

pytestmark = pytest.mark.full

ROWS = "a,b\n" + "".join(f"{2 + n},{3 + 7 * n % 29}\n" for n in range(60))
TUNE = {"gepa": "[Tutor.voice]", "mipro_v2": "[Tutor.voice, Tutor.examples]", "random_search": "[Tutor.examples]",
        "bootstrap": "[Tutor.examples]", "copro": "[Tutor.voice]", "simba": "[Tutor.voice, Tutor.examples]"}


def behaves(body: dict[str, Any]) -> Response:
    """The engine of the other tests as a server: who asks for fields, or for a new text, is written one."""
    messages = tuple(Message(each["role"], each["content"]) for each in body["messages"])
    request = Request(messages, body.get("seed", 0))
    asked = messages[0].text == proposing.VOICE or "[[ ## " in messages[-1].text
    return says(writer(request) if asked else tutor(request))


@pytest.fixture
def server() -> Iterator[Stub]:
    stub = Stub()
    stub.then(behaves)
    yield stub
    stub.close()


def written(folder: Path, method: str) -> Path:
    """The lesson with sixty sums, tuned by a method."""
    text = PROGRAM.read_text(encoding="utf-8").replace("train: 0..8, dev: 8..14, exam: 14..20",
                                                       "train: 0..20, dev: 20..40, exam: 40..60")
    text = text.replace("method: mipro_v2", f"method: {method}").replace("[Tutor.voice, Tutor.examples]", TUNE[method])
    folder.mkdir(exist_ok=True)
    (folder / "sums.csv").write_text(ROWS, encoding="utf-8")
    (folder / "lesson.ped").write_text(text, encoding="utf-8")
    return folder / "lesson.ped"


def begun(file: Path, out: Path, stub: Stub) -> subprocess.Popen[str]:
    """`ped optimize`, under way."""
    engine = f"openai:{stub.url}#small"
    return subprocess.Popen([sys.executable, "-m", "pedalang", "optimize", str(file), "--engine", engine, "--out",
                             str(out), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done(file: Path, out: Path, stub: Stub) -> Any:
    process = begun(file, out, stub)
    printed, told = process.communicate(timeout=400)
    assert process.returncode == 0, printed + told
    assert not told, "DSPy says nothing"
    return json.loads(printed)


@pytest.mark.parametrize("method", TUNE)
def test_each_method_finds_something_better(method: str, server: Stub, tmp_path: Path) -> None:
    started = time.perf_counter()
    found = done(written(tmp_path, method), tmp_path / "out", server)
    first, best = found["candidates"][0], found["candidates"][found["best"]]
    difference = found["test"]["difference"]
    print(f"| `{method}` | {len(found['candidates'])} | {found['cost']['calls']:,} | {first['score']['value']:.3f} | "
          f"{best['score']['value']:.3f} | {difference['value']:+.3f} | {difference['low']:+.3f} to "
          f"{difference['high']:+.3f} | {time.perf_counter() - started:.0f} s |")
    assert best["score"]["value"] > first["score"]["value"]
    assert difference["low"] > 0


@pytest.mark.parametrize("method", ["gepa", "mipro_v2", "random_search"])
def test_a_killed_search_goes_on_to_the_same_artefact(method: str, server: Stub, tmp_path: Path) -> None:
    file = written(tmp_path, method)
    whole = done(file, tmp_path / "whole", server)
    process = begun(file, tmp_path / "killed", server)
    ledger = tmp_path / "killed" / "ledger.jsonl"
    while process.poll() is None:
        accepted = ledger.read_bytes().count(b'"accepted":true') if ledger.exists() else 0
        if accepted > 1:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    again = done(file, tmp_path / "killed", server)
    assert again["candidates"] == whole["candidates"]
    assert again["cost"] == whole["cost"]
    artefacts = [(tmp_path / name / "tuned" / "artefact.json").read_bytes() for name in ("whole", "killed")]
    assert artefacts[0] == artefacts[1]
