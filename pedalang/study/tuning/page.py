"""The page of a tuning: one HTML file that needs nothing else. What is shown is decided here, how it looks in the
report's templates. Every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pedalang import plan
from pedalang.overlay import AS_WRITTEN
from pedalang.runtime import folder as folders
from pedalang.study.report import page, plots, wording
from pedalang.study.report.provenance import Entry, Group
from pedalang.study.report.summary import Fact
from pedalang.study.statistics import Estimate
from pedalang.study.tuning import outcome
from pedalang.study.tuning.changes import Change, changes
from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.outcome import Arm, Outcome
from pedalang.study.tuning.task import Task, Watcher

FILE_NAME = "tuning.html"
HOW = 160
"""Characters of how a candidate was made, where it is a heading."""
EACH = 10
"""While it grows, the page is written for the first so many candidates, then each time after so many, and for those
that are better than all before."""
MOST = 300
"""So many candidates are told one by one: the best, the front, then the latest."""


class Growing(Watcher):
    """Writes the page anew as candidates come, so that the curve can be watched in it; and tells another watcher all
    that it is told. `data` has the hash of each file that was read."""

    def __init__(self, other: Watcher, data: Mapping[str, str]) -> None:
        self._other = other
        self._data = data
        self._task: Task | None = None

    def began(self, task: Task) -> None:
        self._task = task
        self._other.began(task)

    def played(self, name: str, dialogues: int) -> None:
        self._other.played(name, dialogues)

    def learnt(self, method: str, step: int, steps: int, figures: Mapping[str, float]) -> None:
        self._other.learnt(method, step, steps, figures)

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        self._other.tried(candidate, best)
        often = candidate.number < EACH or candidate.number % EACH == 0
        if self._task is not None and (candidate.accepted or often):
            text = html(outcome.so_far(self._task, self._data), self._task.of)
            folders.write(self._task.folder / FILE_NAME, text.encode())

    def finished(self, why: str) -> None:
        self._other.finished(why)

    def follows(self, what: str) -> None:
        self._other.follows(what)


class Summary(NamedTuple):
    """The head of the page."""

    program: str
    byline: tuple[tuple[str, str], ...]
    sentence: str
    facts: tuple[Fact, ...]


class Row(NamedTuple):
    """A line of a table with a plot at its end."""

    name: str
    cells: tuple[str, ...]
    plot: str
    note: str = ""


def html(of: Outcome, program: plan.Plan) -> str:
    """The page. The same outcome gives the same text."""
    best = next(each for each in of.candidates if each.number == of.best)
    return page.templates().get_template("tuning.html").render(
        goes_on=of.stopped == outcome.GOES_ON,
        summary=_summary(of, best), test=_test(of), curve=_curve(of), front=_front(of),
        changes=_changes(program, of, best), watched=_watched(best), candidates=_candidates(of, program),
        provenance=_provenance(of, program))


def sentence(of: Outcome) -> str:
    """What came of it, in words."""
    tried = wording.count(len(of.candidates), "candidate")
    ended = " It is not over: the search goes on, or was stopped." if of.stopped == outcome.GOES_ON else \
        f" It ended early: {of.stopped}." if of.stopped else ""
    if of.best == 0:
        return f"Of {tried} none was better on the dev problems than the program as it is written.{ended}"
    found = of.test.difference if of.test is not None else None
    if found is None or found.value is None:
        return f"The best of {tried} is number {of.best}. What it does on other problems was not measured.{ended}"
    sure = "better than" if found.low is not None and found.low > 0 else "worse than" \
        if found.high is not None and found.high < 0 else "not shown to be better than"
    known = "" if found.low is None else f", 95 % interval {wording.interval(found.low, found.high)}"
    return (f"On problems that neither has seen, the best of {tried}, number {of.best}, is {sure} the program as it is "
            f"written: {signed(found.value)} in {of.metric}{known}.{ended}")


def signed(value: float | None) -> str:
    """A difference: +0.12, -0.12, 0.00."""
    shown = wording.number(value)
    return f"+{shown}" if value is not None and value > 0 else shown


# ---------------------------------------------------------------- the head


def _summary(of: Outcome, best: Candidate) -> Summary:
    written = wording.number(of.candidates[0].score.value)
    facts = [Fact("candidates", f"{len(of.candidates):,}"),
             Fact("best on the dev problems", wording.number(best.score.value), f"as written {written}")]
    if of.test is not None:
        low, high = of.test.difference.low, of.test.difference.high
        tone = "good" if low is not None and low > 0 else "bad" if high is not None and high < 0 else ""
        facts.append(Fact("gain on the test problems", signed(of.test.difference.value), wording.interval(low, high),
                          tone))
        hard = of.test.tuned.dialogues_broken
        facts.append(Fact("with a hard breach", f"{hard:,}", f"of {of.test.tuned.score.n} test dialogues",
                          "bad" if hard else "good"))
    facts += [Fact("answers of engines", f"{of.cost.calls:,}"), Fact("tokens", f"{of.cost.tokens:,}")]
    return Summary(of.program, (("optimize", of.name), ("flow", of.flow), ("method", of.method), ("metric", of.metric),
                                ("seed", str(of.seed))), sentence(of), tuple(facts))


# ---------------------------------------------------------------- on problems that were not seen


def _test(of: Outcome) -> dict[str, Any] | None:
    found = of.test
    if found is None:
        return None
    arms = (found.written, found.tuned, *(each.arm for each in found.rivals))
    scale = _scale([arm.score for arm in arms])
    apart = {f"tuned less {found.written.name}": found.difference,
             **{f"tuned less {each.arm.name}": each.difference for each in found.rivals}}
    measures = {"as written": found.measures, **{each.arm.name: each.measures for each in found.rivals}}
    reach = max((abs(each) for told in (apart, *measures.values()) for mark in told.values()
                 for each in (mark.value, mark.low, mark.high) if each is not None), default=1.0)
    around = plots.ticks(-reach, reach)
    return {
        "metric": of.metric, "axis": plots.axis(scale), "around": plots.axis(around),
        "rows": [Row(arm.name, _cells(arm), plots.interval(_mark(arm.score), scale, "simulated")) for arm in arms],
        "differences": [_apart(name, each, around) for name, each in apart.items()],
        "measures": [(name, [_apart(measure, each, around) for measure, each in told.items()])
                     for name, told in measures.items() if told],
    }


def _apart(name: str, found: Estimate, around: Sequence[float]) -> Row:
    """A line about a difference."""
    cells = (signed(found.value), wording.interval(found.low, found.high), str(found.n), str(found.missing))
    return Row(name, cells, plots.interval(_mark(found), around, "simulated"))


def _scale(marks: Sequence[Estimate]) -> list[float]:
    known = [each for mark in marks for each in (mark.value, mark.low, mark.high) if each is not None]
    return plots.ticks(min([0.0, *known]), max([1.0, *known]))


def _cells(arm: Arm) -> tuple[str, ...]:
    score = arm.score
    return (wording.number(score.value), wording.interval(score.low, score.high), str(score.n), str(score.missing),
            str(arm.broken_hard), str(arm.broken_soft), wording.number(arm.tokens))


def _mark(of: Estimate) -> plots.Mark:
    return plots.Mark(of.value, of.low, of.high)


# ---------------------------------------------------------------- candidates


def _curve(of: Outcome) -> dict[str, Any]:
    best = _climbed(of.candidates)
    beside = _climbed(of.control.candidates) if of.control is not None else []
    known = bool(best) and best[-1] is not None
    marks = [_mark(each.score) for each in of.candidates]
    return {"metric": of.metric, "control": of.control, "score": wording.number(beside[-1]) if beside else "",
            "plot": plots.climb(of.metric, marks, best, beside) if known else None}


def _climbed(candidates: Sequence[Candidate]) -> list[float | None]:
    """The best score so far, candidate by candidate."""
    best: list[float | None] = []
    for score in (each.score.value for each in candidates):
        last = best[-1] if best else None
        best.append(last if score is None else score if last is None else max(last, score))
    return best


def _front(of: Outcome) -> dict[str, Any]:
    dialogues = max(1, of.dev)
    told = [plots.Choice(str(each.number), each.tokens, each.score.value, bool(each.broken_hard),
                         each.number in of.front) for each in of.candidates if each.score.value is not None]
    rows = [{"number": each.number, "how": wording.short(each.how, HOW), "score": wording.number(each.score.value),
             "tokens": wording.number(each.tokens), "hard": wording.number(each.broken_hard / dialogues),
             "soft": wording.number(each.broken_soft / dialogues)}
            for each in of.candidates if each.number in of.front]
    return {"plot": plots.choices("score over tokens", told) if told else None, "rows": rows, "metric": of.metric}


def _candidates(of: Outcome, program: plan.Plan) -> dict[str, Any]:
    wanted = {*of.front, of.best}
    latest = [each.number for each in reversed(of.candidates) if each.number not in wanted]
    wanted |= set(latest[:max(0, MOST - len(wanted))])
    shown = [each for each in of.candidates if each.number in wanted]
    return {"left": len(of.candidates) - len(shown), "rows": [_told(each, of, program) for each in shown]}


def _told(each: Candidate, of: Outcome, program: plan.Plan) -> dict[str, Any]:
    score = each.score
    badges = [name for name, holds in (("best", each.number == of.best), ("front", each.number in of.front),
                                       ("better than all before", each.accepted and each.number > 0)) if holds]
    missing = f", {score.missing} missing" if score.missing else ""
    broken = each.checked.broken if each.checked is not None else ""
    fields = {**({"what speaks against it": broken} if broken else {}), "score": wording.number(score.value),
              "interval": wording.interval(score.low, score.high),
              "dialogues": f"{score.n}{missing}", "rejected": f"{each.rejected}",
              "hard clauses broken": f"{each.broken_hard}", "soft": f"{each.broken_soft}",
              "tokens a dialogue": wording.number(each.tokens),
              "answers of engines": f"{each.cost.calls:,}", "made from": ", ".join(map(str, each.parents)) or "nothing",
              "dialogues in": f"rollouts/dev-{each.digest[:12]}"}
    return {"number": each.number, "how": wording.short(each.how, HOW), "badges": badges,
            "brief": wording.number(score.value), "fields": fields, "changes": _changes(program, of, each),
            "unchanged": "The program as it is written." if each.tuned == AS_WRITTEN else "Nothing is changed.",
            "open": each.number == of.best != 0}


def _changes(program: plan.Plan, of: Outcome, each: Candidate) -> tuple[Change, ...]:
    return changes(AS_WRITTEN, each.tuned, program, of.flow)


def _watched(best: Candidate) -> list[Row]:
    """What watched over weights that changed: general ability, and the metric beside its witnesses."""
    found = best.checked
    if found is None:
        return []
    told = [(f"{who}: right answers to general questions", kept.before, kept.after, kept.share)
            for who, kept in found.ability.items()]
    told += [(f"{who}: loss of their right answers, nats a token", kept.loss_before, kept.loss_after, kept.loss)
             for who, kept in found.ability.items()]
    told.append(("the metric", found.metric.before, found.metric.after, found.metric.metric))
    told += [(f"witness: {each.name}", each.before, each.after, each.change) for each in found.metric.witnesses]
    return [Row(name, (wording.number(before.value), wording.number(after.value), signed(change.value),
                       wording.interval(change.low, change.high), str(change.n)), "")
            for name, before, after, change in told]


# ---------------------------------------------------------------- where it comes from


def _provenance(of: Outcome, program: plan.Plan) -> list[Group]:
    sources = [Entry(name, code=digest) for name, digest in sorted(program.sources.items())]
    data = [Entry(name, _licence(program, name), digest) for name, digest in sorted(of.data.items())]
    used = [Entry("to learn from", wording.count(of.train, "problem")), Entry("to try on", wording.count(
        of.dev, "problem")), Entry("to test on", wording.count(of.test.tuned.score.n + of.test.tuned.score.missing,
                                                             "problem") if of.test else "none")]
    again = f"ped optimize FILE {of.name} --seed {of.seed}"
    return [Group("Program", (Entry("plan", code=plan.digest(program)), *sources)),
            Group("Data", (*data, *used)),
            Group("Engines", tuple(_engines(of.engines))),
            Group("Search", (Entry("method", of.method), Entry("seed", str(of.seed)), Entry(
                "artefact", code=of.artefact), Entry("again", again)))]


def _licence(program: plan.Plan, name: str) -> str:
    declared = program.datasets.get(name)
    return f"licence {declared.licence}" if declared is not None and declared.licence else ""


def _engines(engines: Mapping[str, str]) -> list[Entry]:
    return [Entry(who, wording.without_folders(name)) for who, name in sorted(engines.items())]
