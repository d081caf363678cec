"""What a member of the cast chose from in each of its turns in a journal, and what it saw: to learn a policy from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pedalang import journal, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import retaking
from pedalang.runtime.episode import turns


class Faced(NamedTuple):
    """A turn in which several moves could be made: what the cues were, the moves that there were, in their order, and
    the one that was made."""

    episode: int
    turn: int
    cues: tuple[float, ...]
    moves: tuple[str, ...]
    made: str


def faced(of: plan.Plan, events: journal.Journal, who: str, cues: Sequence[plan.Cue],
          evaluate: Evaluator) -> Iterator[Faced]:
    """The choices of a member, dialogue by dialogue; none of recorded dialogues. Raises `RunError`: PED1207 where a
    dialogue does not come out again."""
    taken = retaking.taken(of, events, evaluate)
    if taken is None:
        return
    for known in events.each_dialogue():
        _, again = taken(known._replace(turns=[]), turns.unheeded)
        yield from _of_dialogue(again(), known, who, cues)


def _of_dialogue(dialogue: turns.Dialogue, known: journal.Dialogue, who: str,
                 cues: Sequence[plan.Cue]) -> Iterator[Faced]:
    for turn in known.turns:
        step = dialogue.next()
        if turn.role == who and isinstance(step, plan.Turn):
            seen, moves = dialogue.facing(step, cues)
            if len(moves) > 1:
                yield Faced(turn.episode, turn.turn, seen, moves, turn.move)
        dialogue.replay([turn], [each for each in known.completions if each.turn == turn.turn],
                        [each for each in known.interventions if each.turn == turn.turn])
