"""A run brought out in a form that other programs read: what the form needs of the run is found here, and given to it.

A form is a file of `study/exports`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

from pedalang import api, journal, plan
from pedalang.diagnostic import did_you_mean
from pedalang.exchange import redacting
from pedalang.exchange.errors import DataError
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import folder as folders
from pedalang.runtime import recalled, retaking
from pedalang.runtime.errors import JournalError
from pedalang.study import examples, exports, scores
from pedalang.study.examples import Run, Sought
from pedalang.study.written import Written

FOLDER = "exports"
"""In a run's folder, where a form is put that is given no other place."""


LIBRARIES = {"inspect_ai": "the library of Inspect AI"}
"""Those that a form is written with, and that are installed by the extra of its name."""


class Form(Protocol):
    """A file of `study/exports`."""

    NAME: str
    PROMPTS: bool
    SCORES: bool

    def write(self, run: Run, path: Path, /) -> Written: ...


def forms() -> list[str]:
    """The names of the forms that there are."""
    return sorted(entry.name for entry in pkgutil.iter_modules(exports.__path__))


def export(folder: Path, name: str, path: Path | None, sought: Sought, evaluate: Evaluator) -> Written:
    """Writes a run in a form, by default into its own folder. `sought` with nobody means all who are no students, of
    labels everybody. Raises `RunError`: PED1480 to PED1485, PED1207 where a dialogue does not come out again;
    `OSError`."""
    form = _form(name)
    of, events = api.read_run(folder)
    try:
        run = _run(folder, of, events, form, sought, evaluate)
        found = form.write(run, path or folder / FOLDER / form.NAME)
    except (journal.JournalFormatError, ValueError) as error:
        raise folders.no_run(folder, str(error)) from None
    finally:
        events.close()
    if not any(found.rows.values()):
        for each in found.paths:
            each.unlink(missing_ok=True)
        why = "; ".join(f"{reason} ({count} times)" for reason, count in found.left_out.items())
        raise JournalError("PED1483", f"{folder} gives no `{name}`: {why or 'nobody was asked anything in it'}",
                           help="`ped explain PED1483` says what each form needs of a run")
    return found


def _form(name: str) -> Form:
    """Raises `DataError` PED1484 where the form's library is missing."""
    try:
        return cast(Form, importlib.import_module(f"{exports.__name__}.{name}"))
    except ImportError as error:
        library = (error.name or "").partition(".")[0]
        if library not in LIBRARIES:
            raise
        raise DataError("PED1484", f"`{name}` is written with {LIBRARIES[library]}, which is not installed",
                        help=f"pip install 'pedalang[{name}]'") from None


def _run(folder: Path, of: plan.Plan, events: journal.Journal, form: Form, sought: Sought,
         evaluate: Evaluator) -> Run:
    header = events.header
    flow = of.flows[header.flow]
    scored = _scores(folder, form, sought)
    taken = _taken(folder, of, events, form, evaluate)
    sought = replace(sought, who=_members(flow, form, sought.who))
    by_dialogue = {each.episode: each for each in scored.dialogues} if scored is not None else {}

    def each() -> Iterator[examples.Played]:
        for known in events.each_dialogue():
            calls = recalled.of_dialogue(taken, known) if taken is not None else []
            yield examples.played(known, calls, flow, sought, by_dialogue)

    begun = next((sitting.begun for sitting in events.sittings()), 0.0)
    return Run(folder.resolve().name, of, events, begun, scored, sought, each)


def _members(flow: plan.Flow, form: Form, said: Sequence[str]) -> tuple[str, ...]:
    for who in said:
        if who not in flow.cast:
            raise JournalError("PED1485", f"nobody is cast as `{who}` in flow {flow.name}",
                               help=did_you_mean(who, flow.cast) or f"its cast is {', '.join(flow.cast)}")
    return tuple(said) or (examples.teachers(flow) if form.PROMPTS else tuple(flow.cast))


def _taken(folder: Path, of: plan.Plan, events: journal.Journal, form: Form,
           evaluate: Evaluator) -> retaking.Taking | None:
    """How dialogues are taken again, for their prompts; None where nobody was asked, and the form can do without."""
    kind = events.header.kind
    if kind != "observe" and redacting.OPTION not in events.header.options:
        return retaking.taken(of, events, evaluate)
    if form.PROMPTS:
        what = "it is a redacted copy, and its words are not those that were said" if kind != "observe" else \
            "its dialogues are recorded, and nobody was asked for them"
        raise JournalError("PED1480", f"what was asked in {folder} cannot be made again: {what}",
                           help="`classifier`, `hf`, `inspect` and `parquet` need no prompts")
    return None


def _scores(folder: Path, form: Form, sought: Sought) -> scores.Scores | None:
    try:
        found = scores.from_json((folder / api.SCORES_NAME).read_bytes())
    except FileNotFoundError:
        found = None
    except scores.ScoresError as error:
        raise JournalError("PED1482", f"the scores of {folder} cannot be read: {error}",
                           help=f"score it anew: `ped report {folder}`") from None
    chosen = sought.at_least is not None or sought.criterion != scores.TOTAL
    if found is None and (form.SCORES or chosen):
        raise JournalError("PED1482", f"{folder} has no scores, by which dialogues would be told apart",
                           help=f"score it: `ped report {folder}`; its program needs a rubric")
    names = {name for each in found.dialogues for name in each.values} if found is not None else set()
    if chosen and sought.criterion != scores.TOTAL and sought.criterion not in names:
        raise JournalError("PED1481", f"{folder} is not scored by a criterion `{sought.criterion}`",
                           help=did_you_mean(sought.criterion, names, "it is scored by"))
    return found
