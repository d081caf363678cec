"""Which slot computes what: nothing that is known is computed twice, and nobody is in a slot that another has. Against
a server that counts as llama.cpp does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pedalang.runtime.engines.places import Drawers, Places, Tokens, common, heads
from pedalang.runtime.errors import EngineError

HEAD = tuple(range(100, 140))
BYTES_A_TOKEN = 10


class Slots:
    """What llama.cpp would have in its slots, and how many tokens it would have computed."""

    def __init__(self, slots: int, *, room: int = 1 << 20, broken: bool = False) -> None:
        self.held: list[Tokens] = [()] * slots
        self.busy: set[int] = set()
        self.drawers = Drawers()
        self.aside: dict[str, Tokens] = {}
        self.computed: list[int] = []
        self.broken = broken
        self.places = Places(slots, self.drawers, self.asked, self.read, room)

    def asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.broken:
            raise EngineError("PED1108", "no room")
        slot, action = int(path.split("/")[2].partition("?")[0]), path.partition("=")[2]
        if action == "save":
            self.aside[body["filename"]] = self.held[slot]
        else:
            self.held[slot] = self.aside[body["filename"]]
        return {"n_written": BYTES_A_TOKEN * len(self.held[slot])}

    def read(self, slot: int, prompt: Tokens) -> int:
        new = len(prompt) - common(self.held[slot], prompt)
        self.held[slot] = prompt
        self.computed.append(new)
        return new

    @contextmanager
    def asking(self, prompt: Tokens, head: int = 0) -> Iterator[int]:
        """Takes a place and computes there: gives how many tokens were new, the head's among them."""
        with self.places.taken(prompt, head) as place:
            slot = place.body["id_slot"]
            assert slot not in self.busy
            self.busy.add(slot)
            yield place.computed + self.read(slot, prompt)
            self.busy.remove(slot)

    def new(self, prompt: Tokens, head: int = 0) -> int:
        with self.asking(prompt, head) as computed:
            return computed


@pytest.fixture
def two() -> Iterator[Slots]:
    slots = Slots(2)
    yield slots
    slots.places.close()


def test_a_head_is_computed_once(two: Slots) -> None:
    told = [two.new((*HEAD, number, number), len(HEAD)) for number in range(6)]
    assert told == [len(HEAD) + 2, 2, 2, 2, 2, 2]


def test_a_dialogue_that_lost_its_slot_goes_on_where_it_was(two: Slots) -> None:
    talks: list[Tokens] = [(number,) * 30 for number in range(5)]
    for turn in range(4):
        new = [two.new(talk) for talk in talks]
        assert new == [30 if turn == 0 else 20] * len(talks)
        talks = [(*talk, *(1000 + talk[0],) * 20) for talk in talks]


def test_who_comes_while_a_head_is_computed_waits_for_it() -> None:
    slots, begun, go_on = Slots(4), threading.Event(), threading.Event()
    read = slots.read

    def slowly(slot: int, prompt: Tokens) -> int:
        begun.set()
        assert go_on.wait(10)
        return read(slot, prompt)

    slots.places._read = slowly
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(slots.new, (*HEAD, 1), len(HEAD))
        assert begun.wait(10)
        others = [threads.submit(slots.new, (*HEAD, number), len(HEAD)) for number in (2, 3)]
        stranger = threads.submit(slots.new, (7,) * 50)
        assert stranger.result(10) == 50, "who has nothing of it does not wait"
        go_on.set()
        assert first.result(10) == len(HEAD) + 1
        assert [each.result(10) for each in others] == [1, 1]
    slots.places.close()


def test_what_is_kept_aside_is_bounded() -> None:
    slots = Slots(1, room=100 * BYTES_A_TOKEN)
    for number in range(20):
        slots.new((number,) * 40)
    assert sum(kept.size for kept in slots.places._kept.values()) <= 100 * BYTES_A_TOKEN
    assert slots.new((19,) * 41) == 1
    assert slots.new((18,) * 41) == 1, "the last are kept"
    assert slots.new((1,) * 41) == 41
    slots.places.close()


def test_where_nothing_can_be_kept_all_is_computed() -> None:
    slots = Slots(1, broken=True)
    assert [slots.new((number,) * 40) for number in (1, 2, 1)] == [40, 40, 40]
    slots.places.close()


def test_a_failed_request_gives_its_slot_back(two: Slots) -> None:
    for _ in range(3):
        with pytest.raises(EngineError), two.places.taken(HEAD, len(HEAD)):
            raise EngineError("PED1108", "no")
    assert two.new((*HEAD, 1), len(HEAD)) <= len(HEAD) + 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), max_size=30).map(tuple), min_size=1, max_size=30), st.integers(1, 4))
def test_no_two_are_in_one_slot_and_all_are_answered(prompts: list[Tokens], count: int) -> None:
    slots = Slots(count)
    with ThreadPoolExecutor(count) as threads:
        new = list(threads.map(lambda prompt: slots.new(prompt, len(prompt) // 2), prompts))
    assert len(new) == len(prompts)
    assert all(0 <= each <= len(prompt) for each, prompt in zip(new, prompts, strict=True))
    assert sum(new) == sum(slots.computed)
    slots.places.close()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1), max_size=12).map(tuple), st.lists(st.integers(0, 1), max_size=12).map(tuple))
def test_common_beginnings(first: Tokens, second: Tokens) -> None:
    shared = common(first, second)
    assert first[:shared] == second[:shared]
    assert shared == min(len(first), len(second)) or first[shared] != second[shared]


@given(st.lists(st.tuples(st.lists(st.integers(0, 1), max_size=8).map(tuple), st.just(0)), max_size=6))
def test_a_head_is_what_the_most_alike_prompt_shares(prompts: list[tuple[Tokens, int]]) -> None:
    found = heads(prompts)
    for number, (prompt, _) in enumerate(prompts):
        others = [other for at, (other, _) in enumerate(prompts) if at != number]
        assert found[prompt] == max((common(prompt, other) for other in others), default=0)
