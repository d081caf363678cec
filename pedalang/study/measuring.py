"""One dialogue measured: each criterion of a rubric in it, in the whole or in parts, or why it has no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from msgspec import structs

from pedalang import journal, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.episode import monitor
from pedalang.study import (
    criteria,
    dialogue,
    judging,
    levels,
    parts,
    predicates,
    predictions,
    ratings,
    rubrics,
    validated,
)
from pedalang.study.asking import Subject
from pedalang.study.criteria import Found, Missing
from pedalang.study.given import NOTHING, Given, Rating
from pedalang.study.judging import Read
from pedalang.study.parts import View
from pedalang.study.scores import PartScore
from pedalang.study.validated import Validation

Verdicts = Mapping[str, Sequence[journal.Verdict]]
"""Contract to its verdicts in one dialogue."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A dialogue before names are known: the names of a measure are those that it gave in some dialogue."""

    episode: int
    why: str
    turns: int
    found: Mapping[str, Found]
    verdicts: Verdicts
    judged: Mapping[str, Sequence[Read]]
    """What a judge said, by criterion, in the order of the parts."""
    parts: Mapping[str, tuple[PartScore, ...]] = field(default_factory=dict)
    error: str = ""
    """Why it failed, with its code."""
    ratings: Mapping[str, dict[int, dict[str, float]]] = field(default_factory=dict)
    """Criterion to the key of a part to the level that each rater chose."""


@dataclass(frozen=True, slots=True)
class Work:
    """What scoring one dialogue needs, the same for all."""

    program: plan.Plan
    rubric: plan.Rubric
    events: journal.Journal
    measures: Mapping[str, rubrics.Measure]
    failures: judging.Failures
    asked: Sequence[plan.Criterion]
    """Predicates by judge, as criteria on turns."""
    evaluator: Evaluator
    given: Given = NOTHING
    records: Mapping[str, Validation] = field(default_factory=dict)
    """Those of judges that were asked these very questions, by criterion."""


def scored(work: Work, one: dialogue.Dialogue) -> Scored:
    """All criteria in one dialogue."""
    if not one.ended:
        reason = (Missing(one.code, f"the dialogue failed: {one.message}") if one.why == "failed"
                  else Missing("PED1236", "the dialogue has no end yet"))
        return Scored(one.episode, one.why, len(one.turns), {c.name: reason for c in work.rubric.criteria}, {}, {}, {},
                       f"{one.code}: {one.message}" if one.why == "failed" else "")
    asks = work.asked or any(c.judge for c in work.rubric.criteria)
    answers = judging.recorded(work.events, one.episode) if asks else {}
    one, lost = _with_predicates(work, one, answers)
    looked = _Looked(work, one, parts.whole(one), _verdicts(work, one, lost), answers, lost)
    found: dict[str, Found] = {}
    seen: dict[str, tuple[PartScore, ...]] = {}
    for criterion in work.rubric.criteria:
        if criterion.units is None:
            found[criterion.name] = _measured(looked, criterion)
        else:
            found[criterion.name], seen[criterion.name] = _gathered(looked, criterion, criterion.units)
    return Scored(one.episode, one.why, len(one.turns), found, looked.verdicts, looked.judged, seen,
                  ratings=_ratings(looked))


def _with_predicates(work: Work, one: dialogue.Dialogue,
                     answers: judging.Answers) -> tuple[dialogue.Dialogue, predicates.Lost]:
    """The dialogue with what judges said of its turns, and why there is no answer at some."""
    judged: list[dict[str, bool]] = [{} for _ in one.turns]
    lost: dict[str, str] = {}
    for predicate in work.asked:
        key = predicate.name.removeprefix(predicates.PREFIX)
        for turn in judged:
            turn[key] = False
        assert predicate.judge is not None and predicate.units is not None
        for view in parts.views(one, predicate.units, work.evaluator):
            value = _worth(_read(work, one.episode, predicate.name, predicate.judge, view, answers))
            if isinstance(value, Missing):
                lost.setdefault(key, f"`{key.partition(':')[0]}` at turn {view.key}: {value}")
                judged[view.key].pop(key)
            else:
                judged[view.key][key] = value == 1.0
    return replace(one, judged=tuple(judged)), lost


