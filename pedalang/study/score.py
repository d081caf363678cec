"""Journal and rubric to scores: values a dialogue, measures with intervals over dialogues, contracts kept and broken.

A dialogue that failed or has no end has no values: it is counted as missing, never as 0, and its contracts are not
counted.
"""

from __future__ import annotations

import asyncio
import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pedalang import journal, plan
from pedalang.expression.evaluate import Env, Evaluator
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import monitor
from pedalang.runtime.errors import EngineError, RunError
from pedalang.study import criteria, dialogue, judging, rubrics, statistics
from pedalang.study.criteria import Found, Missing
from pedalang.study.scores import TOTAL, ClauseCount, Contracts, DialogueScores, Judge, Scores
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
    evaluator: Evaluator


def score(program: plan.Plan, events: journal.Journal, rubric_name: str, judge_engine: Engine | None = None) -> Scores:
    """Scores every dialogue of a journal by a rubric; by none, with an empty name: then only contracts are counted.

    With a `judge_engine`, judges that have not answered yet are asked and their answers kept in the journal. This
    starts an event loop; inside one, `judging.ask` comes first and no engine is given here. Raises `RunError` for a
    rubric that cannot be used on this journal.
    """
    flow, rubric = usable(program, events.header.flow, rubric_name)
    judged = any(criterion.judge for criterion in rubric.criteria)
    failures = asyncio.run(judging.ask(events, flow, rubric, judge_engine)) if judged and judge_engine else {}
    measures = {c.measure.name: rubrics.load(c.measure.name) for c in rubric.criteria if c.measure}
    work = _Work(program, rubric, events, measures, failures, Evaluator())
    scored = [_scored(work, one) for one in dialogue.read(events, flow)]
    names = _names(rubric, scored)
    rows = tuple(_row(rubric, names, one) for one in scored)
    return Scores(rubric.name, _measures(rubric, names, rows), _contracts(scored), rows, _judges(work, scored))


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
        return _Scored(one.episode, one.why, len(one.turns), {c.name: reason for c in work.rubric.criteria}, {}, {},
                       f"{one.code}: {one.message}" if one.why == "failed" else "")
    env = dialogue.final(one)
    verdicts = _verdicts(work, one)
    answers = judging.recorded(work.events, one.episode) if any(c.judge for c in work.rubric.criteria) else {}
    found = {c.name: _found(work, c, one, env, verdicts, answers) for c in work.rubric.criteria}
    judges = {name: answer.engine for name, answer in answers.items() if isinstance(found.get(name), dict)}
    return _Scored(one.episode, one.why, len(one.turns), found, verdicts, judges)


def _verdicts(work: _Work, one: dialogue.Dialogue) -> Verdicts:
    """Those of the journal, and those of contracts that only the rubric names."""
    found: dict[str, list[journal.Verdict]] = {}
    for verdict in one.verdicts:
        found.setdefault(verdict.contract, []).append(verdict)
    wanted = {c.contract for c in work.rubric.criteria if c.contract} - found.keys()
    trace = dialogue.trace(one) if wanted else []
    for name in sorted(wanted):
        found[name] = list(monitor.verdicts(work.program.contracts[name], trace, work.evaluator))
    return found


def _found(work: _Work, criterion: plan.Criterion, one: dialogue.Dialogue, env: Env, verdicts: Verdicts,
           answers: Mapping[str, journal.Completion]) -> Found:
    if criterion.measure is not None:
        compute = work.measures[criterion.measure.name]
        return criteria.by_measure(criterion.measure, compute, one, env, work.evaluator)
    if criterion.contract:
        value: float | Missing = criteria.by_contract(verdicts[criterion.contract])
    elif criterion.judge is not None:
        value = _judged(work, criterion.name, criterion.judge, one, env, answers.get(criterion.name))
    elif criterion.score is not None:
        value = criteria.by_score(criterion.score, env, work.evaluator)
    else:
        raise plan.PlanError(f"criterion `{criterion.name}` does not say how it is measured")
    return value if isinstance(value, Missing) else {criterion.name: value}


def _judged(work: _Work, name: str, judge: plan.Judge, one: dialogue.Dialogue, env: Env,
            answer: journal.Completion | None) -> float | Missing:
    failure = work.failures.get((one.episode, name))
    if isinstance(failure, EngineError):
        return Missing(failure.code, f"the judge's engine failed: {failure.message}")
    request = judging.question(name, judge, one, env, work.evaluator, work.events.header.seed)
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
    return DialogueScores(one.episode, values, total, one.why, one.turns, missing, one.error)


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
