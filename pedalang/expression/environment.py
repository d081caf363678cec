"""What expressions see of a dialogue: the same names and shapes while it runs and when it is looked at afterwards.

    PARAM       a flow's parameter, for example the record `problem`
    CAST        each member of the cast: a record of its state, with `said`, the texts of its turns so far
    history     the turns so far, oldest first
    turn        the latest turn: speaker, text, move, act, phase, number (from 0), the move's arguments, start, end,
                voice
    phase       the name of the phase
    args        the arguments of the move at hand
    row         a row of a data file, while a record is made from it
    turns       the turns of the part of a dialogue that a criterion looks at
    previous    the turn before these, if there is one
    judged      whether each predicate by judge holds, by its key; only where judges were asked afterwards
    initial     the environment before the first turn
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedalang.expression.values import Value

NO_TURN: dict[str, Value] = {
    "speaker": "", "text": "", "move": "", "act": "", "phase": "", "number": -1, "arguments": {}, "start": None,
    "end": None, "voice": 0,
}


def turn_record(speaker: str, text: str, *, move: str = "", act: str = "", phase: str = "", number: int = 0,
                arguments: Mapping[str, Value] | None = None, start: float | None = None, end: float | None = None,
                voice: int = 0) -> dict[str, Value]:
    """One turn as expressions see it. `start` and `end` are in seconds, in recorded dialogues that tell them; `voice`
    is which of several people spoke for whom a member of the cast stands there, from 1."""
    return {"speaker": speaker, "text": text, "move": move, "act": act, "phase": phase, "number": number,
            "arguments": dict(arguments or {}), "start": start, "end": end, "voice": voice}


def environment(params: Mapping[str, Value], states: Mapping[str, Mapping[str, Value]],
                turns: Sequence[Mapping[str, Value]], *, phase: str = "",
                args: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The environment after `turns`, in `phase` (that of the latest turn where none is given)."""
    said: dict[str, list[str]] = {name: [] for name in states}
    for turn in turns:
        if turn["speaker"] in said:
            said[turn["speaker"]].append(turn["text"])
    latest = turns[-1] if turns else NO_TURN
    env: dict[str, Value] = dict(params)
    for name, state in states.items():
        env[name] = {**state, "said": tuple(said[name])}
    env["history"] = tuple(turns)
    env["turn"] = latest
    env["phase"] = phase or latest["phase"]
    env["args"] = dict(args or {})
    return env


def after(env: Mapping[str, Value], turn: Mapping[str, Value],
          states: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    """The environment after one more turn: the same as `environment` gives for all turns, without going over them."""
    new = dict(env)
    for name, state in states.items():
        said = env[name]["said"]
        new[name] = {**state, "said": (*said, turn["text"]) if name == turn["speaker"] else said}
    new["history"] = (*env["history"], turn)
    new["turn"] = turn
    new["phase"] = turn["phase"]
    new["args"] = {}
    return new


def spoken(env: Mapping[str, Value], turn: Mapping[str, Value]) -> dict[str, Value]:
    """The same as `after`, where `env` has the states already."""
    who = turn["speaker"]
    speaker = env[who]
    return {**env, who: {**speaker, "said": (*speaker["said"], turn["text"])}, "history": (*env["history"], turn),
            "turn": turn, "phase": turn["phase"], "args": turn["arguments"]}


def along(params: Mapping[str, Value], initial: Mapping[str, Mapping[str, Value]],
          turns: Sequence[Mapping[str, Value]],
          states: Sequence[Mapping[str, Mapping[str, Value]]]) -> list[dict[str, Value]]:
    """The environment after each turn of a finished dialogue; `states` are those after each turn. Each environment
    has `initial`, so that rubrics can look back. Empty for a dialogue without turns."""
    env = start = environment(params, initial, ())
    found = []
    for turn, state in zip(turns, states, strict=True):
        env = after(env, turn, state)
        env["initial"] = start
        found.append(env)
    return found
