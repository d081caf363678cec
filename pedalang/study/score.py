"""Journal and rubric to scores: values a dialogue, measures with intervals over dialogues, contracts kept and broken.

A dialogue that failed or has no end has no values: it is counted as missing, never as 0, and its contracts are not
counted.
"""

from __future__ import annotations

import asyncio
import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pedalang import journal, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import monitor
from pedalang.runtime.errors import EngineError, RunError
from pedalang.runtime.pool import Observer
from pedalang.study import criteria, dialogue, judging, parts, predicates, rubrics, statistics
from pedalang.study.criteria import Found, Missing
from pedalang.study.parts import View
from pedalang.study.scores import TOTAL, ClauseCount, Contracts, DialogueScores, Judge, PartScore, Scores
from pedalang.study.statistics import Estimate

Verdicts = Mapping[str, Sequence[journal.Verdict]]
"""Contract to its verdicts in one dialogue."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """A dialogue before names are known: the names of a measure are those that it gave in some dialogue."""

    episode: int
    why: str
    turns: int
    found: Mapping[str, Found]
    verdicts: Verdicts
    judges: Mapping[str, str]
    """Criterion to the engine that judged it."""
    parts: Mapping[str, tuple[PartScore, ...]] = field(default_factory=dict)
    error: str = ""
    """Why it failed, with its code."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What scoring one dialogue needs, the same for all."""

    program: plan.Plan
    rubric: plan.Rubric
    events: journal.Journal
    measures: Mapping[str, rubrics.Measure]
    failures: judging.Failures
    asked: Sequence[plan.Criterion]
    """Predicates by judge, as criteria on turns."""
    evaluator: Evaluator


def score(program: plan.Plan, events: journal.Journal, rubric_name: str, judge_engine: Engine | None = None,
          evaluate: Evaluator | None = None, observer: Observer | None = None) -> Scores:
    """Scores every dialogue of a journal by a rubric; by none, with an empty name: then only contracts are counted.

    With a `judge_engine`, judges that have not answered yet are asked and their answers kept in the journal. This
    starts an event loop; inside one, `judging.ask` comes first and no engine is given here. Raises `RunError` for a
    rubric that cannot be used on this journal.
    """
    flow, rubric = usable(program, events.header.flow, rubric_name)
    asked = predicates.asked(program, events.header, rubric)
    judges = [each for each in (*asked, *rubric.criteria) if each.judge]
    evaluate = evaluate or Evaluator()
    observer = observer or Observer()
    failures = asyncio.run(judging.ask(events, flow, judges, judge_engine, evaluate, observer)) \
        if judges and judge_engine else {}
    measures = {c.measure.name: rubrics.load(c.measure.name) for c in rubric.criteria if c.measure}
    work = _Work(program, rubric, events, measures, failures, asked, evaluate)
    observer.scoring(events.header.episodes)
    scored = []
    alike: dict[object, Verdicts] = {}
    for one in dialogue.read(events, flow):
        scored.append(_sharing(_scored(work, one), alike))
        observer.scored(one.episode)
    names = _names(rubric, scored)
    rows = tuple(_row(rubric, names, one) for one in scored)
    return Scores(rubric.name, _measures(rubric, names, rows), _contracts(scored), rows, _judges(work, scored),
                  (rubric.low, rubric.high))


def measurable(of: plan.Plan, rubric: str) -> None:
    """Raises `RunError` for a rubric whose total could be had in no dialogue: a criterion that counts in it, or is its
    gate, cannot be measured yet."""
    for each in of.rubrics[rubric].criteria if rubric else ():
        if (each.human or each.model) and (each.weight or each.gate):
            by = "human" if each.human else "model"
            raise RunError("PED0901", f"`{each.name}` counts in the rubric `{rubric}`, and a criterion by {by} cannot "
                           "be measured yet", place=each.place, help="give it `weight 0`, and take `gate` away")


def _sharing(one: _Scored, alike: dict[object, Verdicts]) -> _Scored:
    """The same with the verdicts of an earlier dialogue where they are the same: there are few ways to keep and break
    clauses, and many dialogues."""
    found = tuple((name, *verdicts) for name, verdicts in one.verdicts.items())
    return replace(one, verdicts=alike.setdefault(found, one.verdicts))


