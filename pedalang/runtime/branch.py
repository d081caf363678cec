"""Where a run leaves another one: the dialogue and turn that it goes on from, and how that came to be.

The turns before are taken again as they were taken there, with that run's seed, shield and answers; nobody is asked.
From the turn on, the engines, seed and shield of the new run count. Branches of one turn differ in what they draw; the
first draws what the dialogue would have drawn, so that with the same engines and seed it is the same dialogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec
from msgspec import Struct, structs

from pedalang import journal, plan
from pedalang.runtime.engines import replay
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.state import Level, Setting
from pedalang.runtime.errors import JournalError

OPTION = "branched"
"""Where a header's options hold the root of a run."""
_JUDGE = "judge."


class Root(Struct, frozen=True):
    """A turn of a dialogue of a run; `journal` is the digest of that run's journal, `seed` and `shield` its own. A run
    that was a branch itself has a root too."""

    run: str
    journal: str
    episode: int
    turn: int
    seed: int
    shield: Level
    root: Root | None = None


def rooted(header: journal.Header) -> Root | None:
    """What a run comes from; None for one that began by itself. Raises `ValueError` for what is no root."""
    told = header.options.get(OPTION)
    return None if told is None else msgspec.convert(told, Root)


def line(root: Root | None) -> list[Root]:
    """All that a run comes from, the earliest first."""
    return [] if root is None else [*line(root.root), root]


def recorded(here: Setting, answers: Iterable[journal.Completion], turns: Iterable[journal.Turn]) -> Setting:
    """The setting of turns that are taken again. An engine says of itself whether it speaks freely, and they are taken
    as theirs did."""
    roles = {turn.turn: turn.role for turn in turns}
    free = {roles[each.turn] for each in answers
            if each.step == "speech" and each.choice is None and each.turn in roles}
    return replace(here, engines={who: replay.from_replies({}, speaks_freely=who in free) for who in here.flow.cast})


def branched(here: Setting, before: Setting, number: int, *, reseeded: bool) -> Setting:
    """The setting of a branch, by its number: the first draws as the dialogue `before` would have under this seed, each
    of the others draws anew."""
    seed = here.seed if reseeded else before.seed
    return replace(here, seed=seeds.derived(seed, number, -1, "", "branch") if number else seed, stream=before.stream)


def beginning(events: journal.Journal, episode: int, turn: int, number: int) -> Iterator[journal.Event]:
    """What a journal holds of a dialogue before a turn, as that of dialogue `number` of another run."""
    for turns in events.turns(episode):
        if turns.turn < turn:
            yield structs.replace(turns, episode=number)
    for answer in events.completions(episode):
        if 0 <= answer.turn < turn and not answer.step.startswith(_JUDGE):
            yield structs.replace(answer, episode=number)
    for done in events.interventions(episode):
        if done.turn < turn:
            yield structs.replace(done, episode=number)


def checked(of: plan.Plan, events: journal.Journal, name: str, episode: int, turn: int) -> journal.Episode:
    """The dialogue that is to be left at a turn. Raises `JournalError` PED1221 where there is none, or where it cannot
    be left there."""
    header = events.header
    if header.kind != "run":
        raise _nowhere(f"{name} is a {header.kind}, and no engine spoke there", "name a run")
    if not 0 <= episode < header.episodes:
        raise _nowhere(f"{name} has no dialogue {episode}", f"its dialogues are 0 to {header.episodes - 1}")
    flow = of.flows[header.flow]
    turns = events.turns(episode)
    first = sum(1 for each in turns if flow.given is not None and each.how == "recorded")
    root = rooted(header)
    if root is not None:
        if turn < root.turn:
            raise _nowhere(f"{name} has turn {turn} from {root.run}, which it left at turn {root.turn}",
                           f"leave that one: {root.run}:{root.episode}:{turn}")
        first = max(first, root.turn)
    ended = next((each.why != "failed" for each in events.endings() if each.episode == episode), False)
    last = len(turns) - 1 if ended else len(turns)
    if not first <= turn <= last:
        raise _nowhere(f"dialogue {episode} of {name} cannot be left at turn {turn}",
                       f"it can at {first} to {last}: the first turn that is taken anew" if first <= last else
                       "it has no turn of its own")
    return next(each for each in events.episodes() if each.episode == episode)


def _nowhere(what: str, help: str) -> JournalError:
    return JournalError("PED1221", what, help=help)
