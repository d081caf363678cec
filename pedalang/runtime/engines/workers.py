"""Several workers behind one engine: whom a request goes to, and what becomes of it when its worker is lost.

Requests of one dialogue go to one worker while it lives, so that what it computed for the last turn serves the next;
a new dialogue goes to the worker with the least to do. A lost worker's requests are asked of others, and another takes
its place. Nothing here knows how a worker is reached.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from msgspec import structs

from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.errors import EngineError

ATTEMPTS = 3
"""So many workers a request is sent to, if each of them is lost with it."""
LOSSES = 3
"""A worker that is lost so often in a row, and answered nothing in between, gets no other in its place."""
HOMES = 4
"""Places of dialogues that are remembered, a slot: each has a teacher, a student and more."""

Answer = Reply | EngineError


class LostError(Exception):
    """A worker that does not answer any more. What it had is to be asked of another."""


class Worker(Protocol):
    """Somebody who answers. `who` says what it is an engine of: all workers must say the same."""

    @property
    def who(self) -> Who: ...

    async def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """Raises `LostError`."""
        ...

    async def dismiss(self) -> None:
        """Ends it, if it has not ended yet."""
        ...


class Who(NamedTuple):
    """What an engine says of itself."""

    name: str
    model: str
    abilities: Abilities


Hire = Callable[[], Awaitable[Worker]]
"""Gives a new worker, ready to answer. Raises `LostError` where it is lost at once, `EngineError` where there can be
none. What it had begun is ended when it is cancelled."""


@dataclass(slots=True, eq=False)
class _Place:
    """Where a worker works: `asked` are the requests that it has, `homes` the dialogues that come to it."""

    number: int
    worker: Worker | None
    asked: int = 0
    homes: int = 0
    losses: int = 0
    hiring: asyncio.Task[None] | None = None
    given_up: EngineError | None = None

    def room(self, slots: int) -> int:
        return slots - self.asked if self.worker is not None else 0


class _Asked(NamedTuple):
    """A request, its place among those of its call, and how many workers were lost with it."""

    at: int
    request: Request
    lost: int = 0


class _Sent(NamedTuple):
    """What goes to a worker in one call."""

    place: _Place
    worker: Worker
    asked: list[_Asked]

    async def call(self) -> list[Answer]:
        return await self.worker.answer([each.request for each in self.asked])


class Workers:
    """An engine of several workers that are engines of the same."""

    def __init__(self, hired: Sequence[Worker], hire: Hire, end: Callable[[], None]) -> None:
        """`end` is called when all are dismissed. Raises `EngineError` PED1132 where they are not the same."""
        first = hired[0].who
        for each in hired:
            same(first, each.who)
        self.name, self.model = first.name, first.model
        self._each = max(1, first.abilities.slots)
        self.abilities = replace(first.abilities, slots=self._each * len(hired))
        self._who, self._hire, self._end = first, hire, end
        self._places = [_Place(number, worker) for number, worker in enumerate(hired)]
        self._homes: OrderedDict[int, _Place] = OrderedDict()
        self._changed: list[asyncio.Future[None]] = []
        self._closed = False

    async def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """As an engine answers. PED1130 for a request that several workers were lost with, and where none is left."""
        answers: dict[int, Answer] = {}
        left = [_Asked(at, request) for at, request in enumerate(requests)]
        sent: dict[asyncio.Task[list[Answer]], _Sent] = {}
        try:
            while left or sent:
                if left:
                    self._fill_places()
                    refused = self._refused()
                    if refused is not None:
                        answers.update((each.at, refused) for each in left)
                        left = []
                    left, groups = self._placed(left)
                    sent.update((asyncio.ensure_future(each.call()), each) for each in groups)
                for task in await self._some(sent, left):
                    left += self._settled(task, sent.pop(task), answers)
        finally:
            await self._give_up(sent)
        return [answers[at] for at in range(len(requests))]

    async def close(self) -> None:
        """Dismisses all workers; once more does no harm."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        hiring = [place.hiring for place in self._places if place.hiring is not None and not place.hiring.done()
                  and place.hiring.get_loop() is loop]
        for each in hiring:
            each.cancel()
        workers = [place.worker for place in self._places if place.worker is not None]
        await asyncio.gather(*hiring, *(worker.dismiss() for worker in workers), return_exceptions=True)
        self._end()

    # ------------------------------------------------------------------------------------------------ who is asked

    def _placed(self, asked: Iterable[_Asked]) -> tuple[list[_Asked], list[_Sent]]:
        """Those for which there is no room now, and the others by their workers."""
        groups: dict[int, _Sent] = {}
        left = []
        for each in asked:
            place = self._place(each.request)
            if place is None or place.worker is None:
                left.append(each)
                continue
            place.asked += 1
            groups.setdefault(place.number, _Sent(place, place.worker, [])).asked.append(each)
        return left, list(groups.values())

    def _place(self, request: Request) -> _Place | None:
        """The place of a request's dialogue if it has room, else the one with the least to do; None where all are
        full."""
        voice = request.messages[0].text if request.messages else ""
        dialogue = hash((voice, request.key.partition("/")[0]))
        home = self._homes.get(dialogue)
        if home is not None and home.room(self._each) > 0:
            self._homes.move_to_end(dialogue)
            return home
        free = [place for place in self._places if place.room(self._each) > 0]
        if not free:
            return None
        found = min(free, key=lambda place: (place.asked, place.homes, place.number))
        if home is None or home.worker is None:
            self._settle_down(dialogue, found)
        return found

    def _settle_down(self, dialogue: int, place: _Place) -> None:
        before = self._homes.pop(dialogue, None)
        if before is not None:
            before.homes -= 1
        self._homes[dialogue] = place
        place.homes += 1
        if len(self._homes) > HOMES * self.abilities.slots:
            _, longest = self._homes.popitem(last=False)
            longest.homes -= 1

    # ---------------------------------------------------------------------------------------- answers, and losses

    async def _some(self, sent: dict[asyncio.Task[list[Answer]], _Sent],
                    left: list[_Asked]) -> list[asyncio.Task[list[Answer]]]:
        """The calls that are done, once there is one; none when there is room for those that are left."""
        if not left:
            if not sent:
                return []
            done, _ = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            return list(done)
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed.append(room)
        try:
            await asyncio.wait([*sent, room], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if room in self._changed:
                self._changed.remove(room)
        return [task for task in sent if task.done()]

    def _settled(self, task: asyncio.Task[list[Answer]], of: _Sent, answers: dict[int, Answer]) -> list[_Asked]:
        """Notes a call's answers; gives what is to be asked of others. Raises what is no loss."""
        self._free(of)
        try:
            replies = task.result()
        except LostError as error:
            self._lose(of, error)
            again = [each._replace(lost=each.lost + 1) for each in of.asked]
            over = EngineError("PED1130", f"{ATTEMPTS} workers of {self.name} were lost with this request: {error}",
                               help="is the machine's memory enough for the model and this prompt?", retryable=True)
            answers.update((each.at, over) for each in again if each.lost >= ATTEMPTS)
            return [each for each in again if each.lost < ATTEMPTS]
        if len(replies) != len(of.asked):
            raise EngineError("PED1208", f"{self.name} gave {len(replies)} answers to {len(of.asked)} requests",
                              help="this is a fault of the engine; try another one")
        of.place.losses = 0
        answers.update((each.at, _counted(reply, each.lost)) for each, reply in zip(of.asked, replies, strict=True))
        return []

    def _lose(self, of: _Sent, error: LostError) -> None:
        if of.place.worker is not of.worker:
            return  # another call noticed it first
        of.place.worker = None
        self._lost_again(of.place, error)

    def _lost_again(self, place: _Place, error: LostError) -> None:
        place.losses += 1
        if place.losses >= LOSSES:
            place.given_up = EngineError(
                "PED1130", f"no worker of {self.name} is left: each was lost {LOSSES} times in a row: {error}",
                help="see what Ray's logs say of it; `ped run --resume DIR` goes on where the run stopped")

    def _fill_places(self) -> None:
        """Lets others be hired where workers were lost."""
        for place in self._places:
            if place.worker is None and place.given_up is None and (place.hiring is None or place.hiring.done()):
                place.hiring = asyncio.get_running_loop().create_task(self._hired(place))

    async def _hired(self, place: _Place) -> None:
        while place.given_up is None:
            try:
                worker = await self._hire()
                try:
                    same(self._who, worker.who)
                except EngineError:
                    await worker.dismiss()
                    raise
                place.worker = worker
                break
            except LostError as error:
                self._lost_again(place, error)
            except EngineError as error:
                place.given_up = error
        self._tell()

    def _refused(self) -> EngineError | None:
        """Why nothing can be asked any more, if so."""
        if self._closed:
            return EngineError("PED1104", f"{self.name} was closed", help="open it again")
        given_up = [place.given_up for place in self._places if place.given_up is not None]
        return given_up[0] if len(given_up) == len(self._places) else None

    def _free(self, of: _Sent) -> None:
        of.place.asked -= len(of.asked)
        self._tell()

    def _tell(self) -> None:
        """Wakes the calls that wait for room."""
        waiting, self._changed = self._changed, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def _give_up(self, sent: dict[asyncio.Task[list[Answer]], _Sent]) -> None:
        """Ends calls that nobody waits for any more."""
        for task in sent:
            task.cancel()
        try:
            await asyncio.gather(*sent, return_exceptions=True)
        finally:
            for of in sent.values():
                self._free(of)


def same(first: Who, other: Who) -> None:
    """Raises `EngineError` PED1132 for workers that are not engines of the same."""
    if other != first:
        field, here, there = next((field, here, there) for field, here, there in
                                  zip(Who._fields, first, other, strict=True) if here != there)
        raise EngineError("PED1132", f"the workers are not the same: the {field} of one is `{here}`, of another "
                                     f"`{there}`", help="let all machines have the same model files and libraries")


def _counted(answer: Answer, lost: int) -> Answer:
    """An answer with the attempts that were lost before it."""
    return structs.replace(answer, attempts=answer.attempts + lost) if lost and isinstance(answer, Reply) else answer
