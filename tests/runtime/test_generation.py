"""What needs no library of the batched loop: blocks that prompts begin with, trees of words, folders of weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.runtime.errors import EngineError
from pedalang.runtime.generation import folders, words
from pedalang.runtime.generation.prefixes import BLOCK, Prefixes

PROMPTS = st.lists(st.lists(st.integers(0, 1), min_size=0, max_size=4).map(
    lambda blocks: tuple(token for block in blocks for token in [block] * BLOCK)), min_size=1, max_size=12)
WORDS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=5).map(tuple), min_size=1, max_size=6)


def keep(prefixes: Prefixes[tuple[int, ...]], prompt: tuple[int, ...]) -> None:
    """Keeps a prompt's blocks, each with what it ends."""
    found = prefixes.find(prompt)
    node = found[-1] if found else prefixes.root
    for start in range(len(found) * BLOCK, len(prompt), BLOCK):
        made = prefixes.add(node, prompt[start : start + BLOCK], prompt[: start + BLOCK])
        if made is None:
            return
        node = made


@given(PROMPTS, st.integers(0, 6))
def test_what_is_found_is_what_a_prompt_begins_with(prompts: list[tuple[int, ...]], most: int) -> None:
    prefixes: Prefixes[tuple[int, ...]] = Prefixes(most)
    for prompt in prompts:
        keep(prefixes, prompt)
        assert len(prefixes) <= most
        found = prefixes.find(prompt)
        assert [node.kept for node in found] == [prompt[: (place + 1) * BLOCK] for place in range(len(found))]
        assert len(found) == min(len(prompt) // BLOCK, most) or most < len(prompt) // BLOCK, "the newest is kept"


@given(PROMPTS)
def test_with_room_for_all_each_is_found_whole(prompts: list[tuple[int, ...]]) -> None:
    prefixes: Prefixes[tuple[int, ...]] = Prefixes(10_000)
    for prompt in prompts:
        keep(prefixes, prompt)
    for prompt in prompts:
        assert len(prefixes.find(prompt)) == len(prompt) // BLOCK
    assert len(prefixes) == len({prompt[:end] for prompt in prompts for end in range(BLOCK, len(prompt) + 1, BLOCK)})


def test_the_least_recently_used_goes_first() -> None:
    prefixes: Prefixes[tuple[int, ...]] = Prefixes(3)
    first, second, third = ((each,) * BLOCK for each in (1, 2, 3))
    keep(prefixes, first + second)
    keep(prefixes, third)
    prefixes.find(first + second)
    keep(prefixes, second)
    assert [len(prefixes.find(each)) for each in (third, first + second, second)] == [0, 2, 1]


@given(WORDS)
def test_a_tree_asks_each_word_s_tokens_after_those_before(found: list[tuple[int, ...]]) -> None:
    tree = words.tree(found)

    def leads_to(place: int) -> tuple[int, ...]:
        return () if place == words.PROMPT else (*leads_to(tree.before[place - 1]), tree.tokens[place - 1])

    for word, steps in zip(found, tree.steps, strict=True):
        assert [leads_to(place) for place in steps] == [word[:end] for end in range(len(word))]
    starts = {word[:end] for word in found for end in range(1, len(word))}
    assert len(tree.tokens) == len(starts), "what words begin with in common stands in it once"
    assert all(depth == len(leads_to(place + 1)) - 1 for place, depth in enumerate(tree.depths))


def test_weights_are_known_by_their_hashes(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"a")
    assert folders.digest(tmp_path) == hashlib.sha256(b"a").hexdigest()
    (tmp_path / "more.safetensors").write_bytes(b"b")
    both = folders.digest(tmp_path)
    (tmp_path / "more.safetensors").write_bytes(b"c")
    assert len({both, folders.digest(tmp_path), hashlib.sha256(b"a").hexdigest()}) == 3


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_is_not_whole(tmp_path: Path, missing: str) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if name != missing:
            (tmp_path / name).write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(EngineError) as caught:
        folders.model(str(tmp_path))
    assert caught.value.code == "PED1103"
    assert ("pytorch_model.bin" if missing == "model.safetensors" else missing) in caught.value.message
