"""The judges of a run looked at: which criteria and dialogues, what people said of them, who spoke in them."""

from __future__ import annotations

import asyncio
import itertools
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pedalang import api, diagnostic, journal, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.cache import Answers
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.errors import RunError
from pedalang.study import auditing, dialogue, score, scores
from pedalang.study.auditing import Audit, Audited

OWN_STEPS = ("move", "speech")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be audited: one criterion, or with an empty name all judged ones; at most so many dialogues; by whom,
    where that is not who judged the run; beside which rated criterion, where the judge does not say."""

    criterion: str = ""
    dialogues: int = 20
    judge: str = ""
    against: str = ""


def audit(folder: Path, wanted: Wanted, environment: Mapping[str, str], evaluate: Evaluator,
          answers: Answers | None = None) -> list[Audit]:
    """The audits of a run's judges. Nothing is written. Raises `RunError`: PED1244 where there is nothing to audit."""
    of, events = api.read_run(folder)
    try:
        named = plan.work(of, events.header.run)
        rubric = named.score if named is not None else ""
        criteria = _criteria(of, rubric, wanted.criterion)
        uri = api.judge_uri(of, rubric, wanted.judge or events.header.options.get("judge"))
        told = list(itertools.islice((one for one in dialogue.read(events, of.flows[events.header.flow]) if one.ended),
                                     wanted.dialogues))
        if not told:
            raise RunError("PED1244", "no dialogue of this run came to an end", help="a judge needs whole dialogues")
        people = _people(_rows(folder, of, events, rubric, evaluate))
        with api.engines({api.JUDGE: uri}, environment, answers) as opened:
            judge = opened[api.JUDGE]
            own = _own(events, judge, [one.episode for one in told])
            return [asyncio.run(auditing.audit(
                Audited(each.name, each, told, events.header.seed, evaluate,
                        people.get(_against(each, wanted), {}), own), judge)) for each in criteria]
    finally:
        events.close()


def _against(criterion: plan.Criterion, wanted: Wanted) -> str:
    agreement = criterion.judge.agreement if criterion.judge is not None else None
    return wanted.against or (agreement.against if agreement is not None else "")


def _criteria(of: plan.Plan, rubric: str, name: str) -> list[plan.Criterion]:
    judged = {each.name: each for each in (of.rubrics[rubric].criteria if rubric else ()) if each.judge is not None}
    if not judged:
        raise RunError("PED1244", "no criterion of this run is by a judge", help="name a run that a judge scores")
    if name and name not in judged:
        raise RunError("PED1403", f"no criterion `{name}` of this run is by a judge",
                       help=diagnostic.did_you_mean(name, judged) or f"there is: {', '.join(judged)}")
    return [judged[name]] if name else list(judged.values())


def _rows(folder: Path, of: plan.Plan, events: journal.Journal, rubric: str,
          evaluate: Evaluator) -> Sequence[scores.DialogueScores]:
    """The dialogues as they were scored; where they were not, as far as nobody has to be asked."""
    path = folder / api.SCORES_NAME
    if not path.is_file():
        return score.score(of, events, rubric, evaluate=evaluate).dialogues
    try:
        return scores.from_json(path.read_bytes()).dialogues
    except scores.ScoresError as error:
        raise RunError("PED1244", f"`{path}` is {error}", help=f"score the run again: `ped report {folder}`") from None


def _people(rows: Sequence[scores.DialogueScores]) -> dict[str, dict[tuple[int, int], float]]:
    """What people said, by criterion: the mean of their levels, as a share of the range of all that were said."""
    found: dict[str, dict[tuple[int, int], float]] = {}
    for row in rows:
        for criterion, parts in row.ratings.items():
            for key, levels in parts.items():
                found.setdefault(criterion, {})[row.episode, key] = statistics.fmean(levels.values())
    return {criterion: _in_range(levels) for criterion, levels in found.items()}


def _in_range(levels: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    low, high = min(levels.values()), max(levels.values())
    return {place: (level - low) / (high - low) if high > low else 0.0 for place, level in levels.items()}


def _own(events: journal.Journal, judge: Engine, episodes: Sequence[int]) -> frozenset[int]:
    """The dialogues in which the judge's engine, or its weights, said something."""
    def its(answer: journal.Completion) -> bool:
        return answer.engine == judge.name or bool(judge.model and answer.model == judge.model)

    return frozenset(episode for episode in episodes
                     if any(its(each) for each in events.completions(episode) if each.step.startswith(OWN_STEPS)))
