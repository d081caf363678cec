"""What a user can do wrong, and what can go wrong: a coded message, the right exit code, nothing lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pedalang import journal, reading
from tests.cli.conftest import Ped

DEMO = "fractions/main.ped"
FIRST = "first/main.ped"


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (["check", "missing.ped"], 2, "error[PED1402]: `missing.ped` cannot be read: no such file or directory"),
    (["run", DEMO, "demon"], 2, "declares no `run` named `demon`"),
    (["run", DEMO, "--engine", "lama:"], 2, "did you mean `llama`?"),
    (["run", DEMO, "--role", "tutor=random:"], 2, "error[PED1408]: nobody is cast as `tutor` in the flow `lesson`"),
    (["run", DEMO, "--role", "teacher"], 2, "`--role teacher` is not NAME=VALUE"),
    (["run", DEMO, "--data", "sum=x.csv"], 2, "error[PED1407]: the program has no dataset `sum`"),
    (["run", DEMO, "--data", "sums=missing.csv"], 1, "error[PED0801]"),
    (["run"], 2, "error[PED1404]: say either which file to run, or which run to resume"),
    (["run", "--resume", "nowhere"], 1, "error[PED1210]: nowhere holds no run"),
    (["rnu"], 2, "did you mean `run`?"),
    (["run", DEMO, "-n", "1000", "--engine", "random:"], 1, "error[PED0807]"),
])
def test_a_wrong_command_says_what_is_wrong(ped: Ped, arguments: list[str], code: int, message: str) -> None:
    outcome = ped(*arguments)
    assert outcome.code == code
    assert message in outcome.err


def test_a_file_that_is_not_text(ped: Ped, folder: Path) -> None:
    (folder / "bad.ped").write_bytes(b"pedalang 1\n\xff\xfe")
    outcome = ped("check", "bad.ped")
    assert outcome.code == 1
    assert "error[PED0107]: `bad.ped` is not UTF-8: byte 12 does not belong there" in outcome.err


def test_a_megabyte_of_noise(ped: Ped, folder: Path) -> None:
    noise = random.Random(1).choices("".join(map(chr, range(32, 127))) + "\n", k=1_000_000)
    (folder / "noise.ped").write_text("".join(noise))
    outcome = ped("check", "noise.ped", "--json")
    assert outcome.code == 1
    assert 1 <= len(outcome.json["diagnostics"]) <= 60


def test_five_thousand_brackets(ped: Ped, folder: Path) -> None:
    (folder / "deep.ped").write_text(f"let x = {'(' * 5000}1{')' * 5000}\n")
    outcome = ped("check", "deep.ped")
    assert outcome.code == 1
    assert "PED0108" in outcome.out


def not_files(folder: Path) -> dict[str, str]:
    """What a path can lead to besides a file that is to be read, and what is said of each."""
    (folder / "folder.ped").mkdir()
    (folder / "loop.ped").symlink_to("loop.ped")
    with (folder / "large.ped").open("wb") as file:
        file.truncate(reading.LARGEST + 1)
    os.mkfifo(folder / "pipe.ped")
    (folder / "device.ped").symlink_to("/dev/zero")
    (folder / "out.ped").symlink_to(folder.parent / "out.ped")
    (folder.parent / "out.ped").write_text("let a = 1")
    return {"folder": "is a directory", "loop": "too many levels of symbolic links",
            "large": "it is larger than 64 mib", "pipe": "it is no regular file", "device": "it is no regular file"}


@pytest.mark.parametrize("command", ["check", "fmt", "run"])
def test_what_is_no_file_is_not_read(ped: Ped, folder: Path, command: str) -> None:
    for name, why in not_files(folder).items():
        outcome = ped(command, f"{name}.ped")
        assert outcome.code == 2
        assert f"error[PED1402]: `{name}.ped` cannot be read: {why}" in outcome.err


def test_what_is_no_file_or_lies_outside_is_not_imported(ped: Ped, folder: Path) -> None:
    said = not_files(folder)
    (folder / "main.ped").write_text("".join(f"import {name}\n" for name in (*said, "out")) + "let a = 1\n")
    outcome = ped("check", "main.ped")
    assert outcome.code == 1
    for name in ("folder", "loop", "large", "pipe"):
        assert f"error[PED0206]: the module `{name}` cannot be read: {said[name]}" in outcome.out
    for name in ("device", "out"):
        assert f"the module `{name}` cannot be read: it leads out of the program's folder" in outcome.out


def test_modules_that_import_each_other(ped: Ped, folder: Path) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (folder / f"{name}.ped").write_text(f"from {other} import {other}\nlet {name} = 1\n")
    outcome = ped("check", "a.ped")
    assert outcome.code == 1
    assert outcome.out.count("error[PED0205]") == 1


def test_a_row_without_a_field(ped: Ped, folder: Path) -> None:
    (folder / "sums.csv").write_text("id,a\np1,1/2\n")
    outcome = ped("run", DEMO, "--data", "sums=sums.csv", "--engine", "random:")
    assert outcome.code == 1
    assert "error[PED0803]: `sums.csv`, row 1 (line 2): there is no field `b`" in outcome.err
    assert not (folder / "runs").exists()


def test_an_engine_that_is_down(ped: Ped) -> None:
    outcome = ped("run", DEMO, "-n", "2", "--engine", "openai:http://127.0.0.1:9/v1#none", "--out", "down")
    assert outcome.code == 1
    assert "2 of 2 dialogues failed" in outcome.out
    assert "PED1104" in outcome.out


@pytest.mark.parametrize(("answer", "code"), [("", "PED1105"), ("   ", "PED1105")])
def test_an_engine_with_empty_replies(ped: Ped, folder: Path, answer: str, code: str) -> None:
    free = (folder / DEMO).read_text().replace("speak: either", "speak: free").replace("carries: attempt", "")
    (folder / DEMO).write_text(free)
    (folder / "script.json").write_text(json.dumps({"*": answer}))
    outcome = ped("run", DEMO, "-n", "2", "--engine", "scripted:script.json")
    assert outcome.code == 1
    assert code in outcome.out


def test_an_engine_that_never_stops_talking(ped: Ped, folder: Path) -> None:
    free = (folder / DEMO).read_text().replace("speak: either", "speak: free").replace("carries: attempt", "")
    (folder / DEMO).write_text(free)
    (folder / "script.json").write_text(json.dumps({"*": "and so on " * 200_000}))
    outcome = ped("run", DEMO, "-n", "1", "--engine", "scripted:script.json", "--out", "long")
    assert outcome.code in (0, 1)
    turns = journal.open_journal(folder / "long").turns()
    assert turns, "the dialogue is kept"
    assert all(len(turn.text) <= 20_000 for turn in turns)


def test_a_full_disk_loses_nothing(folder: Path, ped: Ped) -> None:
    """The journal may not grow past a limit; the run stops with a code, and goes on without the limit."""
    running = f"{sys.executable} -m pedalang run {DEMO} --engine random: -n 40 --out full"
    limited = subprocess.run(["bash", "-c", f"ulimit -f 100; exec {running}"], capture_output=True, text=True,
                             env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert limited.returncode == 1, limited.stderr
    assert "error[PED1202]: the journal cannot be written" in limited.stderr
    assert "ped run --resume full" in limited.stderr
    kept = _said(folder / "full")
    assert kept
    resumed = ped("run", "--resume", "full", "--json").json
    assert kept.items() <= _said(folder / "full").items()
    assert resumed["measures"] == ped("run", DEMO, "--engine", "random:", "-n", "40", "--json").json["measures"]


def test_ctrl_c_and_on_again(folder: Path, ped: Ped) -> None:
    """Stopped in the middle by Ctrl-C, the run goes on and ends as if it had never been stopped."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = subprocess.Popen([sys.executable, "-m", "pedalang", "run", FIRST, "--engine", "llama:", "--out", "cut"],
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and running.poll() is None and len(_said(folder / "cut")) < 2:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=60)
    assert running.returncode == 130, error
    assert "ped run --resume cut" in error
    whole = ped("run", FIRST, "--engine", "llama:", "--out", "whole", "--json").json
    assert 2 <= len(_said(folder / "cut")) < len(_said(folder / "whole"))
    assert ped("run", "--resume", "cut", "--json").json["measures"] == whole["measures"]
    assert _said(folder / "cut") == _said(folder / "whole")


def _said(folder: Path) -> dict[tuple[int, int], str]:
    """The texts of a run's turns; none where there is no journal yet."""
    try:
        events = journal.open_journal(folder)
    except (FileNotFoundError, journal.JournalFormatError):
        return {}
    try:
        return {(turn.episode, turn.turn): turn.text for turn in events.turns()}
    finally:
        events.close()
