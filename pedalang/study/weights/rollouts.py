"""Dialogues as rows of tokens that a trainer learns from.

A turn was asked with a prompt of its own. Where a prompt begins with the one before and its answer, both go on in one
row, and what lies between them is the others' words, which are read and not learnt; where it does not (a role that is
told something for one turn alone), the turn is a row by itself. So each answer is learnt after exactly what it was
asked with, and a dialogue of a role without such lines is one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from pedalang.study.weights.lessons import Lesson

Tokens: TypeAlias = tuple[int, ...]


class Rollout(NamedTuple):
    """A dialogue to learn from: what it is about, its reward (None where it has none), and what those who learn were
    asked in it and answered, in order."""

    problem: str
    reward: float | None
    lessons: tuple[Lesson, ...]


class Answered(NamedTuple):
    """A prompt and its answer, in tokens; the answer with the token that ends it, where it ended by itself."""

    prompt: Tokens
    answer: Tokens


class Row(NamedTuple):
    """What is read first, what follows, and which of that is the model's own: 1 for its tokens, 0 for the others'."""

    prompt: Tokens
    completion: Tokens
    own: Tokens


def rows(answers: Iterable[Answered]) -> tuple[Row, ...]:
    """The answers of one member in a dialogue, in their order."""
    found: list[Row] = []
    for each in answers:
        if not each.answer:
            continue
        last = found[-1] if found else Row((), (), ())
        whole = last.prompt + last.completion
        if whole and each.prompt[:len(whole)] == whole:
            between = each.prompt[len(whole):]
            found[-1] = Row(last.prompt, last.completion + between + each.answer,
                            last.own + (0,) * len(between) + (1,) * len(each.answer))
        else:
            found.append(Row(each.prompt, each.answer, (1,) * len(each.answer)))
    return tuple(found)


def fitted(of: Sequence[Row], most: int) -> tuple[Row, ...]:
    """Rows of at most so many tokens: what follows is cut at its end, then the prompt at its beginning."""
    cut = [Row(each.prompt, each.completion[:most - 1], each.own[:most - 1]) for each in of]
    return tuple(Row(each.prompt[-(most - len(each.completion)):], each.completion, each.own)
                 for each in cut if any(each.own))


def even(of: Sequence[Row], count: int, filler: int) -> tuple[Row, ...]:
    """Exactly `count` rows: those of a longer dialogue at even distances, those of a shorter one with rows that nothing
    is learnt from, which hold a token, `filler`."""
    if len(of) > count:
        return tuple(of[at * len(of) // count] for at in range(count))
    return (*of, *[Row((filler,), (filler,), (0,))] * (count - len(of)))


class Group(NamedTuple):
    """What is played in a step: so many `problems`, each so many `times`, at a `temperature`; `kl` says how strongly
    the weights are held near those before."""

    problems: int = 2
    times: int = 4
    temperature: float = 1.0
    kl: float = 0.04
