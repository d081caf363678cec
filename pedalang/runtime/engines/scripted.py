"""Answers what was written down before: from a file, a list, or a Python function. What tests use.

A file is JSON, in one of two forms. A list holds the answers in the order in which they are asked for:

    ["How did you get 2/5?", 0, "Well done."]

An object maps patterns of keys `EPISODE/TURN/STEP` (`*` and `?` stand for anything) to an answer, or to a list of
answers that are taken turn by turn, from the start again after the last; the first pattern that fits is meant:

    {"0/3/speech": "It is 5/6.", "*/speech": ["Tell me more.", "And then?"]}

An answer is a text, or the number of a choice from 0. Choices for which nothing is written are answered with the first;
free speech for which nothing is written is an error, PED1109.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

Answer = str | int
Script = Callable[[Request], "Answer | Reply | None"]

CHOSEN, PASSED_OVER = 0.0, -1.0
"""What stands in place of log-probabilities: a script has none, but callers may compare."""


class ScriptedEngine:
    """Asks a script; None from it means that nothing is written for the request."""

    abilities = Abilities(choose=True, scores=True, deterministic=True, slots=64)

    def __init__(self, script: Script, name: str) -> None:
        self._script = script
        self.name = name

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [_reply(request, self._script(request)) for request in requests]

    async def close(self) -> None: ...


def open(options: Options) -> Engine:
    """An engine over a script file. Raises `EngineError` PED1103 where it cannot be read."""
    path = Path(options.target)
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EngineError("PED1103", f"the script `{options.target}` cannot be read: {error}",
                          help="name a JSON file: a list of answers, or an object of keys and answers") from None
    name = f"scripted:{path.name}"
    if isinstance(written, list) and all(_is_answer(answer) for answer in written):
        return from_list(written, name)
    if isinstance(written, dict):
        keyed = {key: value if isinstance(value, list) else [value] for key, value in written.items()}
        if all(answers and all(_is_answer(answer) for answer in answers) for answers in keyed.values()):
            return from_function(_by_key(keyed), name)
    raise EngineError("PED1103", f"`{options.target}` is no script",
                      help="an answer is a text, or the number of a choice from 0")


def availability() -> Availability:
    return Availability(True, "answers from a JSON file, for tests", example="scripted:replies.json")


def from_list(answers: Sequence[Answer], name: str = "scripted:list") -> ScriptedEngine:
    """An engine that gives the answers one after the other, then none."""
    left = iter(answers)
    return ScriptedEngine(lambda request: next(left, None), name)


def from_function(script: Script, name: str = "scripted:function") -> ScriptedEngine:
    """An engine that asks a function."""
    return ScriptedEngine(script, name)


def _is_answer(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _by_key(keyed: Mapping[str, list[Answer]]) -> Script:
    def script(request: Request) -> Answer | None:
        for pattern, answers in keyed.items():
            if fnmatchcase(request.key, pattern):
                turn = request.key.split("/")[1:2]
                at = int(turn[0]) if turn and turn[0].isdecimal() else 0
                return answers[at % len(answers)]
        return None

    return script


def _reply(request: Request, answer: Answer | Reply | None) -> Reply | EngineError:
    if isinstance(answer, Reply):
        return answer
    if request.choices:
        return _chosen(request, answer)
    if answer is None:
        return EngineError("PED1109", f"nothing is written for {request.key or 'a request'}",
                           help="add an answer for it to the script")
    return Reply(str(answer), tokens_out=len(str(answer).split()))


def _chosen(request: Request, answer: Answer | None) -> Reply | EngineError:
    choices = request.choices
    if isinstance(answer, str):
        if answer not in choices:
            return EngineError("PED1109", f"{answer!r} is written for {request.key or 'a request'}, and is no choice",
                               help="write one of the choices, or its number from 0")
        answer = choices.index(answer)
    at = answer or 0
    if not 0 <= at < len(choices):
        return EngineError("PED1109", f"choice {at} is written for {request.key or 'a request'}, of {len(choices)}",
                           help=f"the choices are numbered from 0 to {len(choices) - 1}")
    scores = tuple(CHOSEN if number == at else PASSED_OVER for number in range(len(choices)))
    return Reply(choices[at], at, scores, scores)
