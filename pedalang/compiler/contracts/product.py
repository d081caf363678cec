"""A flow together with automata of clauses: every pair of a place and what the clauses are worth there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from pedalang import plan
from pedalang.compiler.contracts import reads
from pedalang.compiler.contracts.system import END, Result, System
from pedalang.compiler.contracts.ways import TooLarge
from pedalang.expression import nodes

BAD = -1
"""In place of a node: a clause is broken, for good or because the dialogue is over."""
GOOD = -2
"""The clauses are kept, for good or because the dialogue is over."""
MOST_NODES = 12_000

States: TypeAlias = tuple[int, ...]
"""The state of each automaton."""


After: TypeAlias = tuple[States, tuple[tuple[int, bool], ...]]
"""What follows on a turn: states, and the facts (number, whether it holds) that were decided since they are unknown."""


Seen: TypeAlias = tuple[bool | None, ...]
"""Whether each fact holds after a turn; None where that is not known."""


class Step(NamedTuple):
    """A turn: its letter, and the facts that were decided for it because nothing is known of them."""

    letter: int
    decided: tuple[tuple[int, bool], ...]


class Move(NamedTuple):
    """What a teacher can do at a node: the move, whether it is sure to be allowed, and to which nodes it can lead."""

    name: str
    sure: bool
    leads: tuple[int, ...]


class Choosing(NamedTuple):
    """A choice of a teacher: which of the spot's, and her moves."""

    at: int
    moves: tuple[Move, ...]


class Facts:
    """What clauses read after turns of a system, each fact once, whatever clause reads it."""

    def __init__(self, system: System, automata: Sequence[plan.Automaton]) -> None:
        numbers: dict[bytes, int] = {}
        self.exprs: list[nodes.Expr] = []
        self.automata: list[tuple[plan.Automaton, tuple[int, ...]]] = []
        for automaton in automata:
            for fact in automaton.facts:
                if numbers.setdefault(reads.written(fact), len(numbers)) == len(self.exprs):
                    self.exprs.append(fact)
            self.automata.append((automaton, tuple(numbers[reads.written(fact)] for fact in automaton.facts)))
        self.in_words = [reads.in_words(expr) for expr in self.exprs]
        self._tables = [system.table(expr) for expr in self.exprs]
        self._seen: dict[int, Seen] = {}
        self._alike: dict[Seen, Seen] = {}
        self._known: dict[tuple[States, Seen], list[After]] = {}

    def seen(self, letter: int) -> Seen:
        """What holds after a turn, fact by fact; turns of which the same is known are one object."""
        found = self._seen.get(letter)
        if found is None:
            each = tuple(table.holds(letter) for table in self._tables)
            found = self._seen[letter] = self._alike.setdefault(each, each)
        return found

    def after(self, states: States, letter: int) -> list[After]:
        """The states that can follow on a turn, each with the facts that were decided for it."""
        seen = self.seen(letter)
        known = self._known.get((states, seen))
        if known is None:
            targets = [automaton.enter[state] for (automaton, _), state in zip(self.automata, states, strict=True)]
            known = self._known[states, seen] = [*self._stepped(targets, seen, {})]
        return known

    def _stepped(self, targets: list[int], seen: Seen, decided: dict[int, bool]) -> Iterator[After]:
        targets = list(targets)
        for at, (automaton, facts) in enumerate(self.automata):
            while (target := targets[at]) >= 0:
                fact, no, yes = automaton.decisions[target]
                number = facts[fact]
                holds = decided.get(number, seen[number])
                if holds is None:
                    for value in (False, True):
                        yield from self._stepped(targets, seen, {**decided, number: value})
                    return
                targets[at] = yes if holds else no
        yield tuple(~target for target in targets), tuple(decided.items())


