"""Texts as counts of what stands in them: words alone and in pairs, and characters by two to four.

Small letters throughout. A word has two letters or digits or more; white space of any length counts as one space.
These are the pieces that scikit-learn's `TfidfVectorizer` takes with `ngram_range=(1, 2)`, and with `analyzer="char"`
and `ngram_range=(2, 4)`: a test holds the two together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

_WORD = re.compile(r"\b\w\w+\b")
_SPACE = re.compile(r"\s\s+")


def words(text: str) -> Iterator[str]:
    """Words, and each two that follow each other."""
    found = _WORD.findall(text.lower())
    yield from found
    for one, other in pairwise(found):
        yield f"{one} {other}"


def characters(text: str) -> Iterator[str]:
    """Two, three and four characters that follow each other."""
    text = _SPACE.sub(" ", text.lower())
    for size in (2, 3, 4):
        for at in range(len(text) - size + 1):
            yield text[at:at + size]


SPACES: dict[str, Callable[[str], Iterator[str]]] = {"words": words, "characters": characters}
"""The spaces that a text is counted in, each for itself."""


def counted(space: str, text: str) -> Counter[str]:
    """How often each piece of a space stands in a text."""
    return Counter(SPACES[space](text))