def _verdicts(work: Work, one: dialogue.Dialogue, lost: predicates.Lost) -> Verdicts:
    """Those of the journal, of contracts that only the rubric names, and of those that ask a judge; of these, clauses
    whose judge gave no answer at some turn have none."""
    found: dict[str, list[journal.Verdict]] = {}
    for verdict in one.verdicts:
        found.setdefault(verdict.contract, []).append(verdict)
    asking = [contract.name for contract in predicates.contracts(work.program, work.events.header)]
    wanted = {c.contract for c in work.rubric.criteria if c.contract and c.units is None} - found.keys()
    trace = dialogue.trace(one) if wanted or asking else []
    for name in dict.fromkeys((*asking, *sorted(wanted))):
        contract = work.program.contracts[name]
        unknown = {clause.name for clause in contract.clauses if predicates.lost(plan.judged(clause.formula), lost)}
        found[name] = [verdict for verdict in monitor.verdicts(contract, trace, work.evaluator)
                       if verdict.clause not in unknown]
    return found


@dataclass(frozen=True, slots=True)
class _Looked:
    """One dialogue that ended, as all its criteria look at it."""

    work: Work
    one: dialogue.Dialogue
    whole: View
    verdicts: Verdicts
    answers: judging.Answers
    lost: predicates.Lost
    judged: dict[str, list[Read]] = field(default_factory=dict)
    """Filled while criteria are looked at."""


def _measured(looked: _Looked, criterion: plan.Criterion) -> Found:
    """A criterion's values in the whole dialogue."""
    work = looked.work
    if criterion.measure is not None:
        compute = work.measures[criterion.measure.name]
        return criteria.by_measure(criterion.measure, compute, looked.one, looked.whole.env, work.evaluator)
    value = (_kept(looked, criterion, looked.verdicts[criterion.contract]) if criterion.contract
             else _value(looked, criterion, looked.whole))
    return value if isinstance(value, Missing) else {criterion.name: criteria.keyed(criterion, value)}


def _gathered(looked: _Looked, criterion: plan.Criterion, units: plan.Units) -> tuple[Found, tuple[PartScore, ...]]:
    """A criterion's values in the parts of a dialogue, and what they come to."""
    try:
        views = [*parts.views(looked.one, units, looked.work.evaluator)]
    except parts.NoTimes:
        return Missing("PED1237", "a segment of so many minutes needs the time of each turn, and one has none"), ()
    if not views:
        return Missing("PED1229", f"the dialogue has no {units.of} that it is about"), ()
    seen: list[PartScore] = []
    for view in views:
        value = _value(looked, criterion, view)
        why = str(value) if isinstance(value, Missing) else ""
        seen.append(PartScore(view.first, view.key,
                              None if isinstance(value, Missing) else criteria.keyed(criterion, value), why))
    found = parts.gathered(units.value, [part.value for part in seen])
    if found is None:
        lost = [part for part in seen if part.value is None]
        if all(part.missing.startswith(ratings.UNRATED) for part in seen):
            return Missing(ratings.UNRATED, f"nobody has rated any of its {len(seen)} parts"), tuple(seen)
        return Missing("PED1237", f"{len(lost)} of {len(seen)} have no value: {lost[0].missing}"), tuple(seen)
    return {criterion.name: found}, tuple(seen)


