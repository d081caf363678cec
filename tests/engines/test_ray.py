"""The engine `ray:` on a cluster of this machine: two workers, and one of them killed. Where Ray is not installed
(`make test-ray` has it), only what addresses say is tested."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pedalang import journal
from pedalang.prompt import Message
from pedalang.runtime import run
from pedalang.runtime.engines import opening, ray
from pedalang.runtime.engines.engine import Engine, Options, Reply
from pedalang.runtime.errors import EngineError
from pedalang.runtime.pool import Observer
from tests.engines.conftest import Stub, answers, asked, failed
from tests.speed.test_run_speed import items, lesson

SECRET = "sk-not-to-be-seen"
WORKERS = 2
ROOT = Path(__file__).resolve().parents[2]
needs_ray = pytest.mark.skipif(not ray.availability().usable, reason="Ray is not installed")


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(("address", "where"), [
    ("llama:", ray.Where("", "llama:", None, 1, 0, 600)),
    ("openai:http://h/v1#m", ray.Where("", "openai:http://h/v1#m", None, 1, 0, 600)),
    ("?workers=2#llama:", ray.Where("", "llama:", 2, 1, 0, 600)),
    ("?workers=4&cpus=2&wait=5#vllm:/m?dtype=bf16", ray.Where("", "vllm:/m?dtype=bf16", 4, 2, 0, 5)),
    ("//h:10001#random:", ray.Where("ray://h:10001", "random:", None, 1, 0, 600)),
    ("//h:10001?gpus=1#openai:http://h/v1#m?x=1",
     ray.Where("ray://h:10001", "openai:http://h/v1#m?x=1", None, 1, 1, 600)),
])
def test_an_address_says_where_and_what(address: str, where: ray.Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "names", lambda: ["llama", "openai", "random", "vllm"])
    assert ray.where(Options(address)) == where


def test_the_environment_names_a_cluster_where_the_address_names_none() -> None:
    environment = {"RAY_ADDRESS": "10.0.0.1:6379"}
    assert ray.where(Options("random:", environment)).address == "10.0.0.1:6379"
    assert ray.where(Options("//h:1#random:", environment)).address == "ray://h:1"


@pytest.mark.parametrize(("address", "code", "seen"), [
    ("", "PED1112", "does not say which engine the workers open"),
    ("//h:10001", "PED1112", "does not say which engine"),
    ("//h#random:", "PED1112", "does not say which engine"),
    ("//user:secret@h:1#random:", "PED1112", "does not say which engine"),
    ("?workers=2", "PED1112", "does not say which engine"),
    ("radnom:", "PED1101", "no engine `radnom`"),
    ("ray:random:", "PED1112", "cannot be `ray:` again"),
    ("?worker=2#random:", "PED1112", "no setting `worker`"),
    ("?workers=0#random:", "PED1112", "`workers` of an engine is `0`"),
    ("?2#random:", "PED1112", "`2` are no settings"),
])
def test_a_wrong_address_is_refused(address: str, code: str, seen: str) -> None:
    with pytest.raises(EngineError, match=seen) as caught:
        ray.where(Options(address))
    assert caught.value.code == code


def test_a_worker_gets_the_variables_that_its_engine_reads_and_no_other() -> None:
    environment = {"OPENAI_API_KEY": SECRET, "HOME": "/home/me", "AWS_SECRET_ACCESS_KEY": "x", "NO_PROXY": "*"}
    assert opening.variables("openai:http://h/v1#m", environment) == {"OPENAI_API_KEY": SECRET, "NO_PROXY": "*"}
    assert opening.variables("random:", environment) == {}


def test_an_engine_that_is_given_variables_says_which_it_reads() -> None:
    for name in opening.names():
        text = (ROOT / "pedalang/runtime/engines" / f"{name}.py").read_text(encoding="utf-8")
        assert "environment" not in text or "\nREADS = " in text, name


# ---------------------------------------------------------------- a cluster of this machine


@pytest.fixture(scope="module")
def cluster() -> Iterator[Engine]:
    """Two workers whose engine follows from the request alone."""
    opened = opening.open_engine(f"ray:?workers={WORKERS}#random:", {})
    yield opened
    asyncio.run(opened.close())


def workers() -> list[int]:
    """The processes of the actors that live, by this machine's list of processes."""
    shown = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in shown.splitlines() if line.split()[1:2] and "ray::Held" in line]


