"""What a journal holds: a header, and the events of its dialogues, each a frozen record.

Values of expressions are JSON (`expression.values.to_json`). How events are kept is said in `tables`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from msgspec import Struct


class JournalFormatError(Exception):
    """A file is no journal that this version can read."""


class NewerJournalError(JournalFormatError):
    """A journal was written by a later version."""


class Header(Struct, frozen=True):
    """What a run is of. `engines` maps a cast member (or `judge`) to the name of its engine."""

    kind: Literal["run", "observe", "session"]
    plan: str
    """SHA-256 of the plan."""
    run: str
    """The name of the `run` or `observe` declaration, or of the flow."""
    flow: str
    seed: int
    episodes: int
    engines: dict[str, str]
    data: dict[str, str] = {}
    """Data set to the SHA-256 of the file that was read."""
    options: dict[str, Any] = {}
    """How the run was asked for, as far as `resume` needs it again (engine addresses, never keys)."""


class Episode(Struct, frozen=True):
    """One dialogue: the values of the flow's parameters, and the cast's state before the first turn."""

    episode: int
    item: dict[str, Any]
    state: dict[str, dict[str, Any]]
    source: Literal["simulated", "recorded", "person"] = "simulated"
    cell: dict[str, Any] = {}
    """Where it stands in a matrix: the values of its axes (a row by its place in the file, from 0); or its number, from
    0, in a run that repeats its dialogues."""


class Turn(Struct, frozen=True):
    """One turn, with the cast's state after it. Values are JSON (`expression.values.to_json`).

    `how` the words came about: chosen among authored candidates, generated, typed by a person, or recorded. `said` is
    `act` for a learner what `move` is for a teacher.
    """

    episode: int
    turn: int
    role: str
    phase: str
    text: str
    how: Literal["chosen", "generated", "person", "recorded"]
    move: str = ""
    arguments: dict[str, Any] = {}
    act: str = ""
    state: dict[str, dict[str, Any]] = {}
    notes: tuple[str, ...] = ()
    start: float | None = None
    """When it began, in seconds from the beginning of a recording; None where nothing says so."""
    standing: str = ""
    """What the clauses of the dialogue's contracts are worth after it, a letter a clause, in their order: `K` kept for
    good, `k` kept if it ended here, `p` not yet kept, `b` broken for good, `?` asks a judge."""
    end: float | None = None
    """When it ended, in seconds, as `start`."""
    voice: int = 0
    """Which of several people it was, where a member of the cast stands for them in a recording: from 1, in the order
    in which they first speak; 0 where it stands for one."""


class Completion(Struct, frozen=True):
    """One answer of an engine; `turn` is -1 for a whole dialogue, for a part of one its last turn. `step` is `move`;
    `speech`, `speech.again` (said once more), `speech.kept1` (once more, for the shield) or `speech.candidates` (then
    chosen after all); or `judge.CRITERION`."""

    episode: int
    turn: int
    step: str
    prompt: str
    """SHA-256 of the messages and choices that were sent."""
    seed: int
    text: str
    choice: int | None
    scores: tuple[float, ...]
    totals: tuple[float, ...]
    tokens_in: int
    tokens_out: int
    finish: str
    engine: str
    model: str = ""
    """Which weights answered: their SHA-256, or what a server calls them."""
    seconds: float = 0.0
    attempts: int = 1
    """How often the engine was asked; 0 where the cache of answers had it."""
    computed: int | None = None
    """The tokens of the prompt that were read anew, where the engine knows."""

    @property
    def key(self) -> str:
        return f"{self.episode}/{self.turn}/{self.step}"


class Intervention(Struct, frozen=True):
    """What the shield did in a turn so that hard clauses hold; `step` counts from 0 within the turn.

    `moves`: the moves in `masked` were allowed here, and were not made because they lead to a breach. `words left out`:
    `left_out` authored candidates of `move` were not offered. `words again`: `text` was generated, was not said, and
    words were asked for once more. `words replaced`: no words were found for `move`, so others were said, or another
    move was made, as the turn shows; `text` is what was generated last, if anything was. `failed`: nothing that could
    be done or said keeps the clauses, and the turn went on as if there were no shield.
    """

    episode: int
    turn: int
    step: int
    role: str
    kind: Literal["moves", "words left out", "words again", "words replaced", "failed"]
    clauses: tuple[tuple[str, str], ...]
    """What would have been broken: contract and clause."""
    masked: tuple[str, ...] = ()
    move: str = ""
    text: str = ""
    left_out: int = 0


class Verdict(Struct, frozen=True):
    """Whether a clause was kept in a dialogue, and if not, from which turn on it was lost."""

    contract: str
    clause: str
    severity: Literal["hard", "soft"]
    kept: bool
    broken_at: int | None = None


class Ending(Struct, frozen=True):
    """How a dialogue ended: in a final phase, at a limit of turns or a budget of tokens, or failed with a coded error.
    """

    episode: int
    phase: str
    why: Literal["final", "limit", "budget", "recorded", "failed"]
    verdicts: tuple[Verdict, ...] = ()
    code: str = ""
    message: str = ""
    place: str = ""
    """Where in the program it failed, `FILE:LINE:COLUMN`."""


class Failure(Struct, frozen=True):
    """A failed end that is no more, since the dialogue was tried again; `turn` is the one that could not be taken."""

    episode: int
    attempt: int
    turn: int
    code: str
    message: str
    place: str = ""


class Sitting(Struct, frozen=True):
    """When a process took a run up (seconds since 1970), and how many turns were durable then."""

    sitting: int
    kind: Literal["run", "resume", "retry"]
    begun: float
    turns: int


Event = Episode | Turn | Completion | Intervention | Ending | Failure | Sitting


class Counted(NamedTuple):
    """What a journal holds; `under_way` are dialogues with a turn and no end, and `turns_under_way` theirs; `ended` has
    why, code, how many."""

    turns: int
    turns_under_way: int
    under_way: int
    calls: int
    tokens_in: int
    tokens_out: int
    ended: list[tuple[str, str, int]]


class Dialogue(NamedTuple):
    """All that a journal holds of one dialogue; what has several is in the order of its key."""

    episode: Episode
    turns: list[Turn]
    completions: list[Completion]
    interventions: list[Intervention]
    ending: Ending | None
    """None while it goes on, and where it was stopped."""
