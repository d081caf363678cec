"""What is said before a run of what it will take, beside what it then takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from pedalang import api, journal, plan, prompt
from pedalang.compiler import compile
from pedalang.runtime import run as runs
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Abilities, Engine, Reply, Request
from pedalang.runtime.engines.random import RandomEngine
from pedalang.runtime.errors import EngineError
from pedalang.runtime.pool import Estimate
from pedalang.watching import estimate as estimating
from pedalang.watching import words
from pedalang.watching.stand_in import FRAME
from tests.cli.conftest import Ped, folder, ped  # noqa: F401
from tests.cli.test_matrix import PROGRAM as GRID
from tests.watching.conftest import Clock

DEMO = "fractions/main.ped"


class Model:
    """A model behind an engine that keeps what prompts begin with; it is never asked."""

    name, model = "model:", "sha"
    abilities = Abilities(choose=True, scores=True, prefix=True, speaks_freely=True, slots=4)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        raise AssertionError("an estimate asks no engine")

    async def close(self) -> None: ...


class Speaks(Model):
    """One that answers by chance with thirty words, and counts tokens; of prompts it does not say what it kept."""

    def __init__(self) -> None:
        self.chance = RandomEngine()

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [self.counted(request, reply) for request, reply in
                zip(requests, await self.chance.answer(requests), strict=True) if isinstance(reply, Reply)]

    def counted(self, request: Request, reply: Reply) -> Reply:
        read = sum(prompt.estimated_tokens(text) + FRAME for _, text in request.messages)
        if request.choices:
            return replace(reply, tokens_in=read, tokens_out=prompt.estimated_tokens(reply.text))
        shown = request.messages[-1].text.rpartition(prompt.MUST_SHOW)[2].partition("\n")[0].rstrip(")")
        return Reply("well " * 29 + shown, tokens_in=read, tokens_out=30)


def estimated(file: str, engine: Engine, clock: Clock, name: str = "", earlier: Sequence[Path] = ()) -> Estimate:
    of = compile.compile_file(Path(file))
    chosen = {**of.runs, **of.matrices}[name or next(iter(of.runs))]
    where = api.sources(of, Path(file).parent, {})
    told = api.work_items(of, chosen, where)
    uris = api.engine_uris(of, of.flows[chosen.flow], None, {}, told.params)
    work = estimating.Work(of, chosen, told.params, told.cells, dict.fromkeys(uris, engine), engine, 0, None, "full",
                           where.evaluate)
    return estimating.estimate(work, earlier, clock)


def took(run: str) -> int:
    """The calls of a run, judges' among them."""
    _, of = api.read_run(Path(run))
    calls = len(of.completions())
    of.close()
    return calls


def answered(engine: Engine) -> list[journal.Completion]:
    """What an engine answers in the demo."""
    of = compile.compile_file(Path(DEMO))
    told = api.work_items(of, of.runs["demo"], api.sources(of, Path("fractions"), {}))
    runs.run(of, "demo", told.params, {"teacher": engine, "student": engine}, seed=1, folder=Path("run"),
             cells=told.cells)
    _, events = api.read_run(Path("run"))
    answers = events.completions()
    events.close()
    return answers


def many(folder: Path) -> None:  # noqa: F811
    """The demo, with 120 dialogues."""
    text = (folder / DEMO).read_text()
    (folder / DEMO).write_text(text.replace("data: sums.practice.sample(8, seed: 1)", "data: sums\n  repeat: 2"))


def test_of_a_small_run_by_chance_the_calls_are_known(ped: Ped) -> None:  # noqa: F811
    found = ped("run", DEMO, "--engine", "random:", "--estimate", "--json").json["estimate"]
    assert not Path("runs").exists(), "nothing was played"
    assert ped("run", DEMO, "--engine", "random:", "--out", "run").code == 0
    assert found["calls"] == took("run")
    assert (found["dialogues"], found["played"]) == (8, 8)


def test_of_a_larger_run_the_calls_are_known_within_a_tenth(ped: Ped, folder: Path) -> None:  # noqa: F811
    many(folder)
    outcome = ped("run", DEMO, "--engine", "random:", "--out", "run", "--events", "events.jsonl")
    found = json.loads((folder / "events.jsonl").read_text().splitlines()[0])
    assert (found["event"], found["dialogues"]) == ("estimated", 120)
    assert found["played"] <= estimating.MOST
    assert found["calls"] == pytest.approx(took("run"), rel=0.1)
    assert outcome.err.startswith(f"expected: {found['calls']} calls; about ")


