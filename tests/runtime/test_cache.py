"""The cache of answers: the same twice is asked once, nothing else changes, and whatever happens to it, runs go on."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pedalang import journal
from pedalang.prompt import Message
from pedalang.runtime import cache, run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError
from tests.runtime.conftest import Picks, both, canonical, items, lesson, tutor

ROOT = Path(__file__).resolve().parents[2]
ASKED = Request((Message("user", "How much?"),), 3, key="0/1/speech")


class Weighed(Picks):
    """An engine whose weights are known."""

    def __init__(self, *arguments: Any, **abilities: Any) -> None:
        super().__init__(*arguments, **abilities)
        self.model = "sha256:weights"


@pytest.fixture
def warned() -> list[str]:
    return []


@pytest.fixture
def answers(tmp_path: Path, warned: list[str]) -> Iterator[cache.Answers]:
    with cache.opened(tmp_path / "cache", warned.append) as found:
        yield found


def ask(engine: Any, *requests: Request) -> list[Reply | EngineError]:
    return asyncio.run(engine.answer(requests))


def test_what_was_answered_is_not_asked_again(answers: cache.Answers) -> None:
    inner = Weighed()
    engine = answers.around(inner)
    (first,), (again,) = ask(engine, ASKED), ask(engine, ASKED)
    assert isinstance(first, Reply) and isinstance(again, Reply) and len(inner.requests) == 1
    assert (first.attempts, again.attempts, again.computed) == (1, 0, 0)
    assert msgspec.structs.replace(again, attempts=1, computed=first.computed) == first


def test_of_two_that_are_asked_together_one_is_asked(answers: cache.Answers) -> None:
    inner = Weighed()
    other = msgspec.structs.replace(ASKED, seed=4)
    found = ask(answers.around(inner), ASKED, other, ASKED)
    assert inner.batches == [2] and [each.attempts for each in found if isinstance(each, Reply)] == [1, 1, 0]
    assert isinstance(found[0], Reply) and isinstance(found[2], Reply) and found[0].text == found[2].text


@pytest.mark.parametrize("change", [
    {"messages": (Message("user", "How many?"),)}, {"messages": (Message("system", "How much?"),)}, {"seed": 4},
    {"choices": ("a", "b")}, {"max_tokens": 81}, {"temperature": 0.5}, {"top_p": 0.5}, {"stop": ("\n",)},
    {"schema": {"type": "object"}}, {"grammar": "start: /a/"},
], ids=lambda change: next(iter(change)))
def test_whatever_could_change_an_answer_is_in_the_key(change: dict[str, Any]) -> None:
    assert cache.key("e", "m", msgspec.structs.replace(ASKED, **change)) != cache.key("e", "m", ASKED)


def test_the_key_says_who_answers_and_not_for_which_turn() -> None:
    assert cache.key("e", "m", ASKED) != cache.key("e", "n", ASKED) != cache.key("f", "m", ASKED)
    elsewhere = msgspec.structs.replace(ASKED, key="9/9/move", purpose="move")
    assert cache.key("e", "m", elsewhere) == cache.key("e", "m", ASKED)


def test_an_engine_without_weights_is_left_alone(answers: cache.Answers) -> None:
    engine = Picks()
    assert answers.around(engine) is engine


def test_errors_are_not_kept(answers: cache.Answers) -> None:
    class Failing(Weighed):
        def reply(self, request: Request) -> Reply | EngineError:
            return EngineError("PED1103", "no") if len(self.requests) == 1 else super().reply(request)

    engine = answers.around(Failing())
    (first,), (again,) = ask(engine, ASKED), ask(engine, ASKED)
    assert isinstance(first, EngineError) and isinstance(again, Reply) and again.attempts == 1


def test_a_run_is_the_same_with_a_cache_and_asks_nothing_the_second_time(tmp_path: Path,
                                                                         answers: cache.Answers) -> None:
    of = lesson(teacher=tutor(speak="free"))

    def played(name: str, engine: Any) -> Path:
        return run.run(of, "lesson", items(6), both(engine), seed=4, folder=tmp_path / name)

    inner, again = Weighed(speaks_freely=True), Weighed(speaks_freely=True)
    plain = played("plain", Weighed(speaks_freely=True))
    kept, second = played("kept", answers.around(inner)), played("second", answers.around(again))
    assert canonical(plain) == canonical(kept) == canonical(second)
    assert inner.requests and again.requests == []
    events = journal.open_journal(second)
    assert {each.attempts for each in events.completions()} == {0}
    events.close()


def test_the_file_is_the_user_s_alone(tmp_path: Path, answers: cache.Answers) -> None:
    ask(answers.around(Weighed()), ASKED)
    files = list((tmp_path / "cache").iterdir())
    assert files and all(file.stat().st_mode & 0o077 == 0 for file in files)
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
    assert not any(b"How much?" in file.read_bytes() for file in files), "prompts are not kept"


def spoil(path: Path, how: str) -> None:
    if how == "other bytes":
        path.write_bytes(os.urandom(9000))
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif how == "pages":
        data = bytearray(path.read_bytes())
        data[4096:] = os.urandom(len(data) - 4096)
        path.write_bytes(data)
    else:
        connection = sqlite3.connect(path)
        connection.execute(how)
        connection.commit()
        connection.close()


@pytest.mark.parametrize("how", ["other bytes", "cut", "pages", "PRAGMA user_version = 9", "PRAGMA application_id = 0"])
def test_a_spoilt_file_is_set_aside_and_the_run_goes_on(how: str, tmp_path: Path, warned: list[str]) -> None:
    for _ in range(2):
        with cache.opened(tmp_path, warned.append) as answers:
            ask(answers.around(Weighed()), *(msgspec.structs.replace(ASKED, seed=seed) for seed in range(200)))
    assert warned == []
    spoil(tmp_path / cache.FILE_NAME, how)
    with cache.opened(tmp_path, warned.append) as answers:
        engine = Weighed()
        assert all(isinstance(each, Reply) for each in ask(answers.around(engine), ASKED))
        assert all(isinstance(each, Reply) for each in ask(answers.around(engine), ASKED))
        assert len(engine.requests) == 1, "and a new one is begun"
    assert len(warned) == 1 and "set aside as answers.sqlite.spoilt-1" in warned[0]
    assert (tmp_path / "answers.sqlite.spoilt-1").is_file()


def test_a_spoilt_answer_is_asked_again(tmp_path: Path, answers: cache.Answers, warned: list[str]) -> None:
    engine = Weighed()
    ask(answers.around(engine), ASKED)
    connection = sqlite3.connect(tmp_path / "cache" / cache.FILE_NAME)
    with connection:
        connection.execute("UPDATE answers SET reply = replace(reply, 'Words', 'Wards')")
    connection.close()
    ask(answers.around(engine), ASKED)
    ask(answers.around(engine), ASKED)
    assert len(engine.requests) == 2 and warned == []


def test_a_folder_that_cannot_be_made_is_said_once(tmp_path: Path, warned: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    with cache.opened(tmp_path / "file" / "cache", warned.append) as answers:
        engine = Weighed()
        for _ in range(2):
            assert isinstance(ask(answers.around(engine), ASKED)[0], Reply)
    assert len(warned) == 1 and "cannot be used" in warned[0]


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, warned: list[str]) -> None:
    def asked(seeds: Sequence[int]) -> int:
        engine = Weighed(words=lambda request: "word " * 400)
        with cache.opened(tmp_path, warned.append, most=1 << 20) as answers:
            for seed in seeds:
                ask(answers.around(engine), msgspec.structs.replace(ASKED, seed=seed))
        return len(engine.requests)

    assert asked(range(100)) == 100
    assert asked(range(10)) == 0, "these are used again"
    assert asked(range(1000, 1180)) == 180
    assert asked(range(10)) == 0
    assert asked(range(10, 100)) > 40, "the others had to go"
    assert (tmp_path / cache.FILE_NAME).stat().st_size < 3 << 20 and warned == []


WRITER = """
import asyncio, sys
from pathlib import Path
from pedalang.prompt import Message
from pedalang.runtime import cache
from pedalang.runtime.engines.engine import Abilities, Reply, Request
def warn(message): print(message, flush=True)
class Engine:
    name, model, abilities, requests = "picks", "sha256:weights", Abilities(), []
    async def answer(self, requests):
        self.requests += requests
        return [Reply(f"{each.seed} " * 50) for each in requests]
