"""What is owed after a turn: the states of a clause, found turn by turn from the first.

A state is whether the dialogue may end here, and a diagram of what is owed if it goes on, over what terms are worth at
the next turn. At that turn each is unfolded into the facts of the turn, whether it is the last, and what is then owed
(progression: F. Bacchus and F. Kabanza, Planning for temporally extended goals, 1998). What looks back is remembered:
what it was worth at the turn before, which may hang on turns to come and then is a diagram as well.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from pedalang.compiler.automata.diagrams import END, MOST_CHOICES, Diagrams, TooLarge, is_fact, variable
from pedalang.compiler.automata.terms import Shape, Terms

MOST_STATES = 2_000
"""How many states a clause has at most, before those are merged that cannot be told apart."""
_WEAKEST = 1 << 31
_NEVER = (0,)

Memory: TypeAlias = tuple[int, ...]
"""How often a term that looks back was so up to the turn before: how often for sure, then a diagram for each further
time of which it is not sure yet. Only `seen` counts; for the others it is at most once."""
Memories: TypeAlias = tuple[tuple[int, Memory], ...]
"""By term, only of those that still matter."""


class _State(NamedTuple):
    accepts: bool
    owed: int
    memories: Memories


class Machine(NamedTuple):
    """An automaton that may be larger than it has to be: as `plan.Automaton`, with whether each state accepts."""

    enter: list[int]
    decisions: list[tuple[int, int, int]]
    accepts: list[bool]


def machine(terms: Terms, root: int) -> Machine:
    """The automaton of a term, whose state 0 is where a dialogue begins. Raises `TooLarge`."""
    return _Progress(terms, Diagrams()).machine(root)


class _Progress:
    """What the turns of one clause share: what each term owes to the next turn, the automata of phases."""

    def __init__(self, terms: Terms, diagrams: Diagrams) -> None:
        self.terms = terms
        self.diagrams = diagrams
        self.lasting: dict[int, int] = {}
        """The diagrams of terms that are unfolded alike at every turn: they remember nothing."""
        self._inner: dict[int, Machine] = {}
        self._families: dict[tuple[object, ...], int] = {}
        self._owed: dict[int, int] = {}
        self._by_variable: dict[int, int] = {}
        self._looking_back: dict[int, frozenset[int]] = {}

    def machine(self, root: int) -> Machine:
        return _Search(self, root).run()

    def next_turn(self, term: int) -> int:
        """The diagram of what a term is worth at the next turn, where there is one."""
        found = self._owed.get(term)
        if found is None:
            found = self._owed[term] = self._next_turn(term)
        return found

    def strongly(self, term: int) -> int:
        """There is a next turn, and the term holds there."""
        return self.diagrams.if_(self._end(), 0, self.next_turn(term))

    def unless_over(self, term: int) -> int:
        """The term at the next turn; after the last one what it is worth without turns."""
        return self.diagrams.if_(self._end(), int(self.terms.empty(term)), self.next_turn(term))

    def looking_back(self, diagram: int) -> frozenset[int]:
        """The terms whose memory a diagram of what is owed still needs."""
        if diagram < 2:
            return frozenset()
        found = self._looking_back.get(diagram)
        if found is None:
            here, diagrams = self.terms.past[self.term_of(diagram)], self.diagrams
            found = self._looking_back[diagram] = here.union(
                self.looking_back(diagrams.no[diagram]), self.looking_back(diagrams.yes[diagram]))
        return found

    def term_of(self, diagram: int) -> int:
        """The term that a diagram of what is owed asks first."""
        return self._by_variable[self.diagrams.asks[diagram]]

    def inside(self, number: int) -> Machine:
        """The automaton of what a phase is looked at with."""
        found = self._inner.get(number)
        if found is None:
            found = self._inner[number] = self.machine(self.terms.inner[number])
        return found

    def _end(self) -> int:
        return self.diagrams.choice(END, 0, 1)

    def _next_turn(self, term: int) -> int:
        shape, diagrams = self.terms.shapes[term], self.diagrams
        match shape.form:
            case "no":
                return 0
            case "yes" | "turn":
                return 1
            case "not":
                return diagrams.not_(self.next_turn(shape.of[0]))
            case "and" | "or":
                found = self.next_turn(shape.of[0])
                for part in shape.of[1:]:
                    found = (diagrams.and_ if shape.form == "and" else diagrams.or_)(found, self.next_turn(part))
                return found
        key, rank = _family(term, shape)
        asked = variable(self._families.setdefault(key, len(self._families)), rank)
        self._by_variable[asked] = term
        return diagrams.choice(asked, 0, 1)


def _family(term: int, shape: Shape) -> tuple[tuple[object, ...], int]:
    """The family of a term, and its rank there: each implies those of higher rank."""
    match shape.form:
        case "within":
            return ("eventually", shape.of), shape.number
        case "eventually":
            return ("eventually", shape.of), _WEAKEST
        case "at_most":
            return ("at_most", shape.of), shape.number
        case "row":
            return ("row", shape.of, shape.speaker), _WEAKEST - shape.number
    return (term,), 0


class _Turn:
    """One turn after a state: terms unfolded, with what is remembered there. Nothing is before the first turn."""

    def __init__(self, progress: _Progress, memories: Memories) -> None:
        self._progress = progress
        self._terms = progress.terms
        self._diagrams = progress.diagrams
        self._memories = dict(memories)
        self._here: dict[int, int] = {}
        self._came: dict[int, int] = {}

    def unfolded(self, term: int) -> int:
        """The diagram of a term at this turn."""
        known = self._here if self._terms.past[term] else self._progress.lasting
        found = known.get(term)
        if found is None:
            found = known[term] = self._unfolded(self._terms.shapes[term], term)
        return found

    def come(self, owed: int) -> int:
        """What was owed from the turn before, at this one."""
        if owed < 2:
            return owed
        found = self._came.get(owed)
        if found is None:
            diagrams = self._diagrams
            found = self._came[owed] = diagrams.if_(
                self.unfolded(self._progress.term_of(owed)), self.come(diagrams.yes[owed]),
                self.come(diagrams.no[owed]))
        return found

    def remembered(self, term: int) -> Memory:
        """What a term that looks back leaves behind at this turn."""
        shape = self._terms.shapes[term]
        if shape.form != "seen":
            return (0, self.unfolded(term))
        surely, *perhaps = self._memories.get(term, _NEVER)
        counted, diagrams = self.unfolded(shape.of[0]), self._diagrams
        chain = [1, *(self.come(each) for each in perhaps), 0]
        more = [diagrams.or_(chain[at], diagrams.and_(chain[at - 1], counted)) for at in range(1, len(chain))]
        return (surely, *more[:shape.number - surely])

    def _unfolded(self, shape: Shape, term: int) -> int:
        diagrams, progress = self._diagrams, self._progress
        match shape.form:
            case "no":
                return 0
            case "yes" | "turn":
                return 1
            case "fact":
                return diagrams.choice(shape.number, 0, 1)
            case "not":
                return diagrams.not_(self.unfolded(shape.of[0]))
            case "and" | "or":
                found = self.unfolded(shape.of[0])
                for part in shape.of[1:]:
                    found = (diagrams.and_ if shape.form == "and" else diagrams.or_)(found, self.unfolded(part))
                return found
            case "eventually":
                return diagrams.or_(self.unfolded(shape.of[0]), progress.strongly(term))
            case "next":
                return progress.strongly(shape.of[0])
            case "last":
                return diagrams.if_(diagrams.choice(END, 0, 1), self.unfolded(shape.of[0]), progress.next_turn(term))
            case "until":
                goes_on = diagrams.and_(self.unfolded(shape.of[0]), progress.strongly(term))
                return diagrams.or_(self.unfolded(shape.of[1]), goes_on)
            case "since" | "first" | "seen":
                return self._back(shape, term)
            case "during":
                return self._during(shape, term)
        return self._bounded(shape, term)

    def _bounded(self, shape: Shape, term: int) -> int:
        diagrams, progress, terms = self._diagrams, self._progress, self._terms
        here, number = self.unfolded(shape.of[0]), shape.number - 1
        match shape.form:
            case "within":
                return diagrams.or_(here, progress.strongly(terms.within(shape.of[0], number)))
            case "at_most":
                fewer = terms.at_most(shape.of[0], number)
                return diagrams.if_(here, progress.unless_over(fewer), progress.unless_over(term))
        fewer = terms.row(shape.of[0], number, shape.speaker)
        row = diagrams.and_(here, progress.unless_over(fewer))
        if shape.speaker is None:
            return row
        return diagrams.if_(self.unfolded(shape.speaker), row, progress.strongly(term))

    def _back(self, shape: Shape, term: int) -> int:
        """A term that looks back: from what is remembered, and for some also from this turn."""
        if shape.form == "first" and term not in self._memories:
            return self.unfolded(shape.of[0])
        surely, *perhaps = self._memories.get(term, _NEVER)
        at = max(shape.number, 1) - surely - 1
        before = 1 if at < 0 else self.come(perhaps[at]) if at < len(perhaps) else 0
        if shape.form != "since":
            return before
        goes_on = self._diagrams.and_(self.unfolded(shape.of[0]), before)
        return self._diagrams.or_(self.unfolded(shape.of[1]), goes_on)

    def _during(self, shape: Shape, term: int) -> int:
        """In the phase its automaton goes on, or begins; elsewhere it has to have come to a good end."""
        terms, progress = self._terms, self._progress
        inner, state = progress.inside(shape.number), shape.inside
        steps: dict[int, int] = {}

        def step(target: int) -> int:
            if target < 0:
                within = progress.next_turn(terms.during(shape.of[0], shape.number, ~target))
                return self._diagrams.if_(self._diagrams.choice(END, 0, 1), int(inner.accepts[~target]), within)
            if target not in steps:
                fact, no, yes = inner.decisions[target]
                steps[target] = self._diagrams.if_(self._diagrams.choice(fact, 0, 1), step(yes), step(no))
            return steps[target]

        outside = 1 if state is None or inner.accepts[state] else 0
        if outside:
            outside = progress.unless_over(terms.during(shape.of[0], shape.number, None))
        return self._diagrams.if_(self.unfolded(shape.of[0]), step(inner.enter[state or 0]), outside)


class _Search:
    """Finds the states of one automaton from the first."""

    def __init__(self, progress: _Progress, root: int) -> None:
        self._progress = progress
        self._diagrams = progress.diagrams
        self._root = root
        self._states: dict[_State, int] = {}
        self._found: list[_State] = []
        self._made: dict[tuple[int, int, int], int] = {}
        self._entered_before: dict[tuple[int, ...], int] = {}
        """Targets from where nothing is remembered, by what the clause is worth there."""
        self._machine = Machine([], [], [progress.terms.empty(root)])

    def run(self) -> Machine:
        terms, enter = self._progress.terms, self._machine.enter
        first = _Turn(self._progress, ())
        enter.append(self._entered(first, first.unfolded(self._root), terms.past[self._root]))
        for state in self._found:
            turn = _Turn(self._progress, state.memories)
            enter.append(self._entered(turn, turn.come(state.owed), frozenset(term for term, _ in state.memories)))
        return self._machine

    def _entered(self, turn: _Turn, main: int, past: frozenset[int]) -> int:
        """The target that a turn leads to, from what the clause is worth at it."""
        left = {} if main < 2 else {term: turn.remembered(term) for term in sorted(past)}
        known: dict[tuple[int, ...], int] = {} if left else self._entered_before

        def target(roots: tuple[int, ...]) -> int:
            found = known.get(roots)
            if found is None:
                asked = min(self._diagrams.asks[root] for root in roots)
                if is_fact(asked):
                    branches = [self._diagrams.under(root, asked) for root in roots]
                    found = self._decision(asked, target(tuple(no for no, _ in branches)),
                                           target(tuple(yes for _, yes in branches)))
                else:
                    found = self._state(roots, left)
                known[roots] = found
            return found

        return target((main, *(diagram for memory in left.values() for diagram in memory[1:])))

    def _decision(self, fact: int, no: int, yes: int) -> int:
        if no == yes:
            return no
        found = self._made.setdefault((fact, no, yes), len(self._machine.decisions))
        if found == len(self._machine.decisions):
            if found == MOST_CHOICES:
                raise TooLarge(MOST_CHOICES, "choices")
            self._machine.decisions.append((fact, no, yes))
        return found

    def _state(self, roots: tuple[int, ...], left: dict[int, Memory]) -> int:
        """The target that is a state: what is owed behind the facts of the turn."""
        main, *others = roots
        diagrams = self._diagrams
        accepts, owed = diagrams.ended(main, True) == 1, diagrams.ended(main, False)
        needed, memories = self._progress.looking_back(owed), []
        for term, (surely, *perhaps) in left.items():
            worth = [diagrams.ended(others.pop(0), False) for _ in perhaps]
            if term in needed:
                sure = sum(each == 1 for each in worth)
                memories.append((term, (surely + sure, *(each for each in worth if each > 1))))
        state = _State(accepts, owed, tuple(memories))
        number = self._states.setdefault(state, len(self._found) + 1)
        if number == len(self._found) + 1:
            if number == MOST_STATES:
                raise TooLarge(MOST_STATES, "states")
            self._found.append(state)
            self._machine.accepts.append(accepts)
        return ~number
