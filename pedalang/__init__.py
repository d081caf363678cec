"""Pedalang from Python: `load` a program, `run` it, `score` the run; `compile` gives its plan, `metric` a rubric as a
metric of DSPy's.

Nothing is imported before it is needed. Keys for engines come from the caller's `environment`, a mapping such as
`os.environ`: the process's own is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pedalang.plan import Plan
    from pedalang.runtime.engines.engine import Engine
    from pedalang.runtime.episode.state import Level
    from pedalang.runtime.program.modules import Program
    from pedalang.study.prompting.metric import Metric
    from pedalang.study.scores import Scores

__all__ = ["compile", "load", "metric", "run", "score"]


def compile(path: str | Path) -> Plan:
    """The plan of a program's file. Raises `compiler.compile.ProgramError`, whose `diagnostics` say what is wrong."""
    from pedalang.compiler import compile as compiler

    return compiler.compile_file(Path(path))


def load(path: str | Path, *, run: str = "", flow: str = "", engine: str | Engine | None = None,
         roles: Mapping[str, str | Engine] | None = None, frozen: Iterable[str] | None = None,
         environment: Mapping[str, str] | None = None, shield: Level = "full",
         tuned: str | Path | None = None) -> Program:
    """A run or a flow of a program as a `dspy.Module`; its name is needed where there are several. Data is the
    caller's: the module takes the flow's parameters, records as mappings of their fields.

    `engine` answers for the whole cast, `roles` for its members: addresses, or engines; by default as the program
    says, else the embedded engine. `frozen` names the members whose predictors optimizers leave alone, by default the
    students. `shield` is how far hard clauses are enforced, `tuned` the folder of what `ped optimize` found. Raises
    `compiler.compile.ProgramError` and `RunError`.
    """
    from pedalang import api
    from pedalang.exchange import dataset
    from pedalang.expression.evaluate import Evaluator
    from pedalang.expression.values import Value, from_json
    from pedalang.runtime.program import modules

    of = compile(path) if tuned is None else _tuned(compile(path), Path(tuned))
    name = api.named("run", of.runs, run) if run or (of.runs and not flow) else api.named("flow", of.flows, flow)
    found = of.flows[of.runs[name].flow if name in of.runs else name]
    engines = api.cast_engines(of, found, engine, roles or {}, environment or {})

    def fit(param: str, value: Value) -> Value:
        return dataset.given(param, found.params[param], from_json(value), of.records, Evaluator())

    return modules.build(of, name, engines, frozen=frozen, fit=fit, shield=shield)


def _tuned(of: Plan, folder: Path) -> Plan:
    from pedalang.study.tuning import keeping

    return keeping.put_on(of, folder)


def run(path: str | Path, name: str = "", *, data: Mapping[str, str] | None = None, limit: int | None = None,
        engine: str | None = None, roles: Mapping[str, str] | None = None, seed: int | None = None,
        folder: Path | None = None, concurrency: int | None = None,
        environment: Mapping[str, str] | None = None, shield: Level = "full",
        tuned: str | Path | None = None) -> Path:
    """Plays a `run` or `matrix` of a program, as the command does; returns its folder. `data` are other files for data
    sets, `limit` is how many dialogues, `engine` and `roles` are addresses, `shield` is how far hard clauses are
    enforced, `tuned` the folder of what `ped optimize` found. Raises as `load`."""
    from pedalang import api

    of = compile(path) if tuned is None else _tuned(compile(path), Path(tuned))
    known = {**of.runs, **of.matrices}
    chosen = known[api.named("run", known, name)]
    where = api.sources(of, Path(path).parent, data or {})
    told = api.work_items(of, chosen, where, limit)
    given = dict(roles or {})
    judge = api.judge_uri(of, chosen.score, given.pop(api.JUDGE, engine))
    uris = api.engine_uris(of, of.flows[chosen.flow], engine, given, told.params)
    return api.play(of, chosen, told, where, uris, judge, environment or {}, seed=api.work_seed(chosen, seed),
                    concurrency=concurrency, folder=folder or api.work_folder(of, chosen), shield=shield)


def score(folder: str | Path, *, environment: Mapping[str, str] | None = None) -> Scores:
    """Scores a run that has been played, and writes `scores.json` and `report.html` into its folder."""
    from pedalang import api

    return api.settle(Path(folder), environment or {})


def metric(path: str | Path, rubric: str = "", *, criterion: str = "total", judge: str | Engine | None = None,
           environment: Mapping[str, str] | None = None) -> Metric:
    """A rubric of a program as a metric of DSPy's, for dialogues that the program has played: the total, or one
    criterion. `judge` answers where the rubric has judges, an address or an engine; by default as the rubric says,
    else the embedded engine. Raises as `load`."""
    from pedalang import api
    from pedalang.runtime.engines import opening
    from pedalang.study.prompting.metric import Metric

    of = compile(path)
    name = api.named("rubric", of.rubrics, rubric)
    if judge is None and any(each.judge for each in of.rubrics[name].criteria):
        judge = api.judge_uri(of, name, None)
    engine = opening.open_engine(judge, environment or {}) if isinstance(judge, str) else judge
    return Metric(of, name, engine, criterion)
