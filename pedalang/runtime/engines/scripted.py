"""The engine `scripted:FILE`: answers that somebody wrote beforehand, in a file or as a Python function.

A file holds JSON, in one of two forms:

    ["What is the half?", 1, "Good."]              a list: one entry a request, in the order in which they are asked
    {"0/*/speech": "Hm.", "*/move": [2, 0]}        an object: pattern of a request's key (`episode/turn/step`, with the
                                                   wildcards * ? [...]) to an entry; the first that fits counts. A list
                                                   of entries is gone through by the number of the turn, over and over

and a file named `*.jsonl` holds the first form, one entry a line. An entry is a text to say, or to choose where there
are choices; a number, the index of a choice; or null, which is no entry. Where nothing fits, the first choice is taken,
and what should be said is an error: PED1109.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

Entry: TypeAlias = str | int | Reply | EngineError | None
"""What to answer: a text, the index of a choice, a whole reply, a failure, or nothing in particular."""
Script: TypeAlias = Callable[[Request], Entry]

PICKED, OTHERS = 0.0, -1.0
"""The score of the choice that the script takes, and of all others."""
SHOWN = 16
"""Digits of the file's hash in the engine's name."""


class Scripted:
    """Answers by a script."""

    abilities = Abilities(choose=True, scores=True, deterministic=True, slots=64,
                          honours=frozenset({"top_p", "adapter"}))

    def __init__(self, script: Script, name: str = "scripted:") -> None:
        self._script = script
        self.name, self.model = name, ""

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [self._answer(request) for request in requests]

    async def close(self) -> None:
        """There is nothing to close."""

    def _answer(self, request: Request) -> Reply | EngineError:
        entry = self._script(request)
        if isinstance(entry, Reply | EngineError):
            return entry
        return _chosen(request, entry) if request.choices else _said(request, entry)


def open(options: Options) -> Engine:
    """Raises `EngineError`: PED1112 where no file is named, PED1113 where it cannot be read or is no script."""
    if not options.target:
        raise EngineError("PED1112", "`scripted:` names no file", help="name one: `scripted:replies.json`")
    path = Path(options.target)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from None
    return Scripted(_script(path, data), f"scripted:{path.name} sha256:{sha256(data).hexdigest()[:SHOWN]}")


def availability() -> Availability:
    return Availability(True, "answers written beforehand, in a JSON file", example="scripted:replies.json")


def from_function(script: Script, name: str = "scripted:") -> Scripted:
    """An engine that answers by a function of the request."""
    return Scripted(script, name)


def from_list(entries: Iterable[Entry], name: str = "scripted:") -> Scripted:
    """An engine that answers with one entry a request, in order; after the last, as where nothing fits."""
    return Scripted(_in_order(entries), name)


def from_patterns(entries: Mapping[str, Entry | Sequence[Entry]], name: str = "scripted:") -> Scripted:
    """An engine that answers by the first pattern that fits a request's key."""
    return Scripted(_by_key(entries), name)


def _in_order(entries: Iterable[Entry]) -> Script:
    left = iter(entries)
    return lambda request: next(left, None)


def _by_key(entries: Mapping[str, Entry | Sequence[Entry]]) -> Script:
    patterns = tuple(entries.items())

    def script(request: Request) -> Entry:
        for pattern, entry in patterns:
            if fnmatchcase(request.key, pattern):
                if entry is None or isinstance(entry, str | int | Reply | EngineError):
                    return entry
                return _of_turn(entry, request.key)
        return None

    return script


def _of_turn(entries: Sequence[Entry], key: str) -> Entry:
    turn = key.split("/")[1] if key.count("/") else "0"
    return entries[int(turn) % len(entries)] if entries and turn.lstrip("-").isdigit() else None


def _chosen(request: Request, entry: str | int | None) -> Reply | EngineError:
    choices = request.choices
    if isinstance(entry, str):
        if entry not in choices:
            return EngineError("PED1109", f"the script's `{entry}` for {_asked(request)} is none of the choices",
                               help=f"the choices are: {' | '.join(choices)}")
        entry = choices.index(entry)
    picked = entry or 0
    if not 0 <= picked < len(choices):
        return EngineError("PED1109", f"the script takes choice {picked} for {_asked(request)}, which has "
                                      f"{len(choices)}", help=f"the first one is 0, the last {len(choices) - 1}")
    scores = tuple([PICKED if place == picked else OTHERS for place in range(len(choices))])
    return Reply(choices[picked], picked, scores, scores)


def _said(request: Request, entry: str | int | None) -> Reply | EngineError:
    if not isinstance(entry, str):
        what = "no text" if entry is None else f"the number {entry}, not a text,"
        return EngineError("PED1109", f"the script has {what} for {_asked(request)}",
                           help="add an entry whose pattern fits this key, or one more entry to a list")
    return Reply(entry, tokens_out=len(entry.split()))


def _asked(request: Request) -> str:
    return f"`{request.key}`" if request.key else f"a {request.purpose}"


def _script(path: Path, data: bytes) -> Script:
    try:
        text = data.decode("utf-8")
        found = [json.loads(line) for line in text.split("\n") if line.strip()] if path.suffix == ".jsonl" \
            else json.loads(text)
    except UnicodeDecodeError:
        raise _unusable(path, "it is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise _unusable(path, f"it is not JSON: {error}") from None
    if isinstance(found, list) and all(map(_is_entry, found)):
        return _in_order(found)
    if isinstance(found, dict) and all(_is_entry(each) or (isinstance(each, list) and all(map(_is_entry, each)))
                                       for each in found.values()):
        return _by_key(found)
    raise _unusable(path, "it is neither a list of entries nor an object of patterns and entries")


def _is_entry(value: object) -> bool:
    return value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _unusable(path: Path, why: str) -> EngineError:
    return EngineError("PED1113", f"{path} is no script: {why}", help="`ped explain PED1113` shows both forms")
