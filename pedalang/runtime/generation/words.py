"""Several words after one prompt, as one tree: what they begin with in common stands in it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Tokens: TypeAlias = tuple[int, ...]

PROMPT = 0
"""Where the prompt's own last token stands among the places that are asked what comes next."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The tokens after which another one is to be weighed; the last token of a word only where a longer one goes on
    with it. `before` has the place of the token before each: 0 for the prompt, else 1 and its index. `steps` has for
    each word the places that are asked, in order: each tells how probable the word's token there is."""

    tokens: Tokens
    before: tuple[int, ...]
    depths: tuple[int, ...]
    steps: tuple[tuple[int, ...], ...]


def tree(words: Sequence[Tokens]) -> Tree:
    """The tree of words of at least one token."""
    places: dict[Tokens, int] = {(): PROMPT}
    for start in (word[:end] for word in words for end in range(1, len(word))):
        places.setdefault(start, len(places))
    inner = [start for start in places if start]
    return Tree(tuple(start[-1] for start in inner), tuple(places[start[:-1]] for start in inner),
                tuple(len(start) - 1 for start in inner),
                tuple(tuple(places[word[:end]] for end in range(len(word))) for word in words))
