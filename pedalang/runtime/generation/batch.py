"""Many prompts answered together by one model: each may come and go between two forward passes.

A thread takes what was asked, and each of its passes computes the next token of every reply under way, the next part
of every new prompt, and the words that are to be weighed. What prompts begin with in common is computed once: a prompt
whose beginning is being computed for another one waits for it.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import torch

from pedalang.runtime.errors import EngineError
from pedalang.runtime.generation import rows, words
from pedalang.runtime.generation.prefixes import BLOCK, Node, Prefixes
from pedalang.runtime.generation.rows import Pass, Piece, Rows, Shape
from pedalang.runtime.generation.words import Tokens

if TYPE_CHECKING:
    from pedalang.runtime.generation.constraint import Held


LANES = 4
"""Of how many weights the beginnings of prompts are kept: weights that learn are others after each step."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one prompt is asked for: how probable each of `weighed` is after it, or else up to `most` new tokens.
    `stops` says of a reply so far that it is to end; `adapter` names changed weights."""

    prompt: Tokens
    weighed: tuple[Tokens, ...] = ()
    most: int = 80
    temperature: float = 0.0
    top_p: float | None = None
    seed: int = 0
    stops: Callable[[Sequence[int]], bool] | None = None
    held: Held | None = None
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The new tokens, or the log-probabilities of each of the words' tokens. `computed`: tokens of the prompt that
    were read anew. `whole`: the reply ended by itself."""

    tokens: Tokens = ()
    weights: tuple[tuple[float, ...], ...] = ()
    computed: int = 0
    whole: bool = True


@dataclass(slots=True, eq=False)
class _Job:
    """A prompt under way: `at` of its tokens are computed, `node` holds the last of them that are kept for others."""

    asked: Asked
    answer: Future[Answer]
    tokens: list[int]
    tree: words.Tree | None
    random: Random
    at: int = 0
    found: int = 0
    node: Node[torch.Tensor] | None = None
    blocks: int = 0

    @property
    def room(self) -> int:
        return len(self.asked.prompt) + (0 if self.asked.weighed else self.asked.most)

    def next(self, row: int, most: int) -> Piece:
        tokens = self.tokens[self.at : self.at + most]
        return Piece(row, self.at, tokens, self.tree if self.at + len(tokens) == len(self.tokens) else None)


class Batch:
    """One model's replies under way, `slots` at most. `ends` are the tokens that end a reply, `memory` the bytes for
    keys and values, half of them for what prompts begin with; `most` tokens of prompts are read in a pass. `use` makes
    an adapter's weights count, and raises `EngineError` where there is none."""

    def __init__(self, model: Any, shape: Shape, ends: frozenset[int], *, slots: int, memory: int, most: int,
                 use: Callable[[str], None]) -> None:
        self._asked: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lanes: dict[str, _Lane] = {}
        self._make = lambda: _Lane(model, shape, ends, slots, memory, most)
        self._use = use
        self._closed = False
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="pedalang-batch", daemon=True)
        self._thread.start()

    def ask(self, asked: Asked) -> Future[Answer]:
        """Fails with `EngineError`. A cancelled one is given up before the next pass."""
        answer: Future[Answer] = Future()
        tree = words.tree(asked.weighed) if asked.weighed else None
        with self._guard:
            if self._closed:
                answer.set_exception(_closed())
            else:
                self._asked.put(_Job(asked, answer, list(asked.prompt), tree, Random(asked.seed)))
        return answer

    def close(self) -> None:
        """Fails what is under way, and waits for the thread."""
        with self._guard:
            self._closed = True
            self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        while self._take():
            for name, lane in self._lanes.items():
                if lane.busy:
                    try:
                        self._use(name)
                        lane.step()
                    except Exception as error:  # whatever a library raises, those who wait are told
                        lane.fail(_failure(error))
        for lane in self._lanes.values():
            lane.fail(_closed())

    def _take(self) -> bool:
        """Takes what was asked, and waits for that where there is nothing to do. False after the end."""
        wait = not any(lane.busy for lane in self._lanes.values())
        while wait or not self._asked.empty():
            job = self._asked.get()
            if job is None:
                return False
            lane = self._lanes.pop(job.asked.adapter, None) or self._make()
            self._lanes[job.asked.adapter] = lane
            lane.waiting.append(job)
            wait = False
        idle = [name for name, lane in self._lanes.items() if not lane.busy]
        for name in idle[: max(0, len(self._lanes) - LANES)]:
            del self._lanes[name]
        return True


