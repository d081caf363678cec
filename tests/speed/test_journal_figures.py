"""What a journal takes: turns written a second, a turn at a time and many together, and bytes a turn. Figures for
`docs/scaling.md`, with turns as long as those of dialogues in free words."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pedalang import journal
from pedalang.runtime.episode import seeds

TURNS = 8
WORDS = "I think you add the tops and the bottoms, so one half and one third make two fifths; or is that not how " \
        "it goes? I drew a bar and it looked smaller."
"""An utterance: 31 words."""
STATE = {"teacher": {}, "student": {"mastery": 0.4375, "attempt": "2/5", "correct": False, "stuck": 2, "told": 1}}

pytestmark = pytest.mark.full


def written(folder: Path, dialogues: int, together: int) -> tuple[float, float, int]:
    """Turns a second, milliseconds of processor time a turn, and bytes a turn of the closed journal; `together` turns
    are in a transaction."""
    header = journal.Header("run", "0" * 64, "demo", "lesson", 1, dialogues, {"teacher": "m", "student": "m"})
    folder.mkdir()
    episodes = [journal.Episode(number, {"problem": {"a": "1/2", "b": "1/3"}}, STATE) for number in range(dialogues)]
    to = journal.create(folder, header, episodes)
    begun, processor = time.perf_counter(), time.process_time()
    for count, (turn, number) in enumerate(((turn, number) for turn in range(TURNS) for number in range(dialogues)), 1):
        prompt = f"{seeds.derived(1, number, turn, 'teacher', 'speech'):064x}"
        to.add(journal.Completion(number, turn, "speech", prompt, 12345678901, WORDS, None, (), (), 512, 34, "stop",
                                  "vllm:/models/tutor", "f" * 64, 0.4213, 1, 62))
        to.add(journal.Turn(number, turn, "teacher", "work", WORDS, "generated", "probing", {}, "", STATE, (), None,
                            "kp"))
        if count % together == 0:
            to.commit()
    to.commit()
    seconds, processor = time.perf_counter() - begun, time.process_time() - processor
    to.close()
    turns = dialogues * TURNS
    size = sum(path.stat().st_size for path in folder.iterdir())
    return turns / seconds, 1000 * processor / turns, size // turns


def test_turns_a_second_and_bytes_a_turn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {together: written(tmp_path / str(together), dialogues, together)
             for together, dialogues in ((1, 1000), (16, 5000), (64, 5000))}
    with capsys.disabled():
        for together, (a_second, each, size) in found.items():
            print(f"\n{together} turns a transaction: {a_second:.0f} turns/s, {each:.3f} ms of CPU and {size} bytes "
                  "a turn", end="")
    assert all(size < 4096 for _, _, size in found.values())
