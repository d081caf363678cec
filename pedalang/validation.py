"""The judges of a run held against people: what both said, compared, and the record kept. Nothing is asked of a model.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pedalang import api, diagnostic, journal, plan
from pedalang.exchange import tables
from pedalang.exchange.errors import DataError
from pedalang.runtime.errors import RunError
from pedalang.study import rated, scores, validated, validating
from pedalang.study.rated import Ratings
from pedalang.study.scores import Scores
from pedalang.study.validated import Validation
from pedalang.study.validating import Source


@dataclass(frozen=True, slots=True)
class Asked:
    """Which judges are held against whom: `criterion` is one of the judged ones, or all where it is empty; `against` a
    criterion by human, `ratings` a file of them; `by` a field of the items whose values say which dialogues belong
    together; `again` a run in which the same judges were asked once more; `date` is told in the record."""

    criterion: str
    against: str
    ratings: Path | None
    by: str
    again: Path | None
    date: str


def validate(folder: Path, asked: Asked, out: Path | None) -> dict[str, Validation]:
    """Compares the judges of a run that was scored with people, and keeps the records in `out`, or beside those of its
    other judges in the run's own folder. Raises `RunError`: PED1470 where no such criterion is judged, PED1471 where
    there is nothing to compare with, PED1319 where no unit was rated and judged."""
    of, events = api.read_run(folder)
    try:
        found = _compared(folder, of, events, asked)
    finally:
        events.close()
    before = validated.own(folder) if out is None else {}
    validated.save(out or folder / validated.FOLDER, {**before, **found}, plan.digest(of))
    return found


def _compared(folder: Path, of: plan.Plan, events: journal.Journal, asked: Asked) -> dict[str, Validation]:
    own = _scores(folder)
    again = _scores(asked.again) if asked.again is not None else None
    rubric = of.rubrics.get(own.rubric) or plan.Rubric("", events.header.flow, ())
    groups = rated.grouped(events.episodes(), asked.by) if asked.by else {}
    found: dict[str, Validation] = {}
    for criterion in _judged(rubric, asked.criterion):
        against, data, said = _said(own, rubric, criterion, asked, events)
        source = Source(against, data, own.judges[criterion.name].model, asked.date)
        found[criterion.name] = _validation(own, criterion, said, groups, again, source)
    return found


def _validation(own: Scores, criterion: plan.Criterion, said: Ratings, groups: Mapping[int, Hashable],
                again: Scores | None, source: Source) -> Validation:
    both, missing = rated.pairs(own, criterion, said, groups, again)
    if not both:
        why = f"{missing} units were rated by people, and none of them was judged" if missing else \
            "nobody has rated anything that it judged"
        raise RunError("PED1319", f"the judge of `{criterion.name}` cannot be compared with {source.against}: {why}",
                       help="rate the run (`ped rate`), or judge it (`ped report`)")
    return validating.validate(criterion, both, missing, source)


def _judged(rubric: plan.Rubric, name: str) -> list[plan.Criterion]:
    """The judged criterion of that name; without one, all of them."""
    judged = {each.name: each for each in rubric.criteria if each.judge is not None}
    if not judged or (name and name not in judged):
        what = f"no criterion `{name}` is judged in this run" if name else "nothing is judged in this run"
        raise RunError("PED1470", what, help=diagnostic.did_you_mean(name, judged)
                       or f"judged are: {', '.join(judged) or 'none'}")
    return [judged[name]] if name else list(judged.values())


def _said(own: Scores, rubric: plan.Rubric, criterion: plan.Criterion, asked: Asked,
          events: journal.Journal) -> tuple[str, dict[str, str], Ratings]:
    """What people said: what it is called, the digests of its data, and each rating."""
    assert criterion.judge is not None
    if asked.ratings is None:
        declared = criterion.judge.agreement.against if criterion.judge.agreement is not None else ""
        theirs = rated.against(rubric, criterion, asked.against or declared)
        return theirs.name, dict(events.header.data), rated.ratings(own, theirs.name)
    try:
        table = tables.read(asked.ratings)
    except OSError as error:
        raise DataError("PED0801", f"`{asked.ratings}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
                        help="say where the ratings are: `--ratings FILE`") from None
    said = rated.of_rows([row.fields for row in table.rows], criterion.judge, criterion.name)
    return asked.ratings.name, {**events.header.data, asked.ratings.name: table.sha256}, said


def _scores(folder: Path) -> Scores:
    try:
        return scores.from_json((folder / api.SCORES_NAME).read_bytes())
    except (OSError, scores.ScoresError):
        raise RunError("PED1475", f"`{folder}` has no scores that can be read",
                       help=f"score it first: ped report {folder}") from None
