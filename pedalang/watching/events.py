"""A run's events for programs: one JSON object a line, written as it happens. They say what happened and how much it
took; what was said and asked stands in the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, BinaryIO, Literal

import msgspec
from msgspec import Meta, Struct

from pedalang import journal
from pedalang.runtime.pool import Begun, Estimate, Observer

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]


class _Event(Struct, frozen=True, kw_only=True, tag_field="event", tag=str.lower):
    at: Seconds
    """Seconds since the command began."""
    version: Literal[1] = 1
    """Of the form of events; what is added to one later makes no new version."""


class Estimated(_Event, frozen=True, kw_only=True):
    """What the run is expected to take, before it begins; null where that is not known."""

    dialogues: Count
    calls: Count
    tokens_in: Count
    tokens_new: Count
    """Of these, those that no earlier prompt began with."""
    tokens_out: Count
    seconds: Seconds | None
    played: Count


class Began(_Event, frozen=True, kw_only=True):
    """The run, or the rest of one, begins."""

    folder: str
    run: str
    flow: str
    plan: str
    seed: int
    engines: dict[str, str]
    dialogues: Count
    done: Count
    """Dialogues that had ended before."""
    at_once: Count


class Started(_Event, frozen=True, kw_only=True):
    """A dialogue begins, or goes on."""

    episode: Count


class Completion(_Event, frozen=True, kw_only=True):
    """An engine answered, for a turn or (`judge.CRITERION`) about a dialogue."""

    episode: Count
    turn: int
    step: str
    engine: str
    model: str
    tokens_in: Count
    tokens_out: Count
    computed: Count | None
    """Of the tokens read, those read anew, where the engine says so."""
    seconds: Seconds
    attempts: Count
    finish: str


class Turn(_Event, frozen=True, kw_only=True):
    """A turn is in the journal."""

    episode: Count
    turn: Count
    role: str
    phase: str
    how: str
    move: str
    act: str
    standing: str
    """What the clauses are worth after it, a letter a clause, as in the journal."""


class Ended(_Event, frozen=True, kw_only=True):
    """A dialogue ended."""

    episode: Count
    phase: str
    why: str


class Failed(_Event, frozen=True, kw_only=True):
    """A dialogue failed."""

    episode: Count
    phase: str
    code: str
    message: str
    place: str
    """`FILE:LINE:COLUMN` of the program, where that is known."""


class LeftOut(_Event, frozen=True, kw_only=True, tag="left_out"):
    """Dialogues that were not begun, and why."""

    episodes: tuple[Count, ...]
    why: str


class Played(_Event, frozen=True, kw_only=True):
    """No dialogue is under way any more, and none will begin."""


class Judging(_Event, frozen=True, kw_only=True):
    """Judges are asked from now on."""

    dialogues: Count


class Scored(_Event, frozen=True, kw_only=True):
    """A dialogue has its scores; they stand in `scores.json` in the end."""

    episode: Count


class Finished(_Event, frozen=True, kw_only=True):
    """All is done."""

    code: Count
    """The exit code of the command."""


class Stopped(_Event, frozen=True, kw_only=True):
    """The command could not go on; `why` is the code of what was in its way, or `interrupted`."""

    why: str


Event = (Estimated | Began | Started | Completion | Turn | Ended | Failed | LeftOut | Played | Judging | Scored
         | Finished | Stopped)


def schema() -> dict[str, object]:
    """The JSON Schema of a line."""
    return msgspec.json.schema(Event)


class Events(Observer):
    """Writes events to an open file, each at once. Where that cannot be done, no more are written and
    `refused` is told why, once: the run goes on."""

    def __init__(self, file: BinaryIO, clock: Callable[[], float], refused: Callable[[str], None]) -> None:
        self._file: BinaryIO | None = file
        self._clock = clock
        self._begun = clock()
        self._refused = refused
        self._encode = msgspec.json.Encoder().encode

    def _at(self) -> float:
        return round(self._clock() - self._begun, 3)

    def write(self, event: Event) -> None:
        """One line."""
        if self._file is None:
            return
        try:
            self._file.write(self._encode(event) + b"\n")
            self._file.flush()
        except OSError as error:
            self._file = None
            self._refused(error.strerror or str(error))

    def estimated(self, estimate: Estimate) -> None:
        self.write(Estimated(at=self._at(), **msgspec.structs.asdict(estimate)))

    def began(self, run: Begun) -> None:
        of = run.header
        self.write(Began(at=self._at(), folder=str(run.folder), run=of.run, flow=of.flow, plan=of.plan, seed=of.seed,
                         engines=of.engines, dialogues=of.episodes, done=run.before, at_once=run.at_once))

    def started(self, episode: int) -> None:
        self.write(Started(at=self._at(), episode=episode))

    def answered(self, answer: journal.Completion) -> None:
        self.write(Completion(at=self._at(), episode=answer.episode, turn=answer.turn, step=answer.step,
                              engine=answer.engine, model=answer.model, tokens_in=answer.tokens_in,
                              tokens_out=answer.tokens_out, computed=answer.computed, seconds=round(answer.seconds, 4),
                              attempts=answer.attempts, finish=answer.finish))

    def spoke(self, turn: journal.Turn) -> None:
        self.write(Turn(at=self._at(), episode=turn.episode, turn=turn.turn, role=turn.role, phase=turn.phase,
                        how=turn.how, move=turn.move, act=turn.act, standing=turn.standing))

    def ended(self, ending: journal.Ending) -> None:
        if ending.why == "failed":
            self.write(Failed(at=self._at(), episode=ending.episode, phase=ending.phase, code=ending.code,
                              message=ending.message, place=ending.place))
        else:
            self.write(Ended(at=self._at(), episode=ending.episode, phase=ending.phase, why=ending.why))

    def left_out(self, episodes: Sequence[int], why: str) -> None:
        self.write(LeftOut(at=self._at(), episodes=tuple(episodes), why=why))

    def played(self) -> None:
        self.write(Played(at=self._at()))

    def judging(self, dialogues: int) -> None:
        self.write(Judging(at=self._at(), dialogues=dialogues))

    def scored(self, episode: int) -> None:
        self.write(Scored(at=self._at(), episode=episode))

    def finished(self, code: int) -> None:
        self.write(Finished(at=self._at(), code=code))

    def stopped(self, why: str) -> None:
        """The command ends without having done all."""
        self.write(Stopped(at=self._at(), why=why))
