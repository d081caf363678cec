"""A log that Inspect AI reads and shows: a sample a dialogue, with its messages, its scores and what it took.

Who teaches is the assistant; all others are users.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from inspect_ai import log
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.scorer import Score

from pedalang import journal
from pedalang.study import written
from pedalang.study.examples import Played, Run, teachers
from pedalang.study.scores import TOTAL

NAME = "inspect.json"
PROMPTS, SCORES = False, False
NAMED = "pedalang"


def write(run: Run, path: Path) -> written.Written:
    """One log: JSON, or Inspect's own form where the name ends in `.eval`. Raises `OSError`, and what goes wrong with
    the run."""
    samples = list(_samples(run))
    made = log.EvalLog(
        status="success", eval=_spec(run, samples), plan=log.EvalPlan(name=NAMED),
        results=_results(run, samples), samples=samples,
        stats=log.EvalStats(started_at=_moment(run.begun), completed_at=_moment(run.begun),
                            model_usage=_sum(sample.model_usage for sample in samples)))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        log.write_eval_log(made, part, format="eval" if path.suffix == ".eval" else "json")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    failed = sum(sample.error is not None for sample in samples)
    return written.Written((path,), {"samples": len(samples), "failed": failed})


def _spec(run: Run, samples: list[log.EvalSample]) -> log.EvalSpec:
    header = run.header
    taught = [header.engines[who] for who in teachers(run.flow) if who in header.engines]
    identity = f"{header.plan[:16]}-{header.seed}"
    return log.EvalSpec(
        eval_id=identity, run_id=identity, task_id=identity, created=_moment(run.begun), task=header.run,
        task_args={"flow": header.flow, "seed": header.seed}, model=taught[0] if taught else "none/none",
        dataset=log.EvalDataset(name=", ".join(sorted(header.data)) or header.flow, samples=len(samples),
                                sample_ids=list(dict.fromkeys(sample.id for sample in samples)), shuffled=False),
        config=log.EvalConfig(epochs=max((sample.epoch for sample in samples), default=1)),
        metadata={"plan": header.plan, "kind": header.kind, "engines": header.engines, "data": header.data,
                  "rubric": run.scores.rubric if run.scores else None})


def _samples(run: Run) -> Iterator[log.EvalSample]:
    met: Counter[str] = Counter()
    teach = frozenset(teachers(run.flow))
    for each in run.each():
        met[each.problem] += 1
        yield _sample(run, each, met[each.problem], teach)


def _sample(run: Run, each: Played, epoch: int, teach: frozenset[str]) -> log.EvalSample:
    known, ending = each.known, each.known.ending
    messages = [_message(turn, turn.role in teach) for turn in known.turns]
    last = next((message for message in reversed(messages) if isinstance(message, ChatMessageAssistant)), None)
    usage = _usage(known.completions)
    error = log.EvalError(message=f"{ending.code}: {ending.message}", traceback="", traceback_ansi="") \
        if ending is not None and ending.why == "failed" else None
    return log.EvalSample(
        id=each.problem, epoch=epoch, uuid=f"{run.header.plan[:16]}-{run.header.seed}-{known.episode.episode}",
        input=msgspec.json.encode(known.episode.item, order="deterministic").decode(), target="", messages=messages,
        output=ModelOutput(model=next(iter(usage), ""), choices=[ChatCompletionChoice(message=last)]) if last else
        ModelOutput(), scores=_scores(each), model_usage=usage, error=error,
        metadata={"episode": known.episode.episode, "cell": known.episode.cell,
                  "why": ending.why if ending is not None else "unfinished", "broken": list(each.broken)})


def _message(turn: journal.Turn, teaches: bool) -> ChatMessage:
    kind, source = (ChatMessageAssistant, "generate") if teaches else (ChatMessageUser, None)
    about = {"who": turn.role, "phase": turn.phase, "how": turn.how, "move": turn.move, "act": turn.act}
    return kind(id=f"{turn.episode}/{turn.turn}", content=turn.text, source=source,
                metadata={name: said for name, said in about.items() if said})


def _scores(each: Played) -> dict[str, Score] | None:
    """A missing value is Inspect's own sign for one that is not scored, with why."""
    if each.scores is None:
        return None
    values = {**each.scores.values, TOTAL: each.scores.total}
    return {name: Score.unscored(explanation=each.scores.missing.get(name) or None) if value is None else
            Score(value=value) for name, value in values.items()}


def _results(run: Run, samples: list[log.EvalSample]) -> log.EvalResults:
    completed = sum(sample.error is None for sample in samples)
    measures = run.scores.measures if run.scores is not None else {}
    return log.EvalResults(total_samples=len(samples), completed_samples=completed, scores=[
        log.EvalScore(name=name, scorer=name, scored_samples=found.n, unscored_samples=found.missing, metrics={
            metric: log.EvalMetric(name=metric, value=value)
            for metric, value in (("mean", found.value), ("low", found.low), ("high", found.high))
            if value is not None}) for name, found in measures.items()])


def _usage(answers: Iterable[journal.Completion]) -> dict[str, ModelUsage]:
    found: defaultdict[str, ModelUsage] = defaultdict(ModelUsage)
    for each in answers:
        found[each.engine] += ModelUsage(input_tokens=each.tokens_in, output_tokens=each.tokens_out,
                                         total_tokens=each.tokens_in + each.tokens_out)
    return dict(sorted(found.items()))


def _sum(usages: Iterable[dict[str, ModelUsage]]) -> dict[str, ModelUsage]:
    found: dict[str, ModelUsage] = {}
    for engine, usage in itertools.chain.from_iterable(each.items() for each in usages):
        found[engine] = found[engine] + usage if engine in found else usage
    return dict(sorted(found.items()))


def _moment(seconds: float) -> str:
    return f"{np.datetime64(int(seconds), 's')}+00:00"
