"""Replays: what is in a journal comes out of it again, for the same prompts only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pedalang import journal, prompt
from pedalang.prompt import Message
from pedalang.runtime.engines import replay
from pedalang.runtime.engines.engine import Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError
from tests.engines.conftest import SAYINGS, TALK, asked, failed, replied

SPEECH = asked(key="0/1/speech")
MOVE = asked(key="0/1/move", choices=SAYINGS)
JUDGED = asked(key="0/-1/judge.clear", choices=("1", "2"))
SAID = Reply("Well?", None, (), (), 9, 4, "length")
CHOSEN = Reply(SAYINGS[1], 1, (-2.5, -1.0, -3.0), (-9.0, -4.0, -8.0), 9, 4)


def run(folder: Path, told: Sequence[tuple[Request, Reply]]) -> Engine:
    """A replay of a run in which this was answered."""
    written = journal.create(folder, journal.Header("run", "0", "demo", "lesson", 1, 1, {"teacher": "llama:"}))
    for request, reply in told:
        episode, turn, step = request.key.split("/")
        written.add(journal.Completion(
            int(episode), int(turn), step, prompt.digest(request.messages, request.choices), request.seed, reply.text,
            reply.choice, reply.scores, reply.totals, reply.tokens_in, reply.tokens_out, reply.finish, "llama:"))
    written.commit()
    written.close()
    return replay.open(Options(str(folder)))


def test_what_was_answered_is_answered_again(tmp_path: Path) -> None:
    engine = run(tmp_path, [(SPEECH, SAID), (MOVE, CHOSEN), (JUDGED, Reply("2", 1))])
    assert replied(engine, MOVE) == CHOSEN
    assert replied(engine, SPEECH) == SAID
    assert replied(engine, JUDGED).choice == 1


def test_what_was_not_asked_has_no_answer(tmp_path: Path) -> None:
    engine = run(tmp_path, [(SPEECH, SAID)])
    assert failed(engine, asked(key="0/2/speech")).code == "PED1109"


@pytest.mark.parametrize("other", [
    asked(key=MOVE.key, choices=SAYINGS[:2]),
    asked(key=MOVE.key, choices=SAYINGS, messages=(*TALK[:3], Message("user", "5/6!"))),
])
def test_another_prompt_has_no_answer(tmp_path: Path, other: Request) -> None:
    engine = run(tmp_path, [(MOVE, CHOSEN)])
    assert failed(engine, other).code == "PED1114"


def test_it_speaks_freely_if_the_run_did(tmp_path: Path) -> None:
    """Or other things would be asked."""
    free, grounded = tmp_path / "free", tmp_path / "grounded"
    free.mkdir()
    grounded.mkdir()
    assert run(free, [(SPEECH, SAID)]).abilities.speaks_freely
    grounds = asked(key="0/1/speech", choices=SAYINGS)
    assert not run(grounded, [(grounds, CHOSEN), (MOVE, CHOSEN)]).abilities.speaks_freely


def test_the_name_follows_from_what_is_recorded(tmp_path: Path) -> None:
    names = []
    for each, told in (("a", [(SPEECH, SAID)]), ("b", [(MOVE, CHOSEN)])):
        (tmp_path / each / "demo-1").mkdir(parents=True)
        names.append(run(tmp_path / each / "demo-1", told).name)
    assert names[0] != names[1]
    assert all(name.startswith("replay:demo-1 sha256:") for name in names)


def test_replies_by_key() -> None:
    engine = replay.from_replies({SPEECH.key: SAID})
    assert replied(engine, SPEECH) == SAID
    assert failed(engine, MOVE).code == "PED1109"


def test_no_run(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / journal.FILE_NAME).write_bytes(b"not a database" * 100)
    for target, code in (("", "PED1112"), (str(tmp_path), "PED1113"), (str(tmp_path / "other"), "PED1113")):
        with pytest.raises(EngineError) as caught:
            replay.open(Options(target))
        assert caught.value.code == code
