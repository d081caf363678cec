"""Where a run leaves another one: the dialogue and turn that it goes on from, and how that came to be.

The turns before are taken again as they were taken there, with that run's seed, shield and answers; nobody is asked.
From the turn on, the engines, seed and shield of the new run count. Branches of one turn differ in what they draw; the
first draws what the dialogue would have drawn, so that with the same engines and seed it is the same dialogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

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


def rooted(here: Setting, root: Root, answers: Iterable[journal.Completion],
           turns: Iterable[journal.Turn]) -> Setting:
    """The setting of the turns before a branch. `here` has that run's seed and shield; an engine says of itself whether
    it speaks freely, and those turns were taken as theirs did."""
    roles = {turn.turn: turn.role for turn in turns}
    free = {roles[each.turn] for each in answers if each.step == "speech" and each.choice is None
            and each.turn < root.turn and each.turn in roles}
    recorded = {who: replay.from_replies({}, speaks_freely=who in free) for who in here.flow.cast}
    return replace(here, engines=recorded, stream=root.episode if here.stream is None else here.stream)


def branched(here: Setting, root: Root, number: int) -> Setting:
    """The setting of the turns of a branch, by its number: the first draws on, each of the others draws anew."""
    seed = seeds.derived(here.seed, number, -1, "", "branch") if number else here.seed
    return replace(here, seed=seed, stream=root.episode if here.stream is None else here.stream)


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
    given = sum(1 for each in turns if flow.given is not None and each.how == "recorded")
    ended = next((each.why != "failed" for each in events.endings() if each.episode == episode), False)
    last = len(turns) - 1 if ended else len(turns)
    if not given <= turn <= last:
        raise _nowhere(f"dialogue {episode} of {name} cannot be left at turn {turn}",
                       f"it can at {given} to {last}: the first turn that is taken anew" if given <= last else
                       "it has no turn of its own")
    return next(each for each in events.episodes() if each.episode == episode)


def _nowhere(what: str, help: str) -> JournalError:
    return JournalError("PED1221", what, help=help)
