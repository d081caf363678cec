"""Two runs side by side: whether they are the same, where they part first, what they were made of, how they scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from pedalang import journal
from pedalang.journal.form import NOT_CANONICAL
from pedalang.study import contrasts
from pedalang.study.scores import TOTAL, Scores
from pedalang.study.statistics import Estimate

SHOWN = 200
"""Characters of a value that differs."""


class Parting(Struct, frozen=True):
    """The first event that is not the same in both: its dialogue, turn and step, and each field that differs. `turn` is
    None before the first and after the last turn, `here` and `there` None where only one run has the event."""

    episode: int
    turn: int | None
    event: str
    step: str
    field: str
    here: Any
    there: Any


class Difference(Struct, frozen=True):
    """A measure in both runs, and the mean difference of paired dialogues, second less first. Dialogues of one item are
    a cluster: interval and p are of the sign-flip test of clusters, and there are none where these are too few."""

    here: Estimate | None
    there: Estimate | None
    paired: Estimate
    clusters: int = 0
    p: float | None = None


class Comparison(Struct, frozen=True):
    """`made` has what the runs were made of where it differs, by name; `parting` is None where nothing differs."""

    same: bool
    here: str
    """The digest of the first journal."""
    there: str
    made: dict[str, tuple[Any, Any]]
    parting: Parting | None
    measures: dict[str, Difference]
    version: int = 1


class Compared(NamedTuple):
    """A run: its journal, and its scores where it has any."""

    events: journal.Journal
    scores: Scores | None


def compare(here: Compared, there: Compared) -> Comparison:
    """Compares two runs, a dialogue of each in memory at a time. Raises `JournalFormatError`."""
    first, second = (journal.digest(journal.canonical(each.events)) for each in (here, there))
    parting = None if first == second else _parting(here.events, there.events)
    return Comparison(first == second, first, second, _made(here.events.header, there.events.header), parting,
                      _measures(here, there))


def _made(here: journal.Header, there: journal.Header) -> dict[str, tuple[Any, Any]]:
    """Plan, run, seed, number, and each engine and data set that is not the same."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in ("kind", "plan", "run", "flow", "seed", "episodes"):
        found[name] = getattr(here, name), getattr(there, name)
    for name in ("engines", "data"):
        mine, other = getattr(here, name), getattr(there, name)
        found |= {f"{name}.{key}": (mine.get(key), other.get(key)) for key in dict.fromkeys((*mine, *other))}
    found["shield"] = here.options.get("shield", "off"), there.options.get("shield", "off")
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _parting(here: journal.Journal, there: journal.Journal) -> Parting | None:
    """Where the dialogues of two journals part; None where only their headers differ."""
    mine, others = here.each_dialogue(), there.each_dialogue()
    left, right = next(mine, None), next(others, None)
    while left is not None or right is not None:
        number = min(each.episode.episode for each in (left, right) if each is not None)
        one = left if left is not None and left.episode.episode == number else None
        other = right if right is not None and right.episode.episode == number else None
        found = _first(number, _events(one), _events(other))
        if found is not None:
            return found
        left = next(mine, None) if one is not None else left
        right = next(others, None) if other is not None else right
    return None


_Key = tuple[int, int, str]


def _events(of: journal.Dialogue | None) -> dict[_Key, tuple[str, dict[str, Any]]]:
    """What is canonical of a dialogue, by turn and kind. Who answered, and by which seed, is left to the header."""
    if of is None:
        return {}
    last = 1 << 30
    found: dict[_Key, tuple[str, Any]] = {(-1, 0, ""): ("dialogue", of.episode)}
    found |= {(each.turn if each.turn >= 0 else last, 1, each.step): ("answer", each) for each in of.completions}
    found |= {(each.turn, 2, str(each.step)): ("intervention", each) for each in of.interventions}
    found |= {(each.turn, 3, ""): ("turn", each) for each in of.turns}
    if of.ending is not None:
        found[last, 0, ""] = "end", of.ending
    left_out = {*NOT_CANONICAL, "engine", "model", "seed"}
    return {key: (name, {field: value for field, value in msgspec.to_builtins(event).items() if field not in left_out})
            for key, (name, event) in found.items()}


def _first(number: int, mine: Mapping[_Key, tuple[str, dict[str, Any]]],
           others: Mapping[_Key, tuple[str, dict[str, Any]]]) -> Parting | None:
    for key in sorted({*mine, *others}):
        one, other = mine.get(key), others.get(key)
        if one == other:
            continue
        turn = key[0] if 0 <= key[0] < 1 << 30 else None
        if one is None or other is None:
            name = (one or other or ("", {}))[0]
            return Parting(number, turn, name, key[2], "", one and _shown(one[1]), other and _shown(other[1]))
        differ = [name for name in one[1] if one[1][name] != other[1].get(name)]
        field = next((name for name in differ if name != "prompt"), "prompt")
        return Parting(number, turn, one[0], key[2], field, _shown(one[1][field]), _shown(other[1].get(field)))
    return None


def _shown(value: Any) -> Any:
    if isinstance(value, str | dict | list | tuple):
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        return text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return value


def _measures(here: Compared, there: Compared) -> dict[str, Difference]:
    """Both runs' measures, and the differences of the dialogues that are of the same item and draw the same."""
    if here.scores is None or there.scores is None:
        return {}
    pairs = list(_pairs(here.events, there.events))
    mine, others = ({row.episode: {**row.values, TOTAL: row.total} for row in each.scores.dialogues}
                    for each in (here, there) if each.scores is not None)
    found: dict[str, Difference] = {}
    for name in dict.fromkeys((*here.scores.measures, *there.scores.measures)):
        known = [(less, item) for one, two, item in pairs
                 if (less := _less(others.get(two, {}).get(name), mine.get(one, {}).get(name))) is not None]
        found[name] = _difference(here.scores.measures.get(name), there.scores.measures.get(name), known,
                                  len(pairs) - len(known))
    return found


def _difference(here: Estimate | None, there: Estimate | None, known: Sequence[tuple[float, bytes]],
                missing: int) -> Difference:
    """Of the differences of pairs, each with its item."""
    if not known:
        return Difference(here, there, Estimate(None, 0, missing))
    numbers = {item: at for at, item in enumerate(dict.fromkeys(item for _, item in known))}
    differences = np.array([less for less, _ in known])
    tested = contrasts.paired(differences, np.array([numbers[item] for _, item in known], dtype=np.intp))
    paired = Estimate(float(differences.mean()), len(known), missing, tested.low, tested.high)
    return Difference(here, there, paired, len(numbers), tested.p)


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _pairs(here: journal.Journal, there: journal.Journal) -> Iterator[tuple[int, int, bytes]]:
    """Dialogues of the same item, cell and number of its kind, with their item; of none where the seeds differ, since
    then the draws of the rules do."""
    if here.header.seed != there.header.seed:
        return
    others = {_of(each): each.episode for each in there.episodes()}
    for each in here.episodes():
        number = others.get(_of(each))
        if number is not None:
            yield each.episode, number, msgspec.json.encode(each.item, order="deterministic")


def _of(episode: journal.Episode) -> tuple[int, bytes]:
    told = {"item": episode.item, "cell": episode.cell}
    return episode.episode, msgspec.json.encode(told, order="deterministic")
