"""What was trained and is brought to a run: found, verified, and held to the program that uses it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pedalang import journal, plan
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.runtime.errors import RunError
from pedalang.study import validated
from pedalang.study.classifiers import keeping, using
from pedalang.study.given import Classifier, Given
from pedalang.study.validated import Validation

OPTION = "trained"
"""Where a journal's header says what was brought: the digest of each artefact, by its folder."""


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """The artefacts in these folders, each with its digest. Raises `DataError`."""
    return {str(folder.resolve()): trained.load(folder).sha256 for path in paths for folder in trained.folders(path)}


def option(trained: Mapping[str, str] | None) -> dict[str, dict[str, str]]:
    """What a journal's header says of it; nothing where nothing was brought."""
    return {OPTION: dict(trained)} if trained else {}


def given(of: plan.Plan, header: journal.Header, beside: Given, environment: Mapping[str, str]) -> Given:
    """What scoring is given, with the classifiers and the records of judges that were brought to a run; a record of the
    run's own counts before one that was brought. Raises `DataError`."""
    told = header.options.get(OPTION, {})
    return dataclasses.replace(beside, classifiers={**beside.classifiers, **classifiers(of, told, environment)},
                               judges={**_records(told), **beside.judges})


def classifiers(of: plan.Plan, brought: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Classifier]:
    """Those among some artefacts, by name. Raises `DataError`: PED1306 for one that is not what it was when the run
    began, PED1305 for one that is not the program's."""
    found: dict[str, Classifier] = {}
    for loaded in _loaded(brought):
        if loaded.artefact.kind != keeping.KIND:
            continue
        fitted = keeping.opened(loaded)
        using.fitting(of, fitted)
        if fitted.of.name in found:
            raise DataError("PED1305", f"`{fitted.of.name}` is brought twice", help="leave one of the folders out")
        found[fitted.of.name] = using.classifier(fitted, environment)
    return found


def _records(brought: Mapping[str, str]) -> dict[str, Validation]:
    return {name: each for loaded in _loaded(brought) if loaded.artefact.kind == validated.KIND
            for name, each in validated.load(loaded).items()}


def _loaded(brought: Mapping[str, str]) -> Iterator[trained.Loaded]:
    for path, digest in brought.items():
        loaded = trained.load(Path(path))
        if loaded.sha256 != digest:
            raise DataError("PED1306", f"`{path}` holds something else than what the run began with",
                            help="put back what was there, or begin another run")
        yield loaded


def measurable(of: plan.Plan, rubric: str, brought: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Raises what `classifiers` does, and `RunError` PED1307 for a rubric whose total could be had in no dialogue: a
    criterion that counts in it, or is its gate, uses a classifier that was not brought."""
    known = classifiers(of, brought, environment)
    for each in of.rubrics[rubric].criteria if rubric else ():
        if each.model is not None and each.model.uses not in known and (each.weight or each.gate):
            raise RunError("PED1307", f"`{each.name}` counts in the rubric `{rubric}`, and the classifier "
                           f"`{each.model.uses}` was not brought", place=each.place,
                           help="train it with `ped train FILE --out DIR`, and bring it with `--trained DIR`")
