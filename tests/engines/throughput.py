"""Dialogues with a system prompt in common through a run, and the same prompts to what lies beneath an engine: tokens
a second, and a second of the processor. `python -m tests.engines.throughput [SLOTS …]` prints the embedded engine's."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pedalang import plan
from pedalang.expression import nodes
from pedalang.runtime import run
from pedalang.runtime.engines import llama, processor
from pedalang.runtime.engines.engine import Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

DIALOGUES, TURNS, TOKENS, RULES = 16, 2, 24, 24
"""Dialogues, the teacher's turns in each, tokens of a turn, and sentences of the system prompt, 13 tokens each."""


class Told(NamedTuple):
    """One request of a run, and what came of it."""

    dialogue: int
    request: Request
    reply: Reply


class Measured(NamedTuple):
    """What some dialogues took."""

    tokens: int
    seconds: float
    worked: float

    def text(self) -> str:
        return (f"{self.tokens} tokens, {self.seconds:.1f} s, {self.worked:.1f} s of processor time: "
                f"{self.tokens / self.seconds:.1f} tokens/s, {self.tokens / self.worked:.1f} a second of the processor")


class Listening:
    """An engine, and all that it was asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities
        self.told: list[Told] = []

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        replies = await self._engine.answer(requests)
        for request, reply in zip(requests, replies, strict=True):
            assert isinstance(reply, Reply), reply
            self.told.append(Told(int(request.key.partition("/")[0]), request, reply))
        return replies

    async def close(self) -> None:
        await self._engine.close()


def lesson(turns: int = TURNS, tokens: int = TOKENS, rules: int = RULES) -> plan.Plan:
    """A teacher who speaks freely, by the same voice in all dialogues, and a learner who says what the task is."""
    voice = "You are a patient tutor of fractions. " + " ".join(
        f"Rule {rule}: ask about step {rule} before you go on." for rule in range(rules))
    asks = nodes.Text((nodes.Lit("What is 1/2 + 1/"), nodes.Name("n"), nodes.Lit("? I do not know how to begin.")))
    teacher = plan.Role("Tutor", "role", nodes.Lit(voice), speak="free", limit=tokens)
    learner = plan.Role("Learner", "student", nodes.Lit("You learn."), speak="grounded",
                        acts=(plan.Act("ask", None, (asks,)),))
    phase = plan.Phase("work", (plan.Turn("student"), plan.Turn("teacher")))
    flow = plan.Flow("lesson", {"n": "Int"}, {"teacher": teacher, "student": learner}, {"work": phase}, "work",
                     2 * turns)
    return plan.Plan("lesson", {}, flows={"lesson": flow})


@contextmanager
def measured(found: list[Measured], tokens: Callable[[], int]) -> Iterator[None]:
    start, worked = time.perf_counter(), time.process_time()
    yield
    took = time.perf_counter() - start, time.process_time() - worked
    found.append(Measured(tokens(), *took))


def through_a_run(engine: Engine, of: plan.Plan, dialogues: int, folder: Path) -> tuple[Measured, list[Told]]:
    """All dialogues as `ped run` plays them, the journal on disk."""
    listening, found = Listening(engine), list[Measured]()
    with measured(found, lambda: sum(told.reply.tokens_out for told in listening.told)):
        run.run(of, "lesson", [{"n": number + 3} for number in range(dialogues)],
                {"teacher": listening, "student": listening}, seed=1, folder=folder)
    return found[0], listening.told


def llama_alone(told: Sequence[tuple[int, Sequence[int], int]], slots: int, context: int) -> Measured:
    """llama.cpp through its binding, with its own defaults: a thread a slot, each with a dialogue at a time, the same
    tokens in and as many out. `told` has dialogue, prompt and number of tokens of each request."""
    library = llama._library(os.environ)
    chosen = library.CommonParams()
    embedded = llama._embedded()
    chosen.model.path, chosen.verbosity, chosen.warmup, chosen.ui = str(embedded), -1, False, False
    chosen.n_parallel, chosen.n_ctx, chosen.n_gpu_layers = slots, slots * context, 0
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = min(llama.THREADS, processor.cores())
    server: Any = library.Server(chosen)
    by_dialogue: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for dialogue, prompt, count in told:
        by_dialogue[dialogue].append({"prompt": list(prompt), "max_tokens": count, "temperature": 0.0,
                                      "ignore_eos": True, "cache_prompt": True})

    def played(bodies: list[dict[str, Any]]) -> int:
        return sum(server.handle_completions(body)["usage"]["completion_tokens"] for body in bodies)

    found, counts = list[Measured](), list[int]()
    with ThreadPoolExecutor(slots) as threads, measured(found, lambda: sum(counts)):
        counts += threads.map(played, by_dialogue.values())
    return found[0]


def llama_compared(slots: int, folder: Path, dialogues: int = DIALOGUES, of: plan.Plan | None = None
                   ) -> tuple[Measured, Measured, list[Told]]:
    """The embedded engine through a run, then llama.cpp alone."""
    engine = llama.open(Options(settings={"slots": str(slots)}))
    assert isinstance(engine, llama.Llama)
    ours, told = through_a_run(engine, of or lesson(), dialogues, folder)
    same = [(each.dialogue, engine._prompt(each.request)[0], each.reply.tokens_out) for each in told]
    context = engine.abilities.context
    assert context is not None
    engine._model.close()
    return ours, llama_alone(same, slots, context), told


def main(slots: Sequence[int]) -> None:
    print(f"{DIALOGUES} dialogues of {TURNS} turns, load {os.getloadavg()[0]:.1f}")
    for count in slots:
        with tempfile.TemporaryDirectory() as folder:
            ours, alone, told = llama_compared(count, Path(folder) / "run")
        read = sum(each.reply.computed or 0 for each in told)
        print(f"{count} slots, the engine: {ours.text()}; {read} tokens of prompts were read anew")
        print(f"{count} slots, llama.cpp alone: {alone.text()}")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [1, 8])
