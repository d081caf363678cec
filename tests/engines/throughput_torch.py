"""Dialogues with a system prompt in common through a run, and the same prompts to the bare library, side by side.

    python -m tests.engines.throughput_torch transformers: 16
    python -m tests.engines.throughput_torch 'transformers:MODEL?slots=256' 256     # wherever a GPU is
    python -m tests.engines.throughput_torch 'vllm:MODEL?slots=256' 256

The library is given all prompts of a turn at once, with its own defaults: transformers with `generate` (one batch,
padded) and with `generate_batch` (its paged cache), vLLM with `generate` (its paged cache, beginnings kept). It is
warmed up by the same turns of other dialogues. At the end the dialogues that were the same alone, one at a time, as
among the others are counted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Reply
from tests.engines.throughput import TOKENS, TURNS, Measured, Told, lesson, measured, through_a_run

Prompts = Sequence[tuple[int, ...]]


def by_turn(told: Sequence[Told]) -> list[list[Told]]:
    """The requests that were ready together."""
    turns: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        turns[each.request.key.split("/")[1]].append(each)
    return [turns[turn] for turn in sorted(turns, key=int)]


def alone(told: Sequence[Told], prompt: Callable[[Told], tuple[int, ...]],
          generate: Callable[[Prompts, int], object]) -> Measured:
    """The library with the prompts of each turn, and as many tokens out."""
    found = list[Measured]()
    with measured(found, lambda: sum(each.reply.tokens_out for each in told)):
        for turn in by_turn(told):
            generate([prompt(each) for each in turn], max(each.reply.tokens_out for each in turn))
    return found[0]


def padded(network: Any) -> Callable[[Prompts, int], object]:
    """transformers' own `generate`, prompts padded on the left."""
    import torch

    network.set_attn_implementation("sdpa")

    def generate(prompts: Prompts, count: int) -> object:
        longest = max(map(len, prompts))
        ids = torch.tensor([[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts], device=network.device)
        seen = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts],
                            device=network.device)
        with torch.inference_mode():
            return network.generate(ids, attention_mask=seen, max_new_tokens=count, do_sample=False, pad_token_id=0)

    return generate


def paged(network: Any) -> Callable[[Prompts, int], object]:
    """transformers' own `generate_batch`, with its paged cache."""
    from transformers import GenerationConfig

    def generate(prompts: Prompts, count: int) -> object:
        config = GenerationConfig(max_new_tokens=count, do_sample=False, pad_token_id=0,
                                  eos_token_id=network.generation_config.eos_token_id)
        return network.generate_batch([list(prompt) for prompt in prompts], generation_config=config,
                                      progress_bar=False)

    return generate


def vllm_s(folder: str, slots: int) -> Callable[[Prompts, int], object]:
    """vLLM's own `generate`."""
    import vllm
    from vllm.platforms import current_platform

    cpu = current_platform.is_cpu()
    model = vllm.LLM(model=folder, dtype="float32" if cpu else "auto", max_num_seqs=slots, enforce_eager=cpu,
                     max_model_len=2048, enable_prefix_caching=True, use_tqdm_on_load=False)

    def generate(prompts: Prompts, count: int) -> object:
        asked = vllm.SamplingParams(max_tokens=count, temperature=0.0)
        return model.generate([{"prompt_token_ids": list(prompt)} for prompt in prompts], asked, use_tqdm=False)

    return generate


def said(told: Sequence[Told]) -> dict[int, list[str]]:
    """The words of each dialogue."""
    found: dict[int, list[str]] = defaultdict(list)
    for turn in by_turn(told):
        for each in turn:
            found[each.dialogue].append(each.reply.text)
    return found


def same_alone(engine: Any, told: Sequence[Told]) -> int:
    """How many dialogues are the same when each request is asked by itself."""
    again = [each._replace(reply=_one(asyncio.run(engine.answer([each.request])))) for each in told]
    ours, others = said(told), said(again)
    return sum(ours[number] == others[number] for number in ours)


def _one(replies: Sequence[Any]) -> Reply:
    (reply,) = replies
    assert isinstance(reply, Reply), reply
    return reply


def main(address: str, dialogues: int, tokens: int, turns: int) -> None:
    engine: Any = opening.open_engine(address, os.environ)
    print(f"{engine.name}, {engine.abilities.slots} slots, {dialogues} dialogues of {turns} turns of {tokens} tokens, "
          f"load {os.getloadavg()[0]:.1f}")
    _one(asyncio.run(engine.answer([_short()])))
    with tempfile.TemporaryDirectory() as folder:
        ours, told = through_a_run(engine, lesson(turns, tokens), dialogues, Path(folder) / "run")
    read = sum(each.reply.computed or 0 for each in told)
    print(f"through a run: {ours.text()}; {read} of {sum(each.reply.tokens_in for each in told)} tokens of prompts "
          "were read anew", flush=True)
    print(f"{same_alone(engine, told)} of {dialogues} dialogues are the same when each turn is asked by itself",
          flush=True)

    def prompt(each: Told) -> tuple[int, ...]:
        return engine._chat.prompt([(message.role, message.text) for message in each.request.messages])

    if address.startswith("vllm:"):
        from pedalang.runtime.generation import embedded, folders

        target = address.removeprefix("vllm:").partition("?")[0]
        asyncio.run(engine.close())
        generate = vllm_s(target or str(embedded.folder(folders.caches(os.environ))), engine.abilities.slots)
        _show("vLLM's generate", ours, alone(told, prompt, generate))
        return
    network = engine._batch._lanes[""].model
    for called, generate in (("transformers' generate", padded(network)),
                             ("transformers' generate_batch", paged(network))):
        _show(called, ours, alone(told, prompt, generate))
    asyncio.run(engine.close())


def _short() -> Any:
    """Something else, before the clock runs."""
    from tests.engines.conftest import asked

    return asked(max_tokens=2)


def _show(called: str, ours: Measured, other: Measured) -> None:
    rate = ours.tokens / ours.seconds / (other.tokens / other.seconds)
    worked = ours.tokens / ours.worked / (other.tokens / other.worked)
    print(f"{called}: {other.text()}; the run has {rate:.2f} of its tokens/s, {worked:.2f} of its tokens a second of "
          "the processor", flush=True)


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[2:]]
    main(sys.argv[1] if len(sys.argv) > 1 else "transformers:", *(numbers + [16, TOKENS, TURNS][len(numbers):]))
