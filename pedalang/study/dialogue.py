"""A finished dialogue as study looks at it: read from a journal, with the environments that its expressions saw."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pedalang import journal, plan
from pedalang.expression import environment, values
from pedalang.expression.evaluate import Env
from pedalang.expression.values import Value

States = Mapping[str, Mapping[str, Value]]

UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One episode. `why` is how it ended (`journal.Ending`), or `unfinished`; a failed one has a code and a message."""

    episode: int
    params: Mapping[str, Value]
    initial: States
    turns: tuple[Mapping[str, Value], ...]
    """As `environment.turn_record` makes them, oldest first."""
    states: tuple[States, ...]
    """The cast's state after each turn."""
    learners: frozenset[str]
    """The members of the cast that are students; all others teach."""
    why: str
    code: str = ""
    message: str = ""
    verdicts: tuple[journal.Verdict, ...] = ()
    """Those that the journal holds."""
    judged: tuple[Mapping[str, bool], ...] = ()
    """After each turn, which predicates by judge hold, by their key; nothing where no judge was asked."""

    @property
    def ended(self) -> bool:
        """Whether it came to an end of its own: neither failed nor interrupted."""
        return self.why not in ("failed", UNFINISHED)


def final(dialogue: Dialogue) -> Env:
    """The environment after the last turn, with `initial`; that before the first where nobody spoke."""
    start = environment.environment(dialogue.params, dialogue.initial, ())
    if not dialogue.turns:
        return {**start, "initial": start}
    end = environment.environment(dialogue.params, dialogue.states[-1], dialogue.turns)
    end["initial"] = start
    end["judged"] = dialogue.judged[-1] if dialogue.judged else {}
    return end


def trace(dialogue: Dialogue) -> list[Env]:
    """The environment after each turn."""
    found = environment.along(dialogue.params, dialogue.initial, dialogue.turns, dialogue.states)
    for env, judged in zip(found, dialogue.judged, strict=False):
        env["judged"] = judged
    return [*found]


def read(events: journal.Journal, flow: plan.Flow, episodes: Iterable[int] | None = None) -> Iterator[Dialogue]:
    """The dialogues of a journal, all or some, by episode; one at a time, so that a big journal need not fit in memory.
    """
    learners = frozenset(name for name, role in flow.cast.items() if role.kind == "student")
    numbers = events.numbers() if episodes is None else episodes
    for episode in itertools.chain.from_iterable(map(events.episodes, numbers)):
        turns = events.turns(episode.episode)
        ending = next(iter(events.endings(episode.episode)), None)
        yield Dialogue(
            episode.episode,
            values.from_json(episode.item),
            _states(episode.state, flow),
            tuple(_turn(turn) for turn in turns),
            tuple(_states(turn.state, flow) for turn in turns),
            learners,
            ending.why if ending else UNFINISHED,
            ending.code if ending else "",
            ending.message if ending else "",
            ending.verdicts if ending else (),
        )


def _turn(turn: journal.Turn) -> Mapping[str, Value]:
    return environment.turn_record(turn.role, turn.text, move=turn.move, act=turn.act, phase=turn.phase,
                                   number=turn.turn, arguments=values.from_json(turn.arguments),
                                   start=turn.start, end=turn.end, voice=turn.voice)


def _states(found: Mapping[str, Mapping[str, object]], flow: plan.Flow) -> States:
    """A state for every member of the cast, and for a flow that has one: one without variables may be left out of a
    journal."""
    names = (*flow.cast, plan.FLOW) if flow.state else flow.cast
    return {name: values.from_json(dict(found.get(name, {}))) for name in names}
