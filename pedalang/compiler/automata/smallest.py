"""The smallest automaton that says the same: states that nothing to come tells apart become one.

A partition of the states is refined until all states of a class lead to the same classes; where a class falls apart its
largest part keeps its name, so that few states are looked at again (after J. E. Hopcroft, An n log n algorithm for
minimizing states in a finite automaton, 1971, here with decisions in place of letters).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pedalang import plan
from pedalang.compiler.automata.progress import Machine
from pedalang.expression import nodes


def automaton(machine: Machine, facts: tuple[nodes.Expr, ...]) -> plan.Automaton:
    """The smallest automaton of a machine. Its states are numbered as they are met, breadth first; facts that nothing
    asks for are left out."""
    classes = _Classes(machine)
    classes.refine()
    return _Written(classes, facts).automaton()


class _Classes:
    """The states of a machine in classes, and their targets with classes in place of states."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.of = [int(accepts) for accepts in machine.accepts]
        self.decisions: list[tuple[int, int, int]] = []
        self._made: dict[tuple[int, int, int], int] = {}

    def refine(self) -> None:
        machine = self._machine
        members: dict[int, set[int]] = defaultdict(set)
        for state, own in enumerate(self.of):
            members[own].add(state)
        before = self._before()
        signs = [0] * len(machine.enter)
        changed: Iterable[int] = range(len(machine.enter))
        while changed:
            known: dict[int, int] = {}
            touched: dict[int, list[int]] = defaultdict(list)
            for state in changed:
                sign = self.target(machine.enter[state], known)
                if sign != signs[state]:
                    touched[self.of[state]].append(state)
                signs[state] = sign
            moved: list[int] = []
            for own, states in touched.items():
                moved += self._split(members, own, states, signs)
            changed = sorted({earlier for state in moved for earlier in before[state]})

    def target(self, target: int, known: dict[int, int]) -> int:
        """A target of the machine, as one that leads to classes."""
        if target < 0:
            return ~self.of[~target]
        found = known.get(target)
        if found is None:
            fact, no, yes = self._machine.decisions[target]
            found = known[target] = self._decision(fact, self.target(no, known), self.target(yes, known))
        return found

    def entered(self) -> dict[int, int]:
        """Each class with the target that its next turn leads to."""
        known: dict[int, int] = {}
        found: dict[int, int] = {}
        for state, own in enumerate(self.of):
            if own not in found:
                found[own] = self.target(self._machine.enter[state], known)
        return found

    def accepts(self) -> dict[int, bool]:
        return dict(zip(self.of, self._machine.accepts, strict=True))

    def _split(self, members: dict[int, set[int]], own: int, states: list[int], signs: list[int]) -> list[int]:
        """Takes a class apart by where its members lead now; gives those that have another class."""
        groups: dict[int, list[int]] = defaultdict(list)
        for state in states:
            groups[signs[state]].append(state)
        left = sorted(members[own].difference(states))
        parts: list[list[int]] = [*groups.values(), left] if left else [*groups.values()]
        parts.sort(key=len, reverse=True)
        moved: list[int] = []
        for part in parts[1:]:
            new = len(members)
            members[new] = set(part)
            members[own].difference_update(part)
            moved += part
            for state in part:
                self.of[state] = new
        return moved

    def _before(self) -> list[set[int]]:
        """For each state those that lead to it."""
        machine = self._machine
        reached: dict[int, frozenset[int]] = {}

        def states(target: int) -> frozenset[int]:
            if target < 0:
                return frozenset((~target,))
            if target not in reached:
                _, no, yes = machine.decisions[target]
                reached[target] = states(no) | states(yes)
            return reached[target]

        before: list[set[int]] = [set() for _ in machine.enter]
        for state, target in enumerate(machine.enter):
            for later in states(target):
                before[later].add(state)
        return before

    def _decision(self, fact: int, no: int, yes: int) -> int:
        if no == yes:
            return no
        found = self._made.setdefault((fact, no, yes), len(self.decisions))
        if found == len(self.decisions):
            self.decisions.append((fact, no, yes))
        return found


class _Written:
    """Writes classes down as an automaton, from the class of the first state on."""

    def __init__(self, classes: _Classes, facts: tuple[nodes.Expr, ...]) -> None:
        self._classes = classes
        self._facts = facts
        self._enter = classes.entered()
        self._order = [classes.of[0]]
        self._states = {classes.of[0]: 0}
        self._asked: dict[int, int] = {}
        self._decisions: dict[int, int] = {}
        self._written: list[tuple[int, int, int]] = []

    def automaton(self) -> plan.Automaton:
        accepts, enter = self._classes.accepts(), []
        for own in self._order:
            enter.append(self._target(self._enter[own]))
        standings: list[plan.Standing] = [_standing(state, enter[state], accepts[own])
                                          for state, own in enumerate(self._order)]
        return plan.Automaton(tuple(self._facts[fact] for fact in self._asked), tuple(enter), tuple(self._written),
                              tuple(standings))

    def _target(self, target: int) -> int:
        if target < 0:
            state = self._states.setdefault(~target, len(self._order))
            if state == len(self._order):
                self._order.append(~target)
            return ~state
        if target not in self._decisions:
            fact, no, yes = self._classes.decisions[target]
            asked = self._asked.setdefault(fact, len(self._asked))
            decision = (asked, self._target(no), self._target(yes))
            self._decisions[target] = len(self._written)
            self._written.append(decision)
        return self._decisions[target]


def _standing(state: int, target: int, accepts: bool) -> plan.Standing:
    """What the formula is worth in a state: for good, if it is never left."""
    if target == ~state:
        return "kept" if accepts else "broken"
    return "holding" if accepts else "pending"
