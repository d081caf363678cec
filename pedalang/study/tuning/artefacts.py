"""Two tuned programs side by side: what they were made of, what they are worth, what they changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from pedalang import plan
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.overlay import AS_WRITTEN, Tuned
from pedalang.study.tuning import keeping
from pedalang.study.tuning.changes import Change, changes

TUNED = "tuned"
"""The folder inside a tuning's that the artefact lies in."""
DIGITS = 12
"""Of a digest."""


class Compared(Struct, frozen=True):
    """`made` has what was made otherwise, by name, None where one has nothing of the kind; `changes` what was tuned
    otherwise, from the first to the second."""

    same: bool
    made: dict[str, tuple[Any, Any]]
    changes: tuple[Change, ...]
    version: int = 1


class _Side(Struct, frozen=True):
    """One of the two: a program as it is written, or something that was tuned."""

    flow: str
    tuned: Tuned
    made: dict[str, Any]
    program: plan.Plan | None = None


def compared(first: plan.Plan | Path, second: plan.Plan | Path) -> Compared:
    """Two artefacts, by their folders or those of their tunings, or a program and an artefact. Raises `DataError`:
    PED1316 and PED1317 for what is no artefact, PED1336 where the two are of different flows, or both are programs."""
    opened = {path: _opened(path) for path in (first, second) if isinstance(path, Path)}
    if not opened:
        raise DataError("PED1336", "both are programs, and neither was tuned",
                        help="name a folder that `ped optimize` has written")
    flows = sorted({side.flow for side in opened.values()})
    if len(flows) > 1:
        raise DataError("PED1336", f"one was tuned for the flow `{flows[0]}`, the other for `{flows[1]}`",
                        help="compare what was tuned for the same flow")
    here, there = (opened[each] if isinstance(each, Path) else _written(each, flows[0]) for each in (first, second))
    program = here.program or there.program
    told = changes(here.tuned, there.tuned, program, flows[0] if program is not None else "")
    names = dict.fromkeys((*here.made, *there.made)) if program is None else ("plan",)
    made = {name: (here.made.get(name), there.made.get(name)) for name in names
            if here.made.get(name) != there.made.get(name)}
    return Compared(not told and not made, made, told)


def _written(of: plan.Plan, flow: str) -> _Side:
    if flow not in of.flows:
        raise DataError("PED1336", f"it was tuned for the flow `{flow}`, which the program does not have",
                        help="name the program that was tuned")
    return _Side(flow, AS_WRITTEN, {"plan": plan.digest(of)[:DIGITS]}, of)


def _opened(path: Path) -> _Side:
    """An artefact, verified."""
    inside = path / TUNED
    loaded, content = keeping.opened(inside if (inside / trained.ARTEFACT).is_file() else path)
    artefact = loaded.artefact
    made: dict[str, Any] = {"plan": artefact.program[:DIGITS], "name": artefact.name, "method": content.method,
                            "seed": artefact.seed}
    for kind, found in (("data", artefact.data), ("engine", content.engines), ("library", artefact.libraries)):
        made |= {f"{kind} {name}": value[:DIGITS] if kind == "data" else value for name, value in found.items()}
    made |= {f"{name} score": _value(found) for name, found in artefact.measures.items()}
    return _Side(content.flow, content.tuned, made)


def _value(found: Any) -> float | None:
    """The mean of a measure that an artefact holds; None for what is no measure."""
    value = found.get("value") if isinstance(found, dict) else None
    return round(value, 4) if isinstance(value, int | float) else None
