"""Which of llama.cpp's slots computes a request, so that what prompts begin with is computed once.

A slot keeps what it computed last, and llama.cpp shares nothing among slots. So a request goes where most of its prompt
is already; what a slot would lose by that is kept aside as llama.cpp writes it down, and read back into whatever slot
goes on with it. A beginning that many prompts have, a system message or a transcript that several questions are about,
is computed by the first that comes and kept before the others go on.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from pedalang.runtime.errors import EngineError

WORTH = 12
"""Tokens that are computed no slower than what is kept aside is fetched."""

Tokens: TypeAlias = tuple[int, ...]
Asked: TypeAlias = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Sends a request to a path of llama.cpp's own server. Raises `EngineError`."""


class Place(NamedTuple):
    """What a completion says besides, so that it is computed in its place, and the tokens that were read for it."""

    body: Mapping[str, Any]
    computed: int = 0


class Drawers:
    """Files for what slots computed: in memory where the system has such files, so that nothing of a dialogue reaches a
    disk or outlives the process; else in a folder for this process alone."""

    def __init__(self) -> None:
        self._folder = None if hasattr(os, "memfd_create") else tempfile.TemporaryDirectory(prefix="pedalang-")
        self.path = "/proc/self/fd/" if self._folder is None else self._folder.name + os.sep
        self._made = 0

    def new(self) -> str:
        self._made += 1
        return str(os.memfd_create("pedalang") if self._folder is None else self._made)

    def drop(self, name: str) -> None:
        if self._folder is None:
            os.close(int(name))
        else:
            Path(self.path, name).unlink(missing_ok=True)

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()


class _Kept(NamedTuple):
    """What is kept aside. A head is the beginning of many prompts."""

    name: str
    size: int
    head: bool


class Places:
    """Several slots that are computed together, asked by as many threads."""

    def __init__(self, slots: int, drawers: Drawers, asked: Asked, read: Callable[[int, Tokens], int],
                 bytes_kept: int) -> None:
        """`read` computes a prompt in a slot and says how many of its tokens were new."""
        self._drawers, self._asked, self._read, self._room = drawers, asked, read, bytes_kept
        self._held: list[Tokens] = [()] * slots
        self._used = [0] * slots
        self._free = set(range(slots))
        self._kept: dict[Tokens, _Kept] = {}
        self._heads: list[Tokens] = []
        self._change = threading.Condition()

    @contextmanager
    def taken(self, prompt: Tokens, head: int) -> Iterator[Place]:
        """A slot for this prompt alone, with as much of it computed as is known. The first `head` tokens are those that
        other prompts may begin with too. Waits for a free slot, and for a beginning that is just being computed."""
        slot, begins, first = self._take(prompt, prompt[:head])
        held: Tokens = ()
        try:
            self._fetch(slot, prompt, begins)
            computed = self._headed(slot, first) if first else 0
            yield Place({"id_slot": slot}, computed)
            held = prompt
        finally:
            with self._change:
                self._held[slot], self._used[slot] = held, max(self._used) + 1
                self._free.add(slot)
                self._done(first)

    def close(self) -> None:
        """Forgets what is kept aside; no slot is taken any more."""
        with self._change:
            for each in self._kept.values():
                self._drawers.drop(each.name)
            self._kept.clear()
            self._drawers.close()

    def _take(self, prompt: Tokens, head: Tokens) -> tuple[int, Tokens, Tokens]:
        """The slot, the beginning that is kept aside where that is better than what the slot has, and the head where
        this request is the one to compute it."""
        with self._change:
            self._change.wait_for(lambda: self._free and not self._soon(prompt))
            begins = max(self._kept, key=lambda each: common(each, prompt), default=())
            aside = common(begins, prompt)
            slot = min(self._free, key=lambda each: (-max(aside, common(self._held[each], prompt)), self._used[each]))
            here = common(self._held[slot], prompt)
            begins = begins if aside - here >= WORTH else ()
            first = head if len(head) - max(aside, here) >= WORTH else ()
            if first:
                self._heads.append(first)
            if begins:
                self._kept[begins] = self._kept.pop(begins)  # the last that was used
            self._free.remove(slot)
            return slot, begins, first

    def _soon(self, prompt: Tokens) -> bool:
        """Whether a head that is being computed has more of the prompt than all that is there."""
        soon = max((common(each, prompt) for each in self._heads), default=0)
        if soon < WORTH:
            return False
        there = [*self._kept, *(self._held[slot] for slot in self._free)]
        return soon - max((common(each, prompt) for each in there), default=0) >= WORTH

    def _fetch(self, slot: int, prompt: Tokens, begins: Tokens) -> None:
        """Keeps what the slot would lose, and reads back what it needs."""
        held = self._held[slot]
        if len(held) - common(held, prompt) >= WORTH:
            self._keep(slot, held, head=False)
        with self._change:
            kept = self._kept.get(begins) if begins else None
            if kept is not None:
                self._slot(slot, "restore", kept.name)

    def _headed(self, slot: int, head: Tokens) -> int:
        """The head is computed and kept, for the others that begin with it."""
        computed = self._read(slot, head)
        self._keep(slot, head, head=True)
        with self._change:
            self._done(head)
        return computed

    def _done(self, head: Tokens) -> None:
        if head in self._heads:
            self._heads.remove(head)
        self._change.notify_all()

    def _keep(self, slot: int, held: Tokens, *, head: bool) -> None:
        name = self._drawers.new()
        size = int(self._slot(slot, "save", name).get("n_written", 0))
        with self._change:
            shorter = [each for each, kept in self._kept.items() if not kept.head and held[: len(each)] == each]
            for each in shorter:
                self._drawers.drop(self._kept.pop(each).name)
            if size and held not in self._kept:
                self._kept[held] = _Kept(name, size, head)
            else:
                self._drawers.drop(name)
            while sum(kept.size for kept in self._kept.values()) > self._room:
                self._drawers.drop(self._kept.pop(next(iter(self._kept))).name)

    def _slot(self, slot: int, action: str, name: str) -> dict[str, Any]:
        """What llama.cpp says; nothing where it cannot: then it computes what it lacks."""
        try:
            return self._asked(f"/slots/{slot}?action={action}", {"filename": name})
        except EngineError:
            return {}


def heads(prompts: Sequence[tuple[Tokens, int]]) -> dict[Tokens, int]:
    """How many tokens of each prompt others begin with too: its system message, given with it, or what it shares with
    another one that is asked together with it."""
    found: dict[Tokens, int] = {}
    for prompt, head in prompts:
        found[prompt] = max(head, found.get(prompt, 0))
    for one, other in pairwise(sorted(prompt for prompt, _ in prompts)):
        shared = common(one, other)
        found[one], found[other] = max(found[one], shared), max(found[other], shared)
    return found


def common(first: Tokens, second: Tokens) -> int:
    """How many tokens two beginnings share."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if first[low:middle] == second[low:middle] else (low, middle - 1)
    return low