def usable(program: plan.Plan, flow_name: str, rubric_name: str) -> tuple[plan.Flow, plan.Rubric]:
    """The flow, and the rubric if it can score it. Raises `RunError`. An empty name gives a rubric without criteria."""
    flow = program.flows.get(flow_name)
    if flow is None:
        raise RunError("PED1234", f"the run is of flow `{flow_name}`, which the plan lacks",
                       help="score it with the plan that it was run from")
    if not rubric_name:
        return flow, plan.Rubric("", flow_name, ())
    rubric = program.rubrics.get(rubric_name)
    if rubric is None:
        near = difflib.get_close_matches(rubric_name, program.rubrics, n=1) or sorted(program.rubrics)
        help = f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else "declare one in the program"
        raise RunError("PED1234", f"no rubric `{rubric_name}` in the plan", help=help)
    problem = _problem(program, flow_name, rubric)
    if problem:
        raise RunError("PED1234", f"rubric `{rubric_name}` cannot score this run: {problem}", place=rubric.place)
    return flow, rubric


def _problem(program: plan.Plan, flow_name: str, rubric: plan.Rubric) -> str:
    if rubric.flow != flow_name:
        return f"it is on flow `{rubric.flow}`, the run is of `{flow_name}`"
    for criterion in rubric.criteria:
        if criterion.name == TOTAL:
            return f"a criterion is named `{TOTAL}`, which is the name of their mean"
        if criterion.contract and criterion.contract not in program.contracts:
            return f"`{criterion.name}` is of contract `{criterion.contract}`, which the plan lacks"
        if criterion.measure and criterion.measure.name not in rubrics.names():
            known = ", ".join(f"`{name}`" for name in rubrics.names())
            return f"`{criterion.name}` is of measure `{criterion.measure.name}`; there are {known}"
    return ""


# ---------------------------------------------------------------- one dialogue