class Kills(Observer):
    """Kills a worker once so many turns are durable."""

    def __init__(self, turns: int) -> None:
        self.left = turns
        self.killed: list[int] = []

    def spoke(self, turn: journal.Turn) -> None:
        self.left -= 1
        if self.left == 0:
            self.killed = sorted(workers())[-1:]  # the youngest: others may still be ending
            for pid in self.killed:
                os.kill(pid, signal.SIGKILL)


def played(folder: Path, engine: Engine, observer: Observer | None = None) -> Path:
    return run.run(lesson(), "lesson", items(40), {"teacher": engine, "student": engine}, seed=7, folder=folder,
                   concurrency=16, observer=observer)


def digest(folder: Path) -> str:
    events = journal.open_journal(folder)
    try:
        return journal.digest(journal.canonical(events))
    finally:
        events.close()


def attempts(folder: Path) -> list[int]:
    events = journal.open_journal(folder)
    try:
        return [each.attempts for each in events.completions()]
    finally:
        events.close()


@needs_ray
def test_its_journal_is_the_one_of_the_engine_inside(tmp_path: Path, cluster: Engine) -> None:
    assert len(workers()) == WORKERS
    alone = played(tmp_path / "alone", opening.open_engine("random:", {}))
    assert digest(played(tmp_path / "workers", cluster)) == digest(alone)


@needs_ray
def test_a_worker_killed_in_the_middle_costs_no_turn(tmp_path: Path, cluster: Engine) -> None:
    alone = played(tmp_path / "alone", opening.open_engine("random:", {}))
    kills = Kills(turns=120)
    killed = played(tmp_path / "killed", cluster, kills)
    assert kills.killed
    assert digest(killed) == digest(alone)
    assert set(attempts(killed)) <= {1, 2}
    assert max(attempts(killed)) == 2, "what the dead worker had was asked once more"


@needs_ray
def test_all_workers_may_be_killed(cluster: Engine) -> None:
    async def both() -> list[Reply | EngineError]:
        await cluster.answer([asked(seed=n, key=f"{n}/0/speech") for n in range(8)])
        for pid in workers():
            os.kill(pid, signal.SIGKILL)
        return await cluster.answer([asked(seed=n, key=f"{n}/1/speech") for n in range(8)])

    assert all(isinstance(reply, Reply) for reply in asyncio.run(both()))


@needs_ray
def test_nothing_listens_on_more_than_the_loopback(cluster: Engine) -> None:
    """Each port of this cluster's processes, by the kernel's list; addresses are in hexadecimal there."""
    sockets = {socket for pid in [os.getpid(), *descendants(os.getpid())] for socket in opened(pid)}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/self/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                listening.append(fields[1].partition(":")[0])
    assert len(listening) > WORKERS
    assert {each[-8:] for each in listening} == {"0100007F"}


def descendants(pid: int) -> list[int]:
    found = []
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for each in map(int, child.read_text().split()):
            found += [each, *descendants(each)]
    return found


def opened(pid: int) -> Iterator[str]:
    for handle in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):
            yield os.readlink(handle)


@needs_ray
def test_half_a_character_fails_its_request_alone(cluster: Engine) -> None:
    odd, fine = answers(cluster, asked(messages=(Message("user", "\ud800"),)), asked())
    assert isinstance(odd, EngineError)
    assert odd.code == "PED1108"
    assert isinstance(fine, Reply)
    assert isinstance(failed(cluster, asked(messages=(Message("user", "\ud800"),))), EngineError)


@needs_ray
def test_a_key_reaches_the_workers_and_stands_nowhere(stub: Stub, cluster: Engine) -> None:
    engine = opening.open_engine(f"ray:?workers=1#openai:{stub.url}#model", {"OPENAI_API_KEY": SECRET})
    assert isinstance(answers(engine, asked())[0], Reply)
    assert [headers["authorization"] for headers in stub.headers] == [f"Bearer {SECRET}"]
    asyncio.run(engine.close())
    assert SECRET not in engine.name
    session = Path("/tmp/ray/session_latest")
    said = [path for path in session.rglob("*") if path.is_file() and not path.is_symlink()
            and SECRET.encode() in path.read_bytes()]
    assert not said


