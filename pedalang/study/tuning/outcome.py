"""What tuning came to, as a document: all candidates, the front among them, and the best beside the program as it was
on dialogues that neither has seen."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import msgspec
import numpy as np
from msgspec import Struct

from pedalang.study import resampling, statistics
from pedalang.study.statistics import Estimate
from pedalang.study.tuning import front as fronts
from pedalang.study.tuning import rollouts
from pedalang.study.tuning.front import Costs
from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.rollouts import Rollout
from pedalang.study.tuning.spending import Cost
from pedalang.study.tuning.task import Task

VERSION = 1
FILE_NAME = "tuning.json"


class Arm(Struct, frozen=True):
    """A program on the test set: the metric, the criteria, clauses and dialogues broken, tokens a dialogue; of each
    clause the share of dialogues in which it was broken."""

    name: str
    score: Estimate
    measures: dict[str, Estimate]
    broken_hard: int
    broken_soft: int
    dialogues_broken: int
    tokens: float
    clauses: dict[str, Estimate] = {}


class Rival(Struct, frozen=True):
    """Something else that the tuned program has to beat. `difference` is the mean of the tuned one's score less this
    one's, `measures` the same of each criterion, with intervals over whole problems."""

    arm: Arm
    difference: Estimate
    measures: dict[str, Estimate]


class Tested(Struct, frozen=True):
    """The program as written and as tuned on the test set, on the same items and draws. `difference` is the mean of the
    second less the first, with its interval over whole problems; `measures` is that of each criterion."""

    written: Arm
    tuned: Arm
    difference: Estimate
    scores: tuple[tuple[float | None, float | None], ...] = ()
    measures: dict[str, Estimate] = {}
    rivals: tuple[Rival, ...] = ()


class Control(Struct, frozen=True):
    """The same search without its curriculum: its candidates, the number of the best one, what it cost."""

    curriculum: str
    candidates: tuple[Candidate, ...]
    best: int
    cost: Cost
    stopped: str = ""


class Outcome(Struct, frozen=True):
    """A tuning that is over. `best` is the number of the candidate that was taken, `front` those that no other one
    beats in score, tokens and broken clauses; `stopped` says what ended the search before its end."""

    program: str
    name: str
    flow: str
    method: str
    metric: str
    seed: int
    engines: dict[str, str]
    data: dict[str, str]
    train: int
    dev: int
    candidates: tuple[Candidate, ...]
    best: int
    front: tuple[int, ...]
    cost: Cost
    test: Tested | None = None
    stopped: str = ""
    artefact: str = ""
    control: Control | None = None
    """Where problems came by a curriculum."""
    version: int = VERSION


GOES_ON = "the search goes on"
"""What is said of a tuning that is not over yet, in place of what ended it."""


def so_far(task: Task, data: Mapping[str, str]) -> Outcome:
    """What a search has come to up to now. `data` has the hash of each file that was read."""
    chosen, best = task.chosen, task.best
    return Outcome(
        task.of.program, chosen.name, chosen.flow, chosen.method, f"{chosen.rubric}.{chosen.criterion or 'total'}",
        chosen.seed, {who: each.name for who, each in task.stage.engines.items()}, dict(data), len(task.train),
        len(task.dev), tuple(task.kept.candidates), best.number, front(task.kept.candidates), task.spending.cost,
        stopped=GOES_ON)


def front(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """The candidates that no other one beats: with at least their score, at most their tokens and broken clauses, and
    one of these better. Of equals the first. None that something speaks against."""
    taken = [each for each in candidates if not each.refused]
    found = fronts.front([Costs(each.score.value, each.tokens, each.broken_hard + each.broken_soft)
                          for each in taken])
    return tuple(taken[at].number for at in found)


def arm(name: str, found: Sequence[Rollout]) -> Arm:
    """A program on the test set."""
    criteria = dict.fromkeys(key for each in found for key in each.values)
    return Arm(name, statistics.estimate([each.score for each in found]),
               {key: statistics.estimate([each.values.get(key) for each in found]) for key in criteria},
               sum(each.broken_hard for each in found), sum(each.broken_soft for each in found),
               sum(bool(each.broken_hard) for each in found), sum(each.tokens for each in found) / max(len(found), 1),
               _broken(found))


def _broken(found: Sequence[Rollout]) -> dict[str, Estimate]:
    """How often each clause was broken, in the order in which they are first told."""
    told = [{f"{each.contract}.{each.clause} {each.severity}": float(not each.kept) for each in one.dialogue.verdicts}
            for one in found]
    return {name: statistics.estimate([one.get(name) for one in told])
            for name in dict.fromkeys(name for one in told for name in one)}


def tested(written: Sequence[Rollout], tuned: Sequence[Rollout],
           others: Mapping[str, Sequence[Rollout]] | None = None) -> Tested:
    """Programs on the same items, in the same order; `others` by their names."""
    rivals = tuple(Rival(arm(name, found), difference(_pairs(found, tuned), _problems(found)), _apart(found, tuned))
                   for name, found in (others or {}).items())
    pairs = _pairs(written, tuned)
    return Tested(arm("as written", written), arm("tuned", tuned), difference(pairs, _problems(written)), pairs,
                  _apart(written, tuned), rivals)


def _pairs(one: Sequence[Rollout], other: Sequence[Rollout]) -> tuple[tuple[float | None, float | None], ...]:
    return tuple((first.score, second.score) for first, second in zip(one, other, strict=True))


def _problems(found: Sequence[Rollout]) -> list[str]:
    return [rollouts.key(each.item) for each in found]


def _apart(one: Sequence[Rollout], other: Sequence[Rollout]) -> dict[str, Estimate]:
    """The difference of each criterion."""
    criteria = dict.fromkeys(key for each in one for key in each.values)
    return {key: difference([(first.values.get(key), second.values.get(key))
                             for first, second in zip(one, other, strict=True)], _problems(one)) for key in criteria}


def difference(pairs: Sequence[tuple[float | None, float | None]], clusters: Sequence[Hashable]) -> Estimate:
    """The mean of second less first over pairs that have both, with a bootstrap interval over whole clusters."""
    known = [(other - one, cluster) for (one, other), cluster in zip(pairs, clusters, strict=True)
             if one is not None and other is not None]
    missing = len(pairs) - len(known)
    if not known:
        return Estimate(None, 0, missing)
    apart = np.array([each for each, _ in known])
    found = resampling.interval([cluster for _, cluster in known], lambda places: float(apart[places].mean())) \
        if len(known) > 1 else None
    return Estimate(float(apart.mean()), len(known), missing, *(found or (None, None)))


def to_json(outcome: Outcome) -> bytes:
    """Indented for people; the same outcome gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(outcome, order="deterministic"), indent=1) + b"\n"


def from_json(data: bytes) -> Outcome:
    """Reads what `to_json` wrote. Raises `msgspec.ValidationError` or `DecodeError`."""
    return msgspec.json.decode(data, type=Outcome)
