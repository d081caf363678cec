"""Journal and rubric to scores: values a dialogue, measures with intervals over dialogues, contracts kept and broken.

A dialogue that failed or has no end has no values: it is counted as missing, never as 0, and its contracts are not
counted.
"""

from __future__ import annotations

import asyncio
import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pedalang import journal, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.errors import RunError
from pedalang.runtime.pool import Observer
from pedalang.study import (
    agreeing,
    criteria,
    dialogue,
    judged,
    judging,
    measuring,
    predicates,
    rubrics,
    statistics,
    validated,
)
from pedalang.study.criteria import Missing
from pedalang.study.given import NOTHING, Given
from pedalang.study.measuring import Scored, Verdicts, Work
from pedalang.study.scores import TOTAL, ClauseCount, Contracts, DialogueScores, Scores
from pedalang.study.statistics import Estimate


def score(program: plan.Plan, events: journal.Journal, rubric_name: str, judge_engine: Engine | None = None,
          evaluate: Evaluator | None = None, observer: Observer | None = None, given: Given = NOTHING,
          episodes: Iterable[int] | None = None) -> Scores:
    """Scores every dialogue of a journal, or some `episodes`, by a rubric; by none, with an empty name: then only
    contracts are counted.

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
    work = Work(program, rubric, events, measures, failures, asked, evaluate, given,
                validated.of_these(rubric.criteria, given.judges))
    chosen = None if episodes is None else [*episodes]
    observer.scoring(events.header.episodes if chosen is None else len(chosen))
    scored = []
    alike: dict[object, Verdicts] = {}
    for one in dialogue.read(events, flow, chosen):
        scored.append(_sharing(measuring.scored(work, one), alike))
        observer.scored(one.episode)
    names = _names(rubric, scored)
    rows = tuple(_row(rubric, names, one) for one in scored)
    found = Scores(rubric.name, _measures(rubric, names, rows), _contracts(scored), rows,
                   judged.judges(program, rubric, scored, given.judges), (rubric.low, rubric.high), _scales(rubric))
    return agreeing.told(found, rubric, plan.work(program, events.header.run))


def _scales(rubric: plan.Rubric) -> dict[str, tuple[float, float]]:
    """The criteria that are answered on a scale whose levels stand for more and less of one thing."""
    found = {}
    for each in rubric.criteria:
        asked = each.judge or each.human
        if asked is not None and asked.levels and not asked.desired and not each.reverse:
            values = [level.value for level in asked.levels]
            found[each.name] = min(values), max(values)
    return found


def _sharing(one: Scored, alike: dict[object, Verdicts]) -> Scored:
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


def _names(rubric: plan.Rubric, scored: Sequence[Scored]) -> dict[str, dict[str, str]]:
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


def _row(rubric: plan.Rubric, names: Mapping[str, Mapping[str, str]], one: Scored) -> DialogueScores:
    values: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    for criterion, keys in names.items():
        found = one.found[criterion]
        if isinstance(found, Missing):
            missing[criterion] = str(found)
            found = {}
        values |= {name: found.get(key) for key, name in keys.items()}
    total = criteria.total(rubric.criteria, values, one.verdicts)
    said = {name: tuple(read.judgement for read in reads) for name, reads in one.judged.items()}
    return DialogueScores(one.episode, values, total, one.why, one.turns, missing, one.error, dict(one.parts),
                          ratings={name: dict(each) for name, each in one.ratings.items()}, judged=said)


def _measures(rubric: plan.Rubric, names: Mapping[str, Mapping[str, str]],
              rows: Sequence[DialogueScores]) -> dict[str, Estimate]:
    reported = [name for keys in names.values() for name in keys.values()]
    measures = {name: statistics.estimate([row.values[name] for row in rows]) for name in reported}
    if any(criterion.weight > 0 and criterion.measure is None for criterion in rubric.criteria):
        measures[TOTAL] = statistics.estimate([row.total for row in rows])
    return measures


def _contracts(scored: Sequence[Scored]) -> Contracts:
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