engine = Engine()
with cache.opened(Path(sys.argv[1]), warn) as answers:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(150):
        seed = number if number % 2 else number + int(sys.argv[2]) * 1000
        (reply,) = asyncio.run(answers.around(engine).answer([Request((Message("user", "?"),), seed)]))
        assert reply.text == f"{seed} " * 50, reply
        if sys.argv[3:] and number == 40: print("half", flush=True); sys.stdin.readline()
print(len(engine.requests))
"""


@pytest.fixture
def writer(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    def started(*arguments: str) -> subprocess.Popen[str]:
        made = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), *arguments], text=True, cwd=ROOT,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert made.stdout is not None and made.stdout.readline() == "ready\n"
        return made

    return started


def test_processes_share_it_and_one_may_die(tmp_path: Path, writer: Callable[..., Any], warned: list[str]) -> None:
    killed, *others = writer("9", "stop"), *(writer(str(number)) for number in range(3))
    for each in (killed, *others):
        each.stdin.write("\n")
        each.stdin.flush()
    assert killed.stdout.readline() == "half\n"
    killed.send_signal(signal.SIGKILL)
    told = [each.communicate("\n")[0] for each in others]
    killed.communicate()
    assert all(each.strip().isdecimal() for each in told), told
    with cache.opened(tmp_path, warned.append) as answers:
        engine = Weighed()
        requests = [Request((Message("user", "?"),), number if number % 2 else number + of * 1000)
                    for of in range(3) for number in range(150)]
        found = ask(answers.around(engine), *requests)
        assert engine.requests == [] and warned == []
        assert [each.text for each in found if isinstance(each, Reply)] == [f"{each.seed} " * 50 for each in requests]


def test_the_folder_is_where_the_user_says() -> None:
    assert cache.folder({"PEDALANG_CACHE": "/kept", "HOME": "/home/x"}) == Path("/kept")
    assert cache.folder({"XDG_CACHE_HOME": "/caches", "HOME": "/home/x"}) == Path("/caches/pedalang")
    assert cache.folder({"HOME": "/home/x"}) == Path("/home/x/.cache/pedalang")