def test_of_a_scripted_run_too(folder: Path, clock: Clock) -> None:  # noqa: F811
    many(folder)
    engine = scripted.from_function(lambda request: 2)
    assert estimated(DEMO, engine, clock).calls == pytest.approx(len(answered(engine)), rel=0.15)


def test_a_matrix_is_estimated_over_its_cells(ped: Ped) -> None:  # noqa: F811
    Path("grid.ped").write_text(GRID.lstrip(), encoding="utf-8")
    Path("sums.csv").write_text("a,b\n1,2\n300,4\n5,6\n700,8\n", encoding="utf-8")
    found = ped("run", "grid.ped", "grid", "--estimate", "--json").json["estimate"]
    ped("run", "grid.ped", "grid", "--out", "run")
    assert found["calls"] == pytest.approx(took("run"), rel=0.02)


def test_the_tokens_of_a_model_are_known_within_a_seventh(folder: Path, clock: Clock) -> None:  # noqa: F811
    many(folder)
    engine = Speaks()
    found = estimated(DEMO, engine, clock)
    answers = answered(engine)
    assert found.calls == pytest.approx(len(answers), rel=0.15)
    assert found.tokens_in == pytest.approx(sum(answer.tokens_in for answer in answers), rel=0.15)
    assert found.tokens_out == pytest.approx(sum(answer.tokens_out for answer in answers), rel=0.15)


def test_judges_are_counted(ped: Ped, folder: Path, clock: Clock) -> None:  # noqa: F811
    text = (folder / DEMO).read_text()
    before = estimated(DEMO, RandomEngine(), clock).calls
    (folder / DEMO).write_text(text.replace("score: Lesson\n", "score: Judged\n"))
    judges = (folder / DEMO).read_text().count(" by judge {")
    assert judges
    assert estimated(DEMO, RandomEngine(), clock).calls == before + 8 * judges


def test_what_prompts_share_is_not_new(folder: Path, clock: Clock) -> None:  # noqa: F811
    found = estimated(DEMO, Model(), clock)
    assert found.tokens_new < 0.6 * found.tokens_in
    assert found.tokens_out > found.calls
    assert found.seconds is None, "nothing is known of this engine"


def test_the_time_is_from_earlier_runs_of_the_engine(ped: Ped, folder: Path, clock: Clock,  # noqa: F811
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(RandomEngine):
        name, model = "model:", "sha"

    monkeypatch.setattr("pedalang.runtime.engines.random.RandomEngine", Slow)
    assert ped("run", DEMO, "--engine", "random:", "--out", "run").code == 0
    paces = estimating.paces({"model:"}, [folder / "none", folder / "run"])
    assert {engine for engine, _ in paces} == {"model:"}
    found = estimated(DEMO, Model(), clock, earlier=[folder / "run"])
    pace = next(iter(paces.values()))
    assert found.seconds == pytest.approx(found.calls * pace.seconds / Model.abilities.slots, rel=0.3)
    assert estimating.paces({"another:"}, [folder / "run"]) == {}


def test_a_budget_that_is_too_small_is_said_beforehand() -> None:
    of = Estimate(100, 800, 90_000, 30_000, 10_000, 3600.0, 64)
    assert words.beyond(of, plan.Budget(tokens=20_000)) \
        == "the budget of 20,000 tokens is expected to be used up after about 20 of 100 dialogues"
    assert words.beyond(of, plan.Budget(tokens=20_000, wall=360.0)) \
        == "the budget of 360 seconds is expected to be used up after about 10 of 100 dialogues"
    assert words.beyond(of, plan.Budget(tokens=100_000, wall=3600.0)) == ""


def test_what_is_expected_is_one_line() -> None:
    assert words.expected(Estimate(2000, 9756, 881_500, 357_123, 9_756, None, 64)) \
        == "expected: 9,760 calls; 882,000 tokens read, 357,000 of them new, 9,760 written; " \
           "time known after the first dialogues"
    assert words.expected(Estimate(1, 1, 0, 0, 0, 7.0, 1)) == "expected: 1 call; about 7 s"