class Product(Struct):
    """The nodes that can be reached, by number: `where` they are (spot, states), how each was come to (`before`: the
    node before, None at the start, and the step), and where each leads: the `choices` of a teacher, or `leads`.
    `starts` are where dialogues begin. `breach` is the shortest way to `BAD`, `success` that to `GOOD`: a node and the
    step that it ends with, None for the step where there is no turn."""

    system: System
    facts: Facts
    in_words: bool
    starts: list[int] = field(default_factory=list)
    where: list[tuple[int, States]] = field(default_factory=list)
    before: list[tuple[int | None, Step | None]] = field(default_factory=list)
    choices: list[tuple[Choosing, ...]] = field(default_factory=list)
    leads: list[tuple[int, ...]] = field(default_factory=list)
    breach: tuple[int | None, Step | None] | None = None
    success: tuple[int | None, Step | None] | None = None

    def standing(self, states: States, over: bool) -> int | None:
        """`BAD`, `GOOD`, or None while that is open."""
        found = [automaton.standings[state] for (automaton, _), state in
                 zip(self.facts.automata, states, strict=True)]
        if "broken" in found or (over and "pending" in found):
            return BAD
        return GOOD if over or all(each == "kept" for each in found) else None

    def way(self, end: tuple[int | None, Step | None]) -> list[tuple[int | None, Step]]:
        """The steps to an end, each with the node that it was taken at."""
        found = []
        node, step = end
        while step is not None:
            found.append((node, step))
            node, step = self.before[node] if node is not None else (None, None)
        return found[::-1]


def of(system: System, automata: Sequence[plan.Automaton], *, in_words: bool = False) -> Product:
    """The product of a system with automata. With `in_words` a teacher says nothing that breaks a clause for good,
    where other words would not. Raises `TooLarge`."""
    return _Building(Product(system, Facts(system, automata), in_words)).built()


class _Building:
    """From node to node, in the order of turns: what is found first is shortest."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.numbers: dict[tuple[int, States], int] = {}

    def built(self) -> Product:
        product = self.product
        states = (0,) * len(product.facts.automata)
        product.starts = [self._led(spot, states, None, None) for spot in product.system.starts]
        at = 0
        while at < len(product.where):
            spot, states = product.where[at]
            there = product.system.spots[spot]
            product.choices.append(tuple(
                Choosing(place, tuple(Move(option.move, option.sure, self._leads(option.results, states, at))
                                      for option in choice.options))
                for place, choice in enumerate(there.choices)))
            product.leads.append(self._leads(there.results, states, at))
            at += 1
        return product

    def _leads(self, results: Sequence[Result], states: States, at: int) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for result in results:
            for after, decided in self._after(states, result.letter):
                for spot in result.next:
                    found[self._led(spot, after, at, Step(result.letter, decided))] = None
        return tuple(found)

    def _after(self, states: States, letter: int) -> list[After]:
        product = self.product
        found = product.facts.after(states, letter)
        if not product.in_words or not product.system.flow.cast[product.system.letters[letter].who].moves:
            return found
        return _avoided(product, found)

    def _led(self, spot: int, states: States, before: int | None, step: Step | None) -> int:
        product = self.product
        standing = product.standing(states, spot == END)
        if standing == BAD and product.breach is None:
            product.breach = (before, step)
        if standing == GOOD and product.success is None:
            product.success = (before, step)
        if standing is not None:
            return standing
        known = self.numbers.get((spot, states))
        if known is None:
            known = self.numbers[spot, states] = len(product.where)
            if known >= MOST_NODES:
                raise TooLarge
            product.where.append((spot, states))
            product.before.append((before, step))
        return known


def _avoided(product: Product, ways: Sequence[After]) -> list[After]:
    """The ways without those that break a clause for good where other words would not."""
    others: dict[tuple[tuple[int, bool], ...], list[After]] = {}
    for states, decided in ways:
        given = tuple((fact, holds) for fact, holds in decided if not product.facts.in_words[fact])
        others.setdefault(given, []).append((states, decided))
    found = []
    for group in others.values():
        fine = [way for way in group if product.standing(way[0], False) != BAD]
        found += fine or group
    return found