@needs_ray
@pytest.mark.parametrize(("address", "code", "seen"), [
    ("ray:?workers=1#scripted:no-such-file.json", "PED1113", "no-such-file.json is no script"),
    ("ray:?gpus=64#random:", "PED1131", "no worker fits: the cluster has"),
    ("ray:?workers=1&gpus=64&wait=1#random:", "PED1131", "0 of 1 workers were there after 1 s"),
])
def test_what_cannot_be_opened_says_why(address: str, code: str, seen: str, cluster: Engine) -> None:
    with pytest.raises(EngineError, match=seen) as caught:
        opening.open_engine(address, {})
    assert caught.value.code == code
    assert len(answers(cluster, asked())) == 1, "and harms nobody else"


@pytest.fixture
def others(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A cluster that somebody else started, on the loopback: what has to be in the environment to use it, with the
    addresses of its Ray Client server and of itself."""
    told = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": "0123456789abcdef" * 2, "RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": "120",
            "RAY_CLIENT_MAX_CONNECTION_TIMEOUT_S": "120"}  # a machine may be busy
    client, own = free_port(), free_port()
    started = subprocess.Popen(
        [Path(sys.executable).with_name("ray"), "start", "--head", "--block", "--node-ip-address=127.0.0.1",
         f"--port={own}", f"--ray-client-server-port={client}", "--include-dashboard=false", "--num-cpus=2",
         "--object-store-memory=100000000", "--min-worker-port=0", "--max-worker-port=0"], cwd=tmp_path,
        env={**os.environ, **told, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    assert started.stdout is not None
    said: list[str] = []
    for line in started.stdout:
        said.append(line)
        if "runtime started" in line:
            break
    assert "runtime started" in said[-1], "".join(said)
    yield {**told, "client": f"127.0.0.1:{client}", "own": f"127.0.0.1:{own}"}
    started.terminate()
    started.communicate(timeout=60)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


KILLED = """
import asyncio, sys
from pathlib import Path
from pedalang.runtime.engines import opening
from tests.engines.test_ray import Kills, attempts, digest, played
engine = opening.open_engine(sys.argv[1], {"RAY_ADDRESS": sys.argv[2]})
kills = Kills(turns=120)
killed = played(Path("killed"), engine, kills)
asyncio.run(engine.close())
alone = played(Path("alone"), opening.open_engine("random:", {}))
print(len(kills.killed), max(attempts(killed)), digest(killed) == digest(alone))
"""


@needs_ray
@pytest.mark.full
def test_a_cluster_of_others_by_both_its_addresses(tmp_path: Path, others: dict[str, str]) -> None:
    environment = {**os.environ, **others, "PYTHONPATH": str(ROOT)}
    for number, (address, own) in enumerate(((f"ray://{others['client']}?workers=2#random:", ""),
                                             ("ray:?workers=2#random:", others["own"]))):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = subprocess.run([sys.executable, "-c", KILLED, address, own], cwd=folder, env=environment,
                              capture_output=True, text=True, timeout=180)
        assert done.stdout.split() == ["1", "2", "True"], done.stdout + done.stderr


COMMAND = """
import os, sys
from pedalang.__main__ import main
sys.argv = ["ped", *sys.argv[1:]]
main()
"""


@needs_ray
def test_a_command_runs_on_workers_and_leaves_no_process(tmp_path: Path) -> None:
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment = {name: value for name, value in environment.items() if not name.startswith("RAY_")}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "run", str(ROOT / "programs/fractions/main.ped"), "--engine",
         "ray:?workers=2#random:", "--out", str(tmp_path / "run"), "--json", "-n", "3"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    assert len(json.loads(done.stdout)["dialogues"]) == 3
    assert not left_over(tmp_path)


def left_over(folder: Path) -> list[str]:
    """Processes that were begun in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if Path(os.readlink(each)) == folder:
                found.append(each.parent.joinpath("cmdline").read_text())
    return found