def _scored(work: _Work, one: dialogue.Dialogue) -> _Scored:
    if not one.ended:
        reason = (Missing(one.code, f"the dialogue failed: {one.message}") if one.why == "failed"
                  else Missing("PED1236", "the dialogue has no end yet"))
        return _Scored(one.episode, one.why, len(one.turns), {c.name: reason for c in work.rubric.criteria}, {}, {}, {},
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
    judges = {name: answer.engine for (name, _), answer in looked.answers.items() if isinstance(found.get(name), dict)}
    return _Scored(one.episode, one.why, len(one.turns), found, looked.verdicts, judges, seen)


def _with_predicates(work: _Work, one: dialogue.Dialogue,
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
            value = _judged(work, one.episode, predicate.name, predicate.judge, view, answers)
            if isinstance(value, Missing):
                lost.setdefault(key, f"`{key.partition(':')[0]}` at turn {view.key}: {value}")
                judged[view.key].pop(key)
            else:
                judged[view.key][key] = value == 1.0
    return replace(one, judged=tuple(judged)), lost


def _verdicts(work: _Work, one: dialogue.Dialogue, lost: predicates.Lost) -> Verdicts:
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

    work: _Work
    one: dialogue.Dialogue
    whole: View
    verdicts: Verdicts
    answers: judging.Answers
    lost: predicates.Lost


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
        return Missing("PED1237", f"the dialogue has no {units.of} that it is about"), ()
    seen: list[PartScore] = []
    for view in views:
        value = _value(looked, criterion, view)
        why = str(value) if isinstance(value, Missing) else ""
        seen.append(PartScore(view.first, view.key,
                              None if isinstance(value, Missing) else criteria.keyed(criterion, value), why))
    found = parts.gathered(units.value, [part.value for part in seen])
    if found is None:
        lost = [part for part in seen if part.value is None]
        return Missing("PED1237", f"{len(lost)} of {len(seen)} have no value: {lost[0].missing}"), tuple(seen)
    return {criterion.name: found}, tuple(seen)


def _value(looked: _Looked, criterion: plan.Criterion, view: View) -> float | Missing:
    """What a criterion is worth where it looks, not yet keyed."""
    work = looked.work
    if criterion.contract:
        contract = work.program.contracts[criterion.contract]
        return _kept(looked, criterion, monitor.verdicts(contract, view.trace, work.evaluator))
    if criterion.judge is not None:
        return _judged(work, looked.one.episode, criterion.name, criterion.judge, view, looked.answers)
    if criterion.score is not None:
        return criteria.by_score(criterion.score, view.env, work.evaluator)
    if criterion.human is not None or criterion.model is not None:
        return Missing("PED1238", "ratings of people and classifiers cannot be had yet")
    raise plan.PlanError(f"criterion `{criterion.name}` does not say how it is measured")


def _kept(looked: _Looked, criterion: plan.Criterion, verdicts: Sequence[journal.Verdict]) -> float | Missing:
    """The share of a contract's clauses that were kept, where all of them are known."""
    contract = looked.work.program.contracts[criterion.contract]
    for clause in contract.clauses if contract.judged else ():
        why = predicates.lost(plan.judged(clause.formula), looked.lost)
        if why:
            return Missing("PED1239", f"the clause `{clause.name}` is not known: {why}")
    return criteria.by_contract(verdicts)


def _judged(work: _Work, episode: int, name: str, judge: plan.Judge, view: View,
            answers: judging.Answers) -> float | Missing:
    answer = answers.get((name, view.key))
    failure = work.failures.get((episode, name, view.key))
    if isinstance(failure, EngineError):
        return Missing(failure.code, f"the judge's engine failed: {failure.message}")
    request = judging.question(name, judge, episode, view, work.evaluator, work.events.header.seed)
    if isinstance(request, Missing):
        return request
    if answer is None:
        return Missing("PED1232", "the judge has not been asked")
    if not judging.answers(answer, request):
        return Missing("PED1232", "the judge was asked another question before, and not this one")
    return judging.value(judge, answer)


# ---------------------------------------------------------------- all dialogues


def _names(rubric: plan.Rubric, scored: Sequence[_Scored]) -> dict[str, dict[str, str]]:
    """Criterion to the names of the values it gave, each with the name it is reported under: `CRITERION.NAME` where
    another has the name already. A measure that gave nothing anywhere stands under its criterion's name."""
    taken = {criterion.name for criterion in rubric.criteria} | {TOTAL}
    names: dict[str, dict[str, str]] = {}
    for criterion in rubric.criteria:
        own = criterion.name
        names[own] = {own: own}
        if criterion.measure is not None:
            results = (one.found[own] for one in scored)
            given = dict.fromkeys(name for result in results if isinstance(result, dict) for name in result)
            names[own] = {name: f"{own}.{name}" if name in taken else name for name in given} or {own: own}
            taken |= set(names[own].values())
    return names


def _row(rubric: plan.Rubric, names: Mapping[str, Mapping[str, str]], one: _Scored) -> DialogueScores:
    values: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    for criterion, keys in names.items():
        found = one.found[criterion]
        if isinstance(found, Missing):
            missing[criterion] = str(found)
            found = {}
        values |= {name: found.get(key) for key, name in keys.items()}
    total = criteria.total(rubric.criteria, values, one.verdicts)
    return DialogueScores(one.episode, values, total, one.why, one.turns, missing, one.error, dict(one.parts))


def _measures(rubric: plan.Rubric, names: Mapping[str, Mapping[str, str]],
              rows: Sequence[DialogueScores]) -> dict[str, Estimate]:
    reported = [name for keys in names.values() for name in keys.values()]
    measures = {name: statistics.estimate([row.values[name] for row in rows]) for name in reported}
    if any(criterion.weight > 0 and criterion.measure is None for criterion in rubric.criteria):
        measures[TOTAL] = statistics.estimate([row.total for row in rows])
    return measures


def _contracts(scored: Sequence[_Scored]) -> Contracts:
    clauses: dict[str, list[journal.Verdict]] = {}
    broken: Counter[str] = Counter()
    for one in scored:
        verdicts = [verdict for group in one.verdicts.values() for verdict in group]
        for verdict in verdicts:
            clauses.setdefault(f"{verdict.contract}.{verdict.clause}", []).append(verdict)
        severities = [verdict.severity for verdict in verdicts if not verdict.kept]
        broken.update(severities)
        broken["dialogues"] += "hard" in severities
    counts = {
        name: ClauseCount(sum(v.kept for v in group), sum(not v.kept for v in group), group[0].severity)
        for name, group in clauses.items()
    }
    return Contracts(broken["hard"], broken["soft"], broken["dialogues"], counts)


def _judges(work: _Work, scored: Sequence[_Scored]) -> dict[str, Judge]:
    """Who judged; where nobody has, the engine that the program names."""
    found = {}
    for criterion in work.rubric.criteria:
        if criterion.judge is not None:
            engines = dict.fromkeys(one.judges[criterion.name] for one in scored if criterion.name in one.judges)
            model = work.program.models.get(criterion.judge.model)
            found[criterion.name] = Judge(", ".join(engines) or (model.engine if model else ""))
    return found
