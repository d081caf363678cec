"""Measures the embedded engine, for docs/benchmarks/engines.md: `python -m tests.engines.measure`."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pedalang.prompt import Message
from pedalang.runtime.engines import llama, processor
from pedalang.runtime.engines.engine import Options, Reply, Request

VOICES = {
    "tutor": "You are a patient tutor who teaches fractions to children of ten years. You ask one question at a time, "
             "you never give the answer away before the child has tried, and you keep to short sentences.",
    "learner": "You are Mia, ten years old, who is learning fractions. You say what you think in one short sentence, "
               "even when you are not sure, and you mix up the top and the bottom of a fraction now and then.",
}
SAYINGS = {
    "tutor": ("Let us look at 1/{0} and 1/{1} together: what do the two bottom numbers tell us?",
              "What is the smallest number that both {0} and {1} divide without a rest?",
              "You added the tops and the bottoms: is the sum more or less than 1/{0}?",
              "Draw a bar, cut it into {0} equal parts, and show me how many of them 1/{1} is."),
    "learner": ("I think it is 2/{1}, because 1 + 1 = 2 and the bottoms are {0} and {1}.",
                "Is it 1/{1}? I am not sure what to do with the bottoms, {0} and {1}.",
                "I cut the bar into {0} parts and took 1, and then I took 1 of {1} parts.",
                "The smallest number is {0} times {1}, so I write both with that bottom."),
}
DIALOGUES, TURNS = 8, 8


def prompt(who: str, said: Sequence[str]) -> tuple[Message, ...]:
    """The dialogue as one of the two sees it."""
    other = len(said) % 2
    return (Message("system", VOICES[who]),
            *(Message("user" if place % 2 != other else "assistant", text) for place, text in enumerate(said)))


def request(dialogue: int, said: Sequence[str]) -> Request:
    who = "learner" if len(said) % 2 else "tutor"
    choices = tuple(text.format(dialogue + 2, len(said) + 3) for text in SAYINGS[who])
    return Request(prompt(who, said), choices=choices)


def ask(engine: llama.Llama, asked: Request) -> Reply:
    (reply,) = asyncio.run(engine.answer([asked]))
    assert isinstance(reply, Reply), reply
    return reply


def seconds(what: Callable[[], object]) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def main() -> None:
    """Prints a line a figure."""
    opened: list[llama.Llama] = []
    loading = seconds(lambda: opened.append(llama.open(Options(environment=os.environ))))  # type: ignore[arg-type]
    engine = opened[0]
    print(f"{_processor()}, {processor.cores()} cores, load {os.getloadavg()[0]:.1f}; {engine.name}")
    print(f"open, with the check of the file: {loading:.2f} s")
    single(engine)
    dialogues(engine)


def single(engine: llama.Llama) -> None:
    """A long prompt, and what is asked after it."""
    story = " ".join(f"We cut bar {number} into {number + 2} parts." for number in range(27))
    messages = (Message("system", VOICES["tutor"]), Message("user", story))
    tokens = len(engine._prompt(Request(messages))[0])
    reading = seconds(lambda: ask(engine, Request(messages, choices=(".",))))
    print(f"read a prompt of {tokens} tokens: {tokens / reading:.0f} tokens/s")
    words = "Let us draw a bar, cut it into twelve parts, and colour three of them first."
    count = len(engine._model.tokens(words))
    forced = min(seconds(lambda: ask(engine, Request(messages, choices=(words,)))) for _ in range(5))
    print(f"score a choice of {count} tokens after it: {forced / count * 1000:.1f} ms a token")
    levels = Request(messages, choices=("1", "2", "3", "4", "5"))
    judged = min(seconds(lambda: ask(engine, levels)) for _ in range(5))
    print(f"one of five levels: {judged * 1000:.0f} ms")
    halves = min(seconds(lambda: ask(engine, Request(messages, choices=("\U0001f389",)))) for _ in range(3))
    print(f"a sign of three tokens: {halves * 1000:.0f} ms")
    free = Request(messages, max_tokens=60, temperature=1.0, seed=3)
    said = ask(engine, free)
    saying = min(seconds(lambda: ask(engine, free)) for _ in range(3))
    print(f"generate {said.tokens_out} tokens: {said.tokens_out / saying:.0f} tokens/s")


def dialogues(engine: llama.Llama) -> None:
    """Tutor and learner in turn, each choosing among candidates."""
    words, turns, start, worked = 0, 0, time.perf_counter(), time.process_time()
    for dialogue in range(DIALOGUES):
        said = [f"What is 1/{dialogue + 2} + 1/{dialogue + 3}?"]
        for _ in range(TURNS):
            asked = request(dialogue, said)
            words += sum(len(engine._model.tokens(choice)) for choice in asked.choices)
            said.append(ask(engine, asked).text)
            turns += 1
    took, worked = time.perf_counter() - start, time.process_time() - worked
    print(f"{turns} turns, each one of 4 candidates of {words / turns / 4:.0f} tokens: {took:.1f} s, "
          f"{took / turns:.2f} s a turn; {worked:.1f} s of processor time")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
