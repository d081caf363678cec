"""Examples of how a teacher answers, chosen by what can be recovered from them.

After "GPT self-supervision" for annotators: of several examples that one is shown whose annotation lets the original
be recovered best. Here a turn of a dialogue that went well is the example, and the teacher's words are the annotation:
from the words alone the engine says which of several students had just spoken, and which move was made. Words from
which both come back answer this student and do one thing; words that would fit anywhere do neither, whatever the
dialogue was worth. The best by recovery are tried on the dev problems, one alone, then with others.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pedalang import journal, plan
from pedalang.overlay import Demo, Tuned, Voice
from pedalang.prompt import Message
from pedalang.runtime import folder as folders
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.recalled import Call, recalled
from pedalang.study.tuning import ledger, practice, rollouts
from pedalang.study.tuning.rollouts import Rollout
from pedalang.study.tuning.spending import Stopped
from pedalang.study.tuning.task import Task

ALONE = {"light": 3, "medium": 6, "heavy": 12}
"""So many examples are tried alone."""
TOGETHER = {"light": 3, "medium": 5, "heavy": 8}
"""So many are shown at most."""
POOL = {"light": 16, "medium": 40, "heavy": 120}
"""So many turns are asked about."""
OF_ONE = 2
"""Turns of one dialogue in the pool."""
OTHERS = 3
"""Students among whom the right one is to be found, beside it."""
TIMES = 2
"""So often, each time among others."""
_SPOKEN = "A teacher answers a student. The teacher's words:\n\n{}\n\nWhat had the student just said?"
_MADE = "A teacher answers a student. The teacher's words:\n\n{}\n\nWhat is the teacher doing?"


class Turn(NamedTuple):
    """A turn of a teacher: its dialogue and what that was worth, what the teacher heard and answered as its prompt has
    it, what somebody else had said just before, the move that was made."""

    episode: int
    worth: float
    demo: Demo
    heard: str
    move: str


class Exemplar(NamedTuple):
    """A turn, and how well what it answers can be recovered from it: the mean share that the engine gives the right
    answer, from 0 to 1."""

    turn: Turn
    recovery: float


def search(task: Task) -> None:
    """Shows each teacher whose examples are tuned, or those of its moves, the ones with which it does better. Raises
    `Stopped` where there is no turn that could be an example."""
    whole = task.members("examples")
    moves: dict[str, set[str]] = {who: set(task.flow.cast[who].moves) for who in whole}
    for who, move in task.moves("examples"):
        moves.setdefault(who, set()).add(move)
    for who, own in moves.items():
        _shown(task, who, own)


def _shown(task: Task, who: str, moves: set[str]) -> None:
    auto = task.chosen.auto
    start = task.best
    turns = pool(_turns(task, start.tuned, who, moves), POOL[auto], task.seed)
    ranked = chosen(recovered(task, who, turns))
    alone = []
    for each in ranked[:ALONE[auto]]:
        told = f"example by recovery {each.recovery:.2f}: {each.turn.demo.answered}"
        alone.append((each, task.tried(_with(task, start.tuned, who, [each]), how=told, parents=(start.number,))))
    alone.sort(key=lambda tried: _worth(tried[1].score.value), reverse=True)
    if not alone:
        raise Stopped(f"no turn of `{who}` can be an example: none was answered by an engine, in a dialogue that has a "
                      "score and broke no hard clause")
    shown, current = [alone[0][0]], alone[0][1]
    for each in [*(each for each, _ in alone[1:]), *ranked[ALONE[auto]:ALONE[auto] + TOGETHER[auto]]]:
        if len(shown) == TOGETHER[auto]:
            return
        candidate = task.tried(_with(task, start.tuned, who, [*shown, each]), how=f"{len(shown) + 1} examples, also: "
                               f"{each.turn.demo.answered}", parents=(current.number,))
        if _worth(candidate.score.value) > _worth(current.score.value):
            shown, current = [*shown, each], candidate


def _worth(score: float | None) -> float:
    return -math.inf if score is None else score


def _with(task: Task, tuned: Tuned, who: str, shown: Sequence[Exemplar]) -> Tuned:
    key = f"{who}.speech"
    said = practice.voice(task, tuned, key)
    return practice.told(tuned, key, Voice(said.instructions, tuple(each.turn.demo for each in shown)))


def _turns(task: Task, tuned: Tuned, who: str, moves: set[str]) -> list[Turn]:
    """The turns of a member in dialogues about the problems to learn from, those whose dialogue has a score and broke
    no hard clause; of a member with moves those that made one of these."""
    played = {each.episode: each for each in practice.played(task, tuned, task.train, "train")}
    folder = task.folder / rollouts.FOLDER / f"train-{ledger.digest(tuned)[:12]}"
    of, events = folders.reading(folder, journal.open_journal)
    try:
        last: dict[tuple[int, int], Call] = {}
        for call in recalled(of, events, task.evaluate):
            if call.who == who and call.purpose == "speech":
                last[call.episode, call.turn] = call
    finally:
        events.close()
    return [turn for (episode, at), call in last.items() if (turn := _turn(played[episode], at, call)) is not None
            and (not turn.move or turn.move in moves)]


def _turn(of: Rollout, at: int, call: Call) -> Turn | None:
    if of.score is None or of.broken_hard or at >= len(of.dialogue.turns):
        return None
    turn = of.dialogue.turns[at]
    before = of.dialogue.turns[at - 1] if at else None
    heard = before["text"] if before is not None and before["speaker"] != call.who else ""
    return Turn(of.episode, of.score, Demo(call.messages[-1].text, turn["text"]), heard, turn["move"])


def pool(turns: Sequence[Turn], most: int, seed: int) -> list[Turn]:
    """The turns that are asked about: those of the dialogues that were worth most, a few of each, no words twice."""
    known: set[str] = set()
    of_one: Counter[int] = Counter()
    taken: list[Turn] = []
    for turn in sorted(random.Random(seed).sample(turns, len(turns)), key=lambda turn: -turn.worth):
        if turn.demo.answered not in known and of_one[turn.episode] < OF_ONE and len(taken) < most:
            known.add(turn.demo.answered)
            of_one[turn.episode] += 1
            taken.append(turn)
    return taken


def recovered(task: Task, who: str, turns: Sequence[Turn]) -> list[Exemplar]:
    """Each turn with how well it can be recovered, by the engine that speaks for its member."""
    role = task.flow.cast[who]
    asked = [list(_questions(turn, turns, role, task.seed + at)) for at, turn in enumerate(turns)]
    engine = task.stage.engines[who]
    replies = iter(practice.asked(task, engine, [request for each in asked for request, _ in each]))
    found = []
    for turn, own in zip(turns, asked, strict=True):
        shares = [share(next(replies), right) for _, right in own]
        known = [each for each in shares if each is not None]
        if known:
            found.append(Exemplar(turn, math.fsum(known) / len(known)))
    return found


def chosen(found: Sequence[Exemplar]) -> list[Exemplar]:
    """The best by recovery first, then by worth; of each move one, before any has two."""
    ranked = sorted(found, key=lambda each: (-each.recovery, -each.turn.worth, each.turn.demo.answered))
    places: dict[str, int] = {}
    order = []
    for each in ranked:
        places[each.turn.move] = places.get(each.turn.move, -1) + 1
        order.append((places[each.turn.move], each))
    return [each for _, each in sorted(order, key=lambda placed: placed[0])]


def share(reply: Reply | None, right: int) -> float | None:
    """The probability of the right answer among those that were offered; 1 or 0 from an engine that gives none, None
    where nothing was chosen."""
    if reply is None:
        return None
    if reply.scores:
        most = max(reply.scores)
        weights = [math.exp(score - most) for score in reply.scores]
        return weights[right] / math.fsum(weights)
    return None if reply.choice is None else float(reply.choice == right)


def _questions(turn: Turn, turns: Sequence[Turn], role: plan.Role, seed: int) -> Iterator[tuple[Request, int]]:
    """What is asked about a turn, each with the place of the right answer: who had spoken, among others who had said
    something else; which move was made, where there are several."""
    draw = random.Random(seed)
    others = sorted({other.heard for other in turns} - {turn.heard})
    for _ in range(TIMES if others and turn.heard else 0):
        offered = sorted([turn.heard, *draw.sample(others, min(OTHERS, len(others)))])
        yield _request(_SPOKEN, turn, offered, seed), offered.index(turn.heard)
    if turn.move and len(role.moves) > 1:
        moves = sorted(role.moves)
        yield _request(_MADE, turn, [name.replace("_", " ") for name in moves], seed), moves.index(turn.move)


def _request(question: str, turn: Turn, offered: Sequence[str], seed: int) -> Request:
    messages = (Message("system", "You know lessons well."), Message("user", question.format(turn.demo.answered)))
    return Request(messages, seed=seed, choices=tuple(offered), purpose="recovery")
