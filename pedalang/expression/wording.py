"""What two texts have in common, word by word: how much one takes up of another.

Words are compared in small letters. Content words are those that say what a text is about: all but the function words
of English (articles, pronouns, auxiliaries, prepositions, conjunctions); in another language all words are content.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from pedalang.expression.limits import MAX_ITEMS

WORD = re.compile(r"\w+(?:['’]\w+)*")
_TURN = re.compile(r"^[^\S\n]*([^\W\d_][\w'’.-]*(?: [\w'’.-]+)?)[^\S\n]*:", re.MULTILINE)
_END = re.compile(r"(?<=[.!?])\s+|\n+")
_FUNCTION_WORDS = """
a about above after again all also am an and any are aren't as at be because been before being below between both but
by can can't cannot could couldn't did didn't do does doesn't doing don't down during each either else few for from
further had hadn't has hasn't have haven't having he he's her here hers herself him himself his how i i'd i'll i'm
i've if in into is isn't it it's its itself just let let's like me more most much my myself no nor not now of off on
once only or other our ours ourselves out over own same shall she she's should shouldn't so some such than that that's
the their theirs them themselves then there there's these they they'd they'll they're they've this those through to
too under until up upon us very was wasn't we we'd we'll we're we've were weren't what what's when where which while
who whom whose why will with within without won't would wouldn't you you'd you'll you're you've your yours yourself
yourselves
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


def words_of(text: str) -> Iterator[str]:
    """The words of a text in small letters, with one kind of apostrophe."""
    return (word.replace("’", "'") for word in WORD.findall(text.lower()))


def content_words(text: str) -> tuple[str, ...]:
    """The content words of a text in order, each as often as it stands there."""
    return tuple(word for word in words_of(text) if word not in FUNCTION_WORDS)


def word_runs(text: str, length: int) -> tuple[str, ...]:
    """All runs of so many words."""
    if length < 1:
        raise ValueError(f"{length} is no number of words")
    words = list(words_of(text))
    return tuple(" ".join(words[at:at + length]) for at in range(len(words) - length + 1))


def distinct(items: Iterable[Any]) -> tuple[Any, ...]:
    """Each item once, in the order in which they come first."""
    found: list[Any] = []
    seen: set[Any] = set()
    for item in items:
        if not _known(item, found, seen):
            found.append(item)
    return tuple(found)


def shared(items: Iterable[Any], others: Iterable[Any]) -> tuple[Any, ...]:
    """The items that are among the others too, each once."""
    others = tuple(others)
    try:
        among = set(others)
        return tuple(item for item in distinct(items) if item in among)
    except TypeError:
        return tuple(item for item in distinct(items) if item in others)


def _known(item: Any, found: list[Any], seen: set[Any]) -> bool:
    """Whether an item was there; records and lists of records cannot be kept in a set."""
    try:
        if item in seen:
            return True
        seen.add(item)
        return False
    except TypeError:
        if len(found) > MAX_ITEMS:
            raise ValueError(f"more than {MAX_ITEMS} records") from None
        return item in found


def overlap(text: str, other: str) -> float | None:
    """The share of a text's content words, each counted once, that another text has too; none where it has none."""
    words = set(content_words(text))
    return len(words & set(content_words(other))) / len(words) if words else None


def similarity(text: str, other: str) -> float:
    """The cosine of the counts of content words: 1 for the same words as often, 0 for none in common."""
    one, two = Counter(content_words(text)), Counter(content_words(other))
    lengths = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in two.values()))
    return min(1.0, sum(number * two[word] for word, number in one.items()) / lengths) if lengths else 0.0


def sentences(text: str) -> tuple[str, ...]:
    """A text's sentences, as full stops, question and exclamation marks and line breaks part them."""
    return tuple(part.strip() for part in _END.split(text) if part.strip())


def said_by(text: str, speaker: str) -> tuple[str, ...]:
    """What a speaker says in a dialogue that is written as one text, a turn an item, oldest first. A turn begins in a
    line of its own with a name of one word or two and a colon, and goes on until the next."""
    begun = list(_TURN.finditer(text))
    ends = [*(match.start() for match in begun[1:]), len(text)][:len(begun)]
    return tuple(text[match.end():end].strip() for match, end in zip(begun, ends, strict=True)
                 if match[1].lower() == speaker.lower())
