"""A flow as a graph of places: wherever a dialogue can stand when somebody is to speak, what can be done there, and
where that leads. It has every dialogue of the flow whose cast speaks by itself, and may have more: what is not kept of
the state can turn out either way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, field

from pedalang import plan
from pedalang.compiler.contracts import cells as cells_of
from pedalang.compiler.contracts import reads
from pedalang.compiler.contracts.cells import Detail
from pedalang.compiler.contracts.playing import CannotKeep, Doing, Kept, Playing
from pedalang.compiler.contracts.reads import Variable
from pedalang.compiler.contracts.ways import Ask, TooLarge, Ways
from pedalang.expression import nodes

END = -1
"""In place of a place: the dialogue is over."""
MOST_PLACES = 4_000
MOST_WAYS = 6_000
"""Turns and guards, in all ways in which they can come out."""
_MOST_STEPS = 200
"""Steps without a turn; a dialogue that goes round in circles fails."""
_MOST_VALUES = {int: 64, float: 12}
"""Values that one variable has, by what they are; others as whole numbers."""


class Letter(NamedTuple):
    """A turn as clauses see it: by whom, in which phase, what was made, as which turn where that is kept, and what is
    kept after it."""

    who: str
    phase: str
    move: str
    act: str
    number: int | None
    kept: Kept


class Result(NamedTuple):
    """What a turn can come to: its letter, and the places that can come next."""

    letter: int
    next: tuple[int, ...]


class Option(NamedTuple):
    """A move that can be made; whether it is allowed whatever is not known; what it can come to."""

    move: str
    sure: bool
    results: tuple[Result, ...]


class Choice(NamedTuple):
    """Where a teacher chooses: what is kept there, after her own handlers, and what she can do."""

    kept: Kept
    options: tuple[Option, ...]


class Place(NamedTuple):
    """Where a dialogue stands: phase, step of it, turns that the phase has had (0 where it has no `max`), number of the
    turn that comes (0 where turns are not counted), and what is kept."""

    phase: str
    step: int
    here: int
    number: int
    kept: Kept


class Spot(Struct, frozen=True):
    """A place with what can happen there: `choices` of a teacher, one of which the dialogue comes to; else `results`
    of who speaks there."""

    place: Place
    who: str
    choices: tuple[Choice, ...] = ()
    results: tuple[Result, ...] = ()

    def outcomes(self) -> tuple[Result, ...]:
        """What the turn can come to, whatever is chosen."""
        return self.results + tuple(result for choice in self.choices for option in choice.options
                                    for result in option.results)


class System(Struct):
    """`spots` by number, `starts` where a dialogue can begin, `letters` by number. `counting`: whether turns are
    counted; where they are not, a dialogue can be cut at any turn."""

    playing: Playing
    counting: bool
    spots: list[Spot] = field(default_factory=list)
    starts: tuple[int, ...] = ()
    letters: list[Letter] = field(default_factory=list)
    tables: dict[bytes, Table] = field(default_factory=dict)

    @property
    def flow(self) -> plan.Flow:
        return self.playing.flow

    def table(self, fact: nodes.Expr) -> Table:
        """Where a fact holds; it is looked at once, whoever asks."""
        key = reads.written(fact)
        if key not in self.tables:
            self.tables[key] = Table(self, fact)
        return self.tables[key]


class Table:
    """After which turns of a system a fact holds."""

    def __init__(self, system: System, fact: nodes.Expr) -> None:
        self._system = system
        self._fact = fact
        read = reads.of([fact], (*system.flow.cast, plan.FLOW))
        self._width = len(Letter._fields) if read.variables or read.counts or read.number or read.other else 4
        self._known: dict[tuple[object, ...], bool | None] = {}

    def holds(self, letter: int) -> bool | None:
        """Whether the fact holds after a turn; None where that is not known."""
        turn = self._system.letters[letter]
        key = turn[:self._width]
        if key not in self._known:
            self._known[key] = self._system.playing.fact(
                self._fact, turn.kept, Doing(turn.who, turn.phase, turn.number), turn.move, turn.act)
        return self._known[key]


def of(flow: plan.Flow, facts: Sequence[nodes.Expr]) -> System:
    """The system of a flow for clauses with these facts. Less is kept where all would be too much. Raises `TooLarge`
    where even that is too much."""
    for detail, counting in ((Detail.ALL, True), (Detail.FACTS, True), (Detail.NOTHING, True), (Detail.NOTHING, False)):
        try:
            return _kept(flow, facts, detail, counting)
        except TooLarge:
            continue
    raise TooLarge


def _kept(flow: plan.Flow, facts: Sequence[nodes.Expr], detail: Detail, counting: bool) -> System:
    """The system with all variables of a detail that can be kept."""
    left_out: frozenset[Variable] = frozenset()
    while True:
        try:
            return _Building(Playing(flow, cells_of.of(flow, facts, detail, left_out)), counting).built()
        except CannotKeep as error:
            left_out |= {error.variable}


class _Building:
    """Goes from place to place until there is no new one."""

    def __init__(self, playing: Playing, counting: bool) -> None:
        self.system = System(playing, counting)
        self.playing = playing
        self.flow = playing.flow
        self.ways = Ways(MOST_WAYS)
        self.numbers: dict[Place, int] = {}
        self.waiting: deque[Place] = deque()
        self.known_letters: dict[Letter, int] = {}
        self.known_turns: dict[tuple[object, ...], list[tuple[Kept, object]]] = {}
        self.known_ways: dict[tuple[object, ...], tuple[tuple[str, int, int], ...]] = {}
        self.values: dict[Variable, set[object]] = {variable: set() for variable in playing.cells.variables}

    def built(self) -> System:
        starts = dict.fromkeys(self.ways.every(self.playing.begun))
        self.system.starts = tuple(dict.fromkeys(
            place for kept in starts for place in self._next(self.flow.start, 0, 0, 0, kept)))
        while self.waiting:
            self.system.spots.append(self._spot(self.waiting.popleft()))
        return self.system

    def _spot(self, place: Place) -> Spot:
        step = self.flow.phases[place.phase].steps[place.step]
        assert isinstance(step, plan.Turn)
        doing = Doing(step.role, place.phase, place.number if self.playing.cells.number and self.system.counting
                      else None)
        role = self.flow.cast[step.role]
        if not role.moves:
            played = self._played("acted", place.kept, doing, "")
            return Spot(place, step.role, results=tuple(self._result(place, doing, "", str(act), kept)
                                                        for kept, act in played))
        return Spot(place, step.role, tuple(self._choice(place, doing, step, kept, allowed) for kept, allowed in
                                            self._played("before", place.kept, doing, "")))

    def _choice(self, place: Place, doing: Doing, step: plan.Turn, kept: Kept, allowed: object) -> Choice:
        assert isinstance(allowed, tuple)
        return Choice(kept, tuple(
            Option(move, sure, tuple(self._result(place, doing, move, "", after)
                                     for after, _ in self._played("moved", kept, doing, move)))
            for move, sure in allowed if not step.moves or move in step.moves))

    def _played(self, what: str, kept: Kept, doing: Doing, move: str) -> list[tuple[Kept, object]]:
        """What a part of a turn can come to, each way once."""
        key = (what, kept, doing, move)
        found = self.known_turns.get(key)
        if found is None:
            play = self.playing
            match what:
                case "acted":
                    ways: list[tuple[Kept, object]] = [*self.ways.every(lambda ask: play.acted(kept, doing, ask))]
                case "before":
                    ways = [*self.ways.every(lambda ask: play.before(kept, doing, ask))]
                case _:
                    ways = [(after, None) for after in self.ways.every(lambda ask: play.moved(kept, doing, move, ask))]
            found = self.known_turns[key] = list(dict.fromkeys(ways))
        return found

    def _result(self, place: Place, doing: Doing, move: str, act: str, kept: Kept) -> Result:
        letter = Letter(doing.who, place.phase, move, act, doing.number, kept)
        known = self.known_letters.get(letter)
        if known is None:
            known = self.known_letters[letter] = len(self.system.letters)
            self.system.letters.append(letter)
            self._bounded(kept)
        here = place.here + 1 if self.flow.phases[place.phase].max_turns is not None else 0
        number = place.number + 1 if self.system.counting else 0
        return Result(known, self._next(place.phase, place.step + 1, here, number, kept))

    def _bounded(self, kept: Kept) -> None:
        for at, (variable, values) in enumerate(self.values.items()):
            values.add(kept[at])
            if len(values) > _MOST_VALUES.get(type(kept[at]), 64):
                raise CannotKeep(variable)

    def _next(self, phase: str, step: int, here: int, number: int, kept: Kept) -> tuple[int, ...]:
        """The places that can come next; `END` where the dialogue can be over."""
        told = number if self.playing.cells.number and self.system.counting else None
        key = (phase, step, here, told, kept)
        ways = self.known_ways.get(key)
        if ways is None:
            found = self.ways.every(lambda ask: self._advance(phase, step, here, told, kept, ask))
            ways = self.known_ways[key] = tuple(way for way in dict.fromkeys(found) if way is not None)
        places: dict[int, None] = {}
        cut = self.flow.budget is not None or not self.system.counting
        for way in ways:
            ended = not way[0]
            if ended or cut or number >= self.flow.max_turns:
                places[END] = None
            if not ended and not (self.system.counting and number >= self.flow.max_turns):
                places[self._number(Place(*way, number, kept))] = None
        return tuple(places)

    def _number(self, place: Place) -> int:
        known = self.numbers.get(place)
        if known is None:
            known = self.numbers[place] = len(self.numbers)
            if known >= MOST_PLACES:
                raise TooLarge
            self.waiting.append(place)
        return known

    def _advance(self, phase: str, step: int, here: int, number: int | None, kept: Kept,
                 ask: Ask) -> tuple[str, int, int] | None:
        """Phase, step and turns there of the next turn; no phase where the dialogue is over, None where it fails."""
        for _ in range(_MOST_STEPS):
            at = self.flow.phases[phase]
            if step < len(at.steps):
                found = at.steps[step]
                if isinstance(found, plan.Turn):
                    return phase, step, here
                if (not found.at_max or self._used_up(at, here, ask)) and (
                        found.when is None or self.playing.leaves(kept, phase, number, found.when, ask)):
                    phase, step, here = found.phase, 0, 0
                else:
                    step += 1
            elif at.final or self._used_up(at, here, ask):
                return "", 0, 0
            else:
                step = 0
        return None

    def _used_up(self, phase: plan.Phase, here: int, ask: Ask) -> bool:
        if phase.max_turns is not None and here >= phase.max_turns:
            return True
        return phase.budget is not None and ask(2) == 1
