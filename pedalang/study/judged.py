"""What the judges of a rubric came to: who they were, how many judgements there are and are not, and what they took."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from pedalang import plan
from pedalang.study import lengths, validated
from pedalang.study.judging import Read
from pedalang.study.lengths import Longer
from pedalang.study.measuring import Scored
from pedalang.study.scores import Cost, Judge, Paired
from pedalang.study.validated import Validation


def judges(program: plan.Plan, rubric: plan.Rubric, scored: Sequence[Scored],
           records: Mapping[str, Validation]) -> dict[str, Judge]:
    """Each judged criterion's; where nobody has judged, the engine that the program names. `records` are those of
    comparing judges with people, by criterion."""
    found: dict[str, Judge] = {}
    for criterion in rubric.criteria:
        if criterion.judge is not None:
            reads = [read for one in scored for read in one.judged.get(criterion.name, ())]
            made = _judge(program.models, criterion, criterion.judge, reads, records)
            found[criterion.name] = replace(made, longer=_longer(criterion, scored))
    return found


def _longer(criterion: plan.Criterion, scored: Sequence[Scored]) -> Longer:
    """Beside the ratings that the judge is compared with, where it says so."""
    against = criterion.judge.agreement.against if criterion.judge and criterion.judge.agreement else ""
    values, words, people = list[float](), list[int](), list[float | None]()
    for one in scored:
        rated = one.ratings.get(against, {})
        for said in (read.judgement for read in one.judged.get(criterion.name, ())):
            if said.value is not None:
                levels = rated.get(said.last)
                values.append(said.value)
                words.append(said.words)
                people.append(statistics.fmean(levels.values()) if levels else None)
    return lengths.longer(values, words, people)


def _judge(models: Mapping[str, plan.Model], criterion: plan.Criterion, judge: plan.Judge, reads: Sequence[Read],
           records: Mapping[str, Validation]) -> Judge:
    engines = dict.fromkeys(engine for read in reads for engine in read.engines)
    named = models.get(judge.model)
    said = [read.judgement for read in reads]
    told = validated.standing(criterion, records.get(criterion.name), tuple(engines))
    return Judge(", ".join(engines) or (named.engine if named else ""), told.validated, told.label, len(said),
                 abstained=sum(each.abstained for each in said),
                 missing=sum(each.value is None and not each.abstained for each in said),
                 cost=sum((read.cost for read in reads), Cost()), validation=told.validation)


def told(name: str, judge: Judge) -> str:
    """A judge in a line: how many judgements, what they took."""
    there = judge.judgements - judge.abstained - judge.missing
    parts = [f"judge `{name}`: {there:,} of {judge.judgements:,} judgements"]
    if judge.abstained:
        whole = there + judge.abstained
        parts.append(f"{judge.abstained:,} abstained (coverage {there / whole:.0%})")
    if judge.missing:
        parts.append(f"{judge.missing:,} missing")
    cost = judge.cost
    if cost.requests:
        kept = f", {cost.kept:,} of them kept from before" if cost.kept else ""
        parts.append(f"{cost.requests:,} answers{kept}")
        parts.append(f"{cost.tokens_in:,} prompt tokens" if cost.computed is None else
                     f"{cost.computed:,} of {cost.tokens_in:,} prompt tokens computed")
    return ", ".join(parts) + ("" if judge.label == validated.NOT_VALIDATED else f"\n  {judge.label}")


def told_of_pairs(of: Paired) -> str:
    """Comparisons in a line."""
    missing = f", {of.missing:,} missing" if of.missing else ""
    orders = "a win is one in both orders" if of.swapped else "in one order only"
    first = f"; the one shown first was preferred in {of.first:.0%}" if of.first is not None else ""
    return f"`{of.criterion}` two by two ({of.model}): {of.n:,} pairs{missing}, {of.ties:,} ties, {orders}{first}"


def told_of_length(judge: Judge) -> str:
    """What length alone would score; empty where nothing can be said."""
    of = judge.longer
    if of.judge is None:
        return ""
    beside = f"its values go with the number of words by {of.judge:+.2f}"
    if of.people is None or of.length is None:
        return beside
    return f"{beside}; people's by {of.length:+.2f} with words alone, by {of.people:+.2f} with the judge"
