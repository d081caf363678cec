"""Which candidates are worth choosing between: those that no other one is at least as good as in all, and better in
something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Costs(NamedTuple):
    """What a candidate is worth and what it takes: its score (higher is better), tokens and broken clauses a dialogue
    (lower is better). None is not known."""

    score: float | None
    tokens: float | None
    broken: float | None


def front(of: Sequence[Costs]) -> tuple[int, ...]:
    """The places of the Pareto front, in their order. A candidate without a score is not on it; tokens or breaches that
    are not known are taken for the most that any candidate has. Of equals the first alone is on it."""
    tokens, broken = _most([each.tokens for each in of]), _most([each.broken for each in of])
    known = [(at, (-each.score, tokens if each.tokens is None else each.tokens,
                   broken if each.broken is None else each.broken))
             for at, each in enumerate(of) if each.score is not None]
    return tuple(at for at, own in known
                 if not any(_beats(other, own) or (other == own and place < at) for place, other in known))


def _most(values: Sequence[float | None]) -> float:
    return max((value for value in values if value is not None), default=0.0)


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(mine <= yours for mine, yours in zip(one, other, strict=True))
