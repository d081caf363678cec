"""The report of a run: one HTML file that needs nothing else, neither network nor scripts.

What is shown is decided in the panels, one file each; how it looks, in `templates/`. Every text of a run is escaped.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from pedalang import journal as journals
from pedalang import plan as plans
from pedalang.study.report import (
    agreed,
    calibration,
    cells,
    contracts,
    course,
    dialogues,
    distributions,
    judging,
    measures,
    moves,
    passage,
    provenance,
    states,
    summary,
    systems,
    tally,
    wording,
)
from pedalang.study.report.evidence import Evidence, choose, gather
from pedalang.study.scores import ScoresError

PLAN = "plan.json"
SCORES = "scores.json"
REPORT = "report.html"
MOST_DIALOGUES = 200
BYTES_OF_DIALOGUES = 15_000_000
"""Dialogues beyond this are left to the journal, so that a page stays under 20 MB."""
FEW = 6
"""So few dialogues are all unfolded."""


def write(folder: Path) -> Path:
    """Reads a run's folder and writes its report there, all or nothing; returns the report's path.

    Scores may be absent. Raises `FileNotFoundError`, `plan.PlanError`, `journal.JournalFormatError`, `ScoresError` for
    what cannot be read, `OSError` for what cannot be written.
    """
    plan = plans.from_json((folder / PLAN).read_bytes())
    scores = _read_scores(folder / SCORES)
    journal = journals.open_journal(folder)
    try:
        text = html(plan, journal, scores)
    finally:
        journal.close()
    return _replace(folder / REPORT, text.encode())


def html(plan: plans.Plan, journal: journals.Journal, scores: Mapping[str, Any]) -> str:
    """The page. The same plan, journal and scores give the same text. Raises `ScoresError`."""
    evidence = gather(plan, journal, scores)
    environment = templates()
    views, blocks = _render(environment, evidence)
    counted = tally.count(evidence)
    return environment.get_template("page.html").render(
        summary=summary.panel(evidence, counted),
        measures=measures.panel(evidence),
        course=course.panel(evidence),
        cells=cells.panel(evidence),
        systems=systems.panel(evidence),
        distributions=distributions.panel(evidence),
        agreement=agreed.panel(evidence, views),
        calibration=calibration.panel(evidence),
        judging=judging.panel(evidence),
        contracts=contracts.panel(evidence, counted, {view.number: view.turns for view in views}),
        shielded=contracts.shielded(evidence, counted),
        passage=passage.panel(evidence, counted),
        states=states.panel(counted),
        moves=moves.panel(evidence, counted),
        index=dialogues.index(evidence, views),
        blocks=blocks,
        provenance=provenance.panel(evidence, counted),
    )


def _render(environment: jinja2.Environment, evidence: Evidence) -> tuple[list[dialogues.View], list[Markup]]:
    """Dialogues in the order of reading, as many as there is room for. A page of few is unfolded whole, else the
    first, and what failed or broke a hard clause among the first."""
    template = environment.get_template("dialogue.html")
    views: list[dialogues.View] = []
    blocks: list[Markup] = []
    room = BYTES_OF_DIALOGUES
    chosen = choose(evidence, MOST_DIALOGUES)
    for at, dialogue in enumerate(chosen):
        view = dialogues.view(evidence, dialogue)
        is_open = at == 0 or (at < FEW and (len(chosen) <= FEW or dialogue.kind in ("failed", "hard")))
        block = template.render(view=view, is_open=is_open)
        room -= len(block.encode())
        if room < 0:
            break
        views.append(view)
        blocks.append(Markup(block))
    return views, blocks


@cache
def templates() -> jinja2.Environment:
    """The pages and their parts, in which every text is escaped and what is not known is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("pedalang.study.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _printable(value: Any) -> Any:
    return wording.clean(value) if type(value) is str else value


def _read_scores(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, RecursionError) as error:
        raise ScoresError(f"not scores: {error}") from None


def _replace(path: Path, content: bytes) -> Path:
    """Puts a file in place at once: a reader sees the old one or the new one, whole."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
