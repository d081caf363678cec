"""The table of a shield: which moves may not be made where, so that clauses cannot be broken."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec
from msgspec import Struct

from pedalang import plan
from pedalang.compiler.contracts import game, product
from pedalang.compiler.contracts.analysis import Finding
from pedalang.compiler.contracts.game import Solved
from pedalang.compiler.contracts.product import BAD, Choosing
from pedalang.compiler.contracts.system import System
from pedalang.compiler.contracts.ways import TooLarge
from pedalang.expression import nodes

Name = tuple[str, str]
"""Contract and clause."""
_Watched = tuple[Name, plan.Automaton]


class Made(Struct, frozen=True):
    """A shield, and the clauses that it could keep alone, each with a smallest set of those before it beside which it
    cannot."""

    shield: plan.Shield
    dropped: tuple[tuple[Name, tuple[Name, ...]], ...] = ()


def of(there: System, contracts: Sequence[plan.Contract], findings: Mapping[Name, Finding]) -> Made:
    """The shield of the hard clauses of contracts that a run checks together."""
    wanted = [((contract.name, clause.name), clause.automaton) for contract in contracts for clause in contract.clauses
              if clause.severity == "hard" and clause.automaton is not None
              and findings[contract.name, clause.name].assurance == "shieldable"]
    wanted.sort(key=lambda each: not findings[each[0]].by_words)  # what is looked at last is most likely looked at
    kept: list[_Watched] = []
    dropped: list[tuple[Name, tuple[Name, ...]]] = []
    solved = _solved(there, wanted, findings) if wanted else None
    for each in wanted if solved is None else ():
        more = _solved(there, [*kept, each], findings)
        if more is not None:
            kept, solved = [*kept, each], more
        else:
            dropped.append((each[0], _against(there, kept, each, findings)))
    kept = kept if dropped else wanted
    names = tuple(name for name, _ in kept)
    blank = plan.Shield(there.flow.name, tuple(contract.name for contract in contracts),
                        tuple(name for name in names if not findings[name].by_words),
                        tuple(name for name in names if findings[name].by_words))
    shield = blank if solved is None else _table(blank, solved, names)
    return Made(shield, tuple(dropped))


def _against(there: System, kept: Sequence[_Watched], each: _Watched,
             findings: Mapping[Name, Finding]) -> tuple[Name, ...]:
    """A smallest set of clauses beside which another cannot be kept."""
    left = list(kept)
    for other in kept:
        fewer = [one for one in left if one is not other]
        if fewer and _solved(there, [*fewer, each], findings) is None:
            left = fewer
    return tuple(name for name, _ in left)


def _solved(there: System, clauses: Sequence[_Watched],
            findings: Mapping[Name, Finding]) -> Solved | None:
    """The game for clauses together; None where the teacher does not win it, or it is too large."""
    try:
        whole = product.of(there, [automaton for _, automaton in clauses],
                           in_words=any(findings[name].by_words for name, _ in clauses))
    except TooLarge:
        return None
    solved = game.solve(whole)
    return solved if solved.won else None


# ---------------------------------------------------------------- the table


_Offered: TypeAlias = Mapping[str, bool]
"""The moves that are offered at a place, each with whether it is masked there."""


def _table(blank: plan.Shield, solved: Solved, names: Sequence[Name]) -> plan.Shield:
    """The shield with the moves that are not safe, by as little as has to be looked at for that."""
    looks, rows = _looks(solved.product.system, names), dict(_rows(solved))
    kept, left = _kept_for_good(solved, len(looks)), list(range(len(looks)))
    for at in range(len(looks)):
        fewer = [each for each in left if each != at]
        merged = _merged(rows, fewer)
        if merged is not None and not _reaches(merged, fewer, kept):
            left = fewer
    masked = {msgspec.json.encode(key).decode(): tuple(move for move, unsafe in moves.items() if unsafe)
              for key, moves in (_merged(rows, left) or {}).items() if any(moves.values())}
    return msgspec.structs.replace(blank, looks=tuple(looks[at] for at in left) if masked else (),
                                   masked=dict(sorted(masked.items())))


def _merged(rows: Mapping[tuple[object, ...], _Offered],
            left: Sequence[int]) -> dict[tuple[object, ...], dict[str, bool]] | None:
    """The rows told apart by what is left of the looks alone; None where a move is safe in one and not in another that
    looks the same."""
    found: dict[tuple[object, ...], dict[str, bool]] = {}
    for key, moves in rows.items():
        known = found.setdefault(tuple(key[at] for at in left), {})
        if any(known.setdefault(move, unsafe) != unsafe for move, unsafe in moves.items()):
            return None
    return found


def _kept_for_good(solved: Solved, looks: int) -> dict[int, int] | None:
    """The looks at states of clauses, with that in which they are kept for good; None where one never is. The game goes
    no further there, so no row says that every move is safe."""
    found: dict[int, int] = {}
    automata = [automaton for automaton, _ in solved.product.facts.automata]
    for at, automaton in enumerate(automata, looks - len(automata)):
        if "kept" not in automaton.standings:
            return None
        found[at] = automaton.standings.index("kept")
    return found


def _reaches(merged: Mapping[tuple[object, ...], _Offered], left: Sequence[int],
             kept: Mapping[int, int] | None) -> bool:
    """Whether a row masks a move, and looks like one where the clauses are kept for good."""
    return kept is not None and any(
        any(moves.values()) and all(value == kept.get(at, value) for at, value in zip(left, key, strict=True))
        for key, moves in merged.items())


def _looks(there: System, names: Sequence[Name]) -> list[plan.Look]:
    """All that tells places apart, what is most likely not needed first."""
    cells = there.playing.cells
    found: list[plan.Look] = [plan.Position("turn")] if there.counting else []
    found += [plan.Position("turns_here"), plan.Position("step")]
    if cells.latest:
        found += [plan.Reading(nodes.Attr(nodes.Name("turn"), name)) for name in ("speaker", "move", "act", "phase")]
    found += [plan.Reading(condition) for _, condition, _ in cells.conditions]
    found += [plan.Reading(nodes.Attr(nodes.Name(who), name)) for who, name in cells.variables]
    found += [plan.Reading(nodes.Call("count_moves", (nodes.Name("history"), nodes.Lit(move))), most)
              for move, most in cells.counts]
    return [*found, plan.Position("phase"), *(plan.ClauseState(*name) for name in names)]


def _rows(solved: Solved) -> list[tuple[tuple[object, ...], _Offered]]:
    """The values of all looks wherever a teacher chooses in a dialogue that the shield keeps, with what is offered."""
    whole = solved.product
    found = []
    seen = {start for start in whole.starts if start >= 0}
    waiting = deque(seen)
    while waiting:
        node = waiting.popleft()
        ends = list(whole.leads[node])
        for choosing in whole.choices[node]:
            found.append((_values(solved, node, choosing),
                          {move.name: not solved.safe(move) for move in choosing.moves}))
            ends += [end for move in choosing.moves if solved.safe(move) for end in move.leads]
        for end in ends:
            if end > BAD and end not in seen:
                seen.add(end)
                waiting.append(end)
    return found


def _values(solved: Solved, node: int, choosing: Choosing) -> tuple[object, ...]:
    whole = solved.product
    spot, states = whole.where[node]
    there = whole.system.spots[spot]
    cells, kept, place = whole.system.playing.cells, there.choices[choosing.at].kept, there.place
    variables, rest = kept[:len(cells.variables)], kept[len(cells.variables):]
    counts, rest = rest[:len(cells.counts)], rest[len(cells.counts):]
    conditions, latest = rest[:len(cells.conditions)], rest[len(cells.conditions):]
    number = (place.number,) if whole.system.counting else ()
    return (*number, place.here, place.step, *latest, *conditions, *variables, *counts, place.phase, *states)