@dataclass(slots=True)
class _Lane:
    """Those who are answered by the same weights: a pass is made for all of them. A job's place is its row."""

    model: Any
    shape: Shape
    ends: frozenset[int]
    slots: int
    memory: int
    most: int
    waiting: deque[_Job] = field(default_factory=deque)
    under_way: list[_Job] = field(default_factory=list)
    rows: Rows = field(init=False)
    prefixes: Prefixes[torch.Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = Rows(self.shape)
        self.prefixes = Prefixes(self.memory // 2 // (self.shape.bytes * BLOCK))

    @property
    def busy(self) -> bool:
        return bool(self.waiting or self.under_way)

    def step(self) -> None:
        self._give_up()
        self._admit()
        if not self.under_way:
            return
        left = self.most
        pieces = []
        for row, job in enumerate(self.under_way):
            if left > 0 or len(job.tokens) - job.at == 1:
                pieces.append(job.next(row, max(1, left)))
                left -= len(pieces[-1].tokens)
        made = Pass(self.rows, pieces)
        self._advance(made, rows.forward(self.model, made))

    def fail(self, error: EngineError) -> None:
        for job in (*self.under_way, *self.waiting):
            _tell(job, error)
        self.under_way.clear()
        self.waiting.clear()
        self.rows = Rows(self.shape)
        self.prefixes.clear()

    def _give_up(self) -> None:
        for row in reversed(range(len(self.under_way))):
            if self.under_way[row].answer.cancelled():
                self._leave(row)

    def _admit(self) -> None:
        """Begins a row for each one that there is room for, but those whose beginning is being computed."""
        coming = {self._coming(job) for job in self.under_way if job.at < len(job.asked.prompt)} - {None}
        still: deque[_Job] = deque()
        while self.waiting:
            job = self.waiting.popleft()
            if job.answer.cancelled():
                continue
            if not self._fits(job):
                still.append(job)
                continue
            nodes = self.prefixes.find(job.asked.prompt[:-1])
            job.node, job.blocks = nodes[-1] if nodes else self.prefixes.root, len(nodes)
            first = self._coming(job)
            if first in coming:
                still.append(job)
                continue
            if first is not None:
                coming.add(first)
            job.at = job.found = len(nodes) * BLOCK
            self.under_way.append(job)
            self.rows.fit(len(self.under_way), max(each.room for each in self.under_way))
            self.rows.put(len(self.under_way) - 1, [node.kept for node in nodes if node.kept is not None])
        self.waiting = still

    def _fits(self, job: _Job) -> bool:
        longest = max([each.room for each in self.under_way] + [job.room])
        count = len(self.under_way) + 1
        return count == 1 or (count <= self.slots and count * longest * self.shape.bytes <= self.memory // 2)

    def _coming(self, job: _Job) -> tuple[int, Tokens] | None:
        """The first block of a prompt that is not kept yet."""
        start = job.blocks * BLOCK
        tokens = job.asked.prompt[start : start + BLOCK]
        return (id(job.node), tokens) if start + BLOCK < len(job.asked.prompt) else None

    def _advance(self, made: Pass, logits: torch.Tensor) -> None:
        """What a pass computed: kept for others, weighed, or drawn from."""
        drawing: list[tuple[int, _Job, int]] = []
        done: list[tuple[int, Answer]] = []
        place = 0
        for piece in made.pieces:
            job = self.under_way[piece.row]
            job.at = piece.end
            if len(piece.tokens) > 1:
                self._keep(job, piece.row)
            if piece.words is not None:
                count = len(piece.words.tokens) + 1
                weights = _weights(job, logits[place : place + count])
                done.append((piece.row, Answer(weights=weights, computed=len(job.asked.prompt) - job.found)))
                place += count
                continue
            if job.at == len(job.tokens):
                drawing.append((piece.row, job, place))
            place += 1
        if drawing:
            drawn = _drawn(logits[[where for *_, where in drawing]], [job for _, job, _ in drawing])
            done += [(row, answer) for (row, job, _), token in zip(drawing, drawn, strict=True)
                     if (answer := self._said(job, token)) is not None]
        for row, answer in sorted(done, key=lambda each: -each[0]):
            job = self.under_way[row]
            self._keep(job, row)
            self._leave(row)
            with suppress(Exception):  # it may have been cancelled just now
                job.answer.set_result(answer)

    def _said(self, job: _Job, token: int) -> Answer | None:
        """The whole reply, where this token is its last or ends it."""
        over = job.asked.held is not None and job.asked.held.took(token)
        ends = token in self.ends
        if not ends:
            job.tokens.append(token)
        reply = job.tokens[len(job.asked.prompt) :]
        whole = ends or over or (job.asked.stops is not None and job.asked.stops(reply))
        if not whole and len(reply) < job.asked.most:
            return None
        return Answer(tuple(reply), computed=len(job.asked.prompt) - job.found, whole=whole)

    def _keep(self, job: _Job, row: int) -> None:
        """Keeps the whole blocks that are computed, for prompts that begin alike."""
        while job.node is not None and (job.blocks + 1) * BLOCK <= job.at:
            start = job.blocks * BLOCK
            tokens = tuple(job.tokens[start : start + BLOCK])
            known = job.node.then.get(tokens)
            kept = known.kept if known is not None else None
            if kept is None:
                kept = self.rows.cut(row, start, start + BLOCK)
            job.node = self.prefixes.add(job.node, tokens, kept)
            job.blocks += 1

    def _leave(self, row: int) -> None:
        """Takes a row out; the last one comes to its place."""
        last = self.under_way.pop()
        if row < len(self.under_way):
            self.rows.move(len(self.under_way), row, last.at)
            self.under_way[row] = last


def _weights(job: _Job, logits: torch.Tensor) -> tuple[tuple[float, ...], ...]:
    """The log-probability of each token of each word, by what was asked after the tokens before it."""
    if job.tree is None:
        return ()
    known = torch.log_softmax(logits, dim=-1)
    pairs = [(place, token) for steps, word in zip(job.tree.steps, job.asked.weighed, strict=True)
             for place, token in zip(steps, word, strict=True)]
    places, tokens = zip(*pairs, strict=True)
    values = iter(known[list(places), list(tokens)].tolist())
    return tuple(tuple(next(values) for _ in word) for word in job.asked.weighed)


def _drawn(logits: torch.Tensor, jobs: Sequence[_Job]) -> list[int]:
    """The next token of each: the most probable one, or one by chance where it has a temperature."""
    for place, job in enumerate(jobs):
        if job.asked.held is not None:
            logits[place].masked_fill_(~job.asked.held.allowed().to(logits.device), -torch.inf)
    tokens = logits.argmax(dim=-1)
    warm = [place for place, job in enumerate(jobs) if job.asked.temperature > 0]
    if warm:
        tokens[warm] = _by_chance(logits[warm], [jobs[place] for place in warm])
    return tokens.tolist()


def _by_chance(logits: torch.Tensor, jobs: Sequence[_Job]) -> torch.Tensor:
    """A token of each, by one number of its own chance: so no reply depends on who else is asked."""
    def column(values: list[float]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float64, device=logits.device)[:, None]

    shares = torch.softmax(logits.double() / column([job.asked.temperature for job in jobs]), dim=-1)
    if any(job.asked.top_p is not None for job in jobs):
        ordered, order = shares.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(dim=-1) - ordered
        most = column([1.0 if job.asked.top_p is None else job.asked.top_p for job in jobs])
        shares = torch.zeros_like(shares).scatter_(-1, order, ordered.masked_fill(before >= most, 0.0))
    sums = shares.cumsum(dim=-1)
    points = column([job.random.random() for job in jobs]) * sums[:, -1:]
    return torch.searchsorted(sums, points, right=True)[:, 0].clamp(max=shares.shape[1] - 1)


def _tell(job: _Job, error: EngineError) -> None:
    with suppress(Exception):  # it may have been cancelled just now
        job.answer.set_exception(error)


def _closed() -> EngineError:
    return EngineError("PED1104", "the engine is closed")


def _failure(error: Exception) -> EngineError:
    if isinstance(error, EngineError):
        return error
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return EngineError("PED1108", "the model has not enough memory for so many prompts",
                           help="play fewer at a time: `slots=8`, or give it less for them: `memory=2`")
    return EngineError("PED1108", f"the model refused the request: {type(error).__name__}: {str(error)[:300]}")
