"""What contracts cost: their automata over parsing the programs, watching them over scripted turns. Times are of the
processor; of several runs, taken in turns, the best counts."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pedalang import api, journal, plan
from pedalang.compiler import automata, compile
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.expression.evaluate import Env, Evaluator
from pedalang.runtime import run
from pedalang.runtime.engines import scripted
from pedalang.runtime.episode.monitor import Monitor, Watched
from pedalang.source import Source
from pedalang.study import dialogue

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted((ROOT / "programs").glob("*/main.ped"))
COMPILING = 1.0
"""Automata of all contracts of the repository's programs over parsing these programs."""
WATCHING = 0.05
"""Watching all clauses of `ProductiveStruggle` over the scripted turns that are watched."""


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


@cache
def compiled(path: Path) -> plan.Plan:
    return compile.compile_file(path)


def test_automata_of_all_contracts_cost_less_than_parsing_the_programs() -> None:
    sources = [Source(path.name, path.read_text(encoding="utf-8")) for path in PROGRAMS]
    clauses = [(clause.formula, tuple(found.flows[contract.flow].cast)) for found in map(compiled, PROGRAMS)
               for contract in found.contracts.values() for clause in contract.clauses]
    assert len(clauses) > 10
    parsing, making = (min(column) for column in zip(*(
        (seconds(lambda: [parse.parse(source, Report()) for source in sources]),
         seconds(lambda: [automata.of(formula, cast) for formula, cast in clauses])) for _ in range(5)), strict=True))
    assert making <= COMPILING * parsing, f"{making * 1e3:.1f} ms over {parsing * 1e3:.1f} ms"


def watch(monitor: Monitor, traces: list[list[Env]], evaluate: Evaluator) -> list[Watched]:
    found = []
    for trace in traces:
        watched = monitor.start
        for env in trace:
            watched = monitor.after(watched, env, evaluate)
            monitor.letters(watched)
        found.append(watched)
    return found


def watching(folder: Path, dialogues: int, trials: int) -> tuple[list[tuple[float, float]], int]:
    """Seconds of a scripted run and of watching its turns once more, a pair a trial; and how many turns there were."""
    program = ROOT / "programs" / "guided_fraction"
    of = compiled(program / "main.ped")
    rows = api.work_items(of, of.runs["practice"], api.sources(of, program, {})).params
    items = [rows[at % len(rows)] for at in range(dialogues)]
    flow = of.flows[of.runs["practice"].flow]
    cast = dict.fromkeys(flow.cast, scripted.from_function(lambda request: 0, "first"))
    monitor, evaluate = Monitor((of.contracts["ProductiveStruggle"],)), Evaluator()
    pairs, turns = [], 0
    for trial in range(trials):
        here = folder / str(trial)
        played = seconds(lambda: run.run(of, "practice", items, cast, seed=1, folder=here))  # noqa: B023
        events = journal.open_journal(here)
        traces = [dialogue.trace(one) for one in dialogue.read(events, flow)]
        ends = [monitor.letters(watched) for watched in watch(monitor, traces, evaluate)]
        assert ends == [events.turns(episode)[-1].standing for episode in range(dialogues)]
        pairs.append((played, seconds(lambda: watch(monitor, traces, evaluate))))  # noqa: B023
        turns = sum(map(len, traces))
    return pairs, turns


def test_watching_costs_at_most_five_percent_of_a_scripted_turn(tmp_path: Path) -> None:
    pairs, turns = watching(tmp_path, 40, 5)
    played, watched = min(pairs, key=lambda pair: pair[1] / pair[0])
    assert watched <= WATCHING * played, \
        f"{watched / turns * 1e6:.1f} µs a turn over {played / turns * 1e6:.1f} µs is {watched / played:.3f}"