def _value(looked: _Looked, criterion: plan.Criterion, view: View) -> float | Missing:
    """What a criterion is worth where it looks, not yet keyed."""
    work = looked.work
    if criterion.contract:
        contract = work.program.contracts[criterion.contract]
        return _kept(looked, criterion, monitor.verdicts(contract, view.trace, work.evaluator))
    if criterion.judge is not None:
        read = _calibrated(work, criterion, criterion.judge,
                           _read(work, looked.one.episode, criterion.name, criterion.judge, view, looked.answers))
        size = parts.words(looked.one, view)
        looked.judged.setdefault(criterion.name, []).append(
            read._replace(judgement=structs.replace(read.judgement, words=size)))
        return _worth(read)
    if criterion.score is not None:
        return criteria.by_score(criterion.score, view.env, work.evaluator)
    if criterion.human is not None:
        said = _rated(looked, criterion, criterion.human, view)
        return said if isinstance(said, Missing) else ratings.value(criterion.human, said)
    if criterion.model is not None:
        answer = predictions.said(criterion.model, work.given.classifiers, view.env, work.evaluator)
        return answer if isinstance(answer, Missing) else \
            predictions.value(work.program.classifiers[criterion.model.uses], criterion.model, answer)
    raise plan.PlanError(f"criterion `{criterion.name}` does not say how it is measured")


def _rated(looked: _Looked, criterion: plan.Criterion, human: plan.Human,
           view: View) -> Sequence[Rating] | Missing:
    """What people said: on sheets, and where the data have ratings, there. A sheet's counts where both have one of the
    same rater."""
    sheets = looked.work.given.ratings.get((criterion.name, looked.one.episode, view.key), ())
    data = ratings.in_data(human, view.env, looked.work.evaluator)
    if isinstance(data, Missing):
        return data
    return [*{each.rater: each for each in (*data, *sheets)}.values()]


def _ratings(looked: _Looked) -> dict[str, dict[int, dict[str, float]]]:
    """What each rater chose, part by part."""
    found: dict[str, dict[int, dict[str, float]]] = {}
    for criterion in looked.work.rubric.criteria:
        for view in _views(looked, criterion) if criterion.human is not None else ():
            assert criterion.human is not None
            said = _rated(looked, criterion, criterion.human, view)
            if said and not isinstance(said, Missing):
                found.setdefault(criterion.name, {})[view.key] = {each.rater: each.level for each in said}
    return found


def _views(looked: _Looked, criterion: plan.Criterion) -> list[View]:
    """Where a criterion looks; nowhere, if a dialogue cannot be cut as it says."""
    if criterion.units is None:
        return [looked.whole]
    try:
        return [*parts.views(looked.one, criterion.units, looked.work.evaluator)]
    except parts.NoTimes:
        return []


def _kept(looked: _Looked, criterion: plan.Criterion, verdicts: Sequence[journal.Verdict]) -> float | Missing:
    """The share of a contract's clauses that were kept, where all of them are known."""
    contract = looked.work.program.contracts[criterion.contract]
    for clause in contract.clauses if contract.judged else ():
        why = predicates.lost(plan.judged(clause.formula), looked.lost)
        if why:
            return Missing("PED1239", f"the clause `{clause.name}` is not known: {why}")
    return criteria.by_contract(verdicts)


def _read(work: Work, episode: int, name: str, judge: plan.Judge, view: View, answers: judging.Answers) -> Read:
    subject = Subject(name, judge, episode, view, work.evaluator, work.events.header.seed)
    return judging.read(subject, answers, work.failures)


def _calibrated(work: Work, criterion: plan.Criterion, judge: plan.Judge, read: Read) -> Read:
    """The judgement with the value that people would give, where there is a map for it."""
    signal = levels.signal(judge, read.judgement)
    if signal is None:
        return read
    found = validated.applied(work.records.get(criterion.name), read.engines, signal)
    return read if found is None else read._replace(judgement=structs.replace(read.judgement, calibrated=found))


def _worth(read: Read) -> float | Missing:
    value = read.judgement.value if read.judgement.calibrated is None else read.judgement.calibrated
    return Missing(*read.judgement.missing.split(": ", 1)) if value is None else value
