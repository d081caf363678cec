"""Each clause against its flow: proved, shieldable or monitored, and the shortest dialogues that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from pedalang import plan
from pedalang.compiler.contracts import game, product, reads, system, telling
from pedalang.compiler.contracts.product import BAD, Product, Step
from pedalang.compiler.contracts.system import System
from pedalang.compiler.contracts.telling import Said
from pedalang.compiler.contracts.ways import TooLarge
from pedalang.expression import nodes


class Finding(Struct, frozen=True):
    """What is known of a clause. `by_words`: it takes more than moves to keep it. `possible`: some run keeps it.

    `breach` is a shortest dialogue that breaks it, `success` one that keeps it, `defeat` one in which the teacher does
    what she can and still cannot keep it, `defeated_by` the turn there that decides it; empty where there is none.
    `looked`: whether it was looked at; it is not where recorded turns come first, or where the flow is too large.
    """

    assurance: plan.Assurance
    by_words: bool = False
    possible: bool = True
    breach: tuple[Said, ...] = ()
    defeat: tuple[Said, ...] = ()
    defeated_by: Said | None = None
    success: tuple[Said, ...] = ()
    looked: bool = True


NOT_LOOKED = Finding("monitored", looked=False)


def of(flow: plan.Flow, contracts: Sequence[plan.Contract]) -> tuple[System | None, dict[tuple[str, str], Finding]]:
    """The system of a flow for contracts over it, and (contract, clause) to what was found. No system where the flow is
    too large, or begins with recorded turns."""
    clauses = [(contract.name, clause) for contract in contracts for clause in contract.clauses]
    facts = [fact for _, clause in clauses if clause.automaton is not None for fact in clause.automaton.facts]
    there = _system(flow, facts) if flow.given is None else None
    return there, {(contract, clause.name): _finding(there, clause) for contract, clause in clauses}


def _system(flow: plan.Flow, facts: Sequence[nodes.Expr]) -> System | None:
    try:
        return system.of(flow, facts)
    except TooLarge:
        return None


def _finding(there: System | None, clause: plan.Clause) -> Finding:
    if there is None or clause.automaton is None:
        return NOT_LOOKED
    try:
        return _found(there, clause, clause.automaton)
    except TooLarge:
        return NOT_LOOKED


def _found(there: System, clause: plan.Clause, automaton: plan.Automaton) -> Finding:
    whole = product.of(there, [automaton])
    success = _told(whole, whole.success, clause)
    if whole.breach is None:
        return Finding("proved", success=success, possible=whole.success is not None)
    breach, possible = _told(whole, whole.breach, clause), whole.success is not None
    judged = any(True for _ in plan.judged(clause.formula))
    solved = game.solve(whole)
    if solved.won and not judged:
        return Finding("shieldable", False, possible, breach, success=success)
    if any(whole.facts.in_words) and not judged:
        careful = product.of(there, [automaton], in_words=True)
        if game.solve(careful).won:
            return Finding("shieldable", True, possible, breach, success=success)
    defeat = telling.said(_defeat(solved), there.letters, texts(clause, whole))
    others = [said for said in defeat if said.facts or not there.flow.cast[said.who].moves]
    return Finding("monitored", False, possible, breach, defeat, others[-1] if others else None, success)


def texts(clause: plan.Clause, whole: Product) -> Mapping[int, str]:
    """The facts of a clause by number, as the author wrote them."""
    known = {reads.written(atom.holds): atom.text for atom in plan.atoms(clause.formula)}
    return {number: known.get(reads.written(expr), "") for number, expr in enumerate(whole.facts.exprs)}


def _told(whole: Product, end: tuple[int | None, Step | None] | None, clause: plan.Clause) -> tuple[Said, ...]:
    if end is None:
        return ()
    return telling.said([step for _, step in whole.way(end)], whole.system.letters, texts(clause, whole))


def _defeat(solved: game.Solved) -> list[Step]:
    """The steps of a dialogue that is lost though the teacher holds out as long as she can."""
    whole, found = solved.product, []
    node = next((start for start in whole.starts if solved.bad(start)), BAD)
    while node != BAD:
        step, node = _worst(solved, node)
        found.append(step)
    return found


def _worst(solved: game.Solved, node: int) -> tuple[Step, int]:
    """The step from a lost node, and where it leads: the others' quickest way to win, the teacher's slowest to lose."""
    whole = solved.product
    ends = whole.leads[node]
    for choosing in whole.choices[node]:
        if solved.hopeless(choosing):
            moves = [move for move in choosing.moves if move.sure] or \
                [move for move in choosing.moves if not solved.safe(move)]
            ends = max((move.leads for move in moves), key=lambda leads: min(_left(solved, end) for end in leads))
            break
    end = min(ends, key=lambda end: _left(solved, end))
    return _step(whole, node, end), end


def _left(solved: game.Solved, node: int) -> float:
    return -1 if node == BAD else solved.lost.get(node, float("inf"))


def _step(whole: Product, node: int, end: int) -> Step:
    """A step from a node to another."""
    spot, states = whole.where[node]
    for result in whole.system.spots[spot].outcomes():
        for after, decided in whole.facts.after(states, result.letter):
            for place in result.next:
                standing = whole.standing(after, place == system.END)
                if standing == end or (standing is None and (place, after) == whole.where[end]):
                    return Step(result.letter, decided)
    raise LookupError(f"no step from {node} to {end}")
