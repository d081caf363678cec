"""What is wrong with clauses whatever the flow: they contradict each other, say nothing, or say what others say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.contracts import reads, witness
from pedalang.compiler.contracts.system import System
from pedalang.compiler.contracts.ways import TooLarge

Watched = tuple[plan.Clause, plan.Automaton]


class Alone(NamedTuple):
    """`contradictions` are smallest sets of clauses that no dialogue keeps together; `empty` clauses are kept by every
    dialogue; `implied` is a clause with a smallest set of others that say it already."""

    contradictions: tuple[tuple[plan.Clause, ...], ...] = ()
    empty: tuple[plan.Clause, ...] = ()
    implied: tuple[tuple[plan.Clause, tuple[plan.Clause, ...]], ...] = ()


def of(cast: System, contract: plan.Contract) -> Alone:
    """What is wrong with the clauses of a contract in all dialogues of a cast (`witness.anything`). Nothing is said
    where that is too much to look at."""
    clauses = [(clause, clause.automaton) for clause in contract.clauses if clause.automaton is not None]
    never = [each for each in clauses if not _kept(cast, [each])]
    empty = [each for each in clauses if each not in never and not _broken(cast, each, [])]
    rest = [each for each in clauses if each not in never and each not in empty]
    core = _core(cast, rest)
    contradictions = [*([each] for each in never), *([core] if core else [])]
    return Alone(tuple(tuple(clause for clause, _ in each) for each in contradictions),
                 tuple(clause for clause, _ in empty), () if core else tuple(_implied(cast, rest)))


def clash(cast: System, contracts: Sequence[plan.Contract]) -> tuple[tuple[str, str], ...]:
    """A smallest set of clauses (contract, clause) that no dialogue keeps together, of contracts each of which some
    dialogue keeps; empty where there is none."""
    names = {id(clause): (contract.name, clause.name) for contract in contracts for clause in contract.clauses}
    core = _core(cast, [(clause, clause.automaton) for contract in contracts for clause in contract.clauses
                        if clause.automaton is not None])
    return tuple(names[id(clause)] for clause, _ in core)


def _core(cast: System, clauses: Sequence[Watched]) -> list[Watched]:
    """A smallest set of clauses that no dialogue keeps together."""
    return [] if _kept(cast, clauses) else _smallest(clauses, lambda some: not _kept(cast, some))


def _implied(cast: System, clauses: Sequence[Watched]) -> list[tuple[plan.Clause, tuple[plan.Clause, ...]]]:
    """Each clause that the others say. Of two that say the same, the later one is meant; a soft clause is no reason to
    leave out a hard one."""
    found: list[tuple[plan.Clause, tuple[plan.Clause, ...]]] = []
    left = list(clauses)
    for each in reversed(clauses):
        others = [other for other in _related(left, each)
                  if other[0].severity == "hard" or each[0].severity == "soft"]
        alone = next(([other] for other in others if not _broken(cast, each, [other])), None)
        if alone is None and len(others) > 1 and not _broken(cast, each, others):
            alone = _smallest(others, lambda some, each=each: not _broken(cast, each, some))
        if alone:
            left.remove(each)
            found.append((each[0], tuple(clause for clause, _ in alone)))
    return found[::-1]


def _related(clauses: Sequence[Watched], to: Watched) -> list[Watched]:
    """The clauses that read a fact in common with one, or with one of these, and so on: others say nothing of it."""
    facts = {reads.written(fact) for fact in to[1].facts}
    found: list[Watched] = []
    while more := [each for each in clauses if each is not to and each not in found
                   and facts & {reads.written(fact) for fact in each[1].facts}]:
        found += more
        facts |= {reads.written(fact) for each in more for fact in each[1].facts}
    return [each for each in clauses if each in found]


def _smallest(clauses: Sequence[Watched], enough: Callable[[list[Watched]], bool]) -> list[Watched]:
    """Clauses of which none can be left out without their being no longer enough; the later ones go first."""
    left = list(clauses)
    for each in reversed(clauses):
        fewer = [other for other in left if other is not each]
        if fewer and enough(fewer):
            left = fewer
    return left


def _kept(cast: System, clauses: Sequence[Watched]) -> bool:
    """Whether a dialogue keeps clauses together; so where that is too much to look at."""
    return _possible(cast, clauses, [True] * len(clauses))


def _broken(cast: System, clause: Watched, others: Sequence[Watched]) -> bool:
    """Whether a dialogue breaks a clause and keeps others."""
    return _possible(cast, [*others, clause], [*[True] * len(others), False])


def _possible(cast: System, clauses: Sequence[Watched], wanted: Sequence[bool]) -> bool:
    automata = [automaton for _, automaton in clauses]
    try:
        return not automata or witness.shortest(witness.seen_by(cast, automata), automata, wanted) is not None
    except TooLarge:
        return True
