"""A trained classifier as an artefact, and back: what it is in JSON, its numbers as arrays. What was read from outside
is held to its form before it is used.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from pedalang import plan
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.study.classifiers import features, grams
from pedalang.study.classifiers.features import Scheme, Space, Spread
from pedalang.study.classifiers.learning import Fitted
from pedalang.study.classifiers.linear import Weights
from pedalang.study.classifiers.results import Trained

KIND = "classifier"
LIBRARIES = ("numpy", "scikit-learn", "scipy")


class _Space(Struct, frozen=True, forbid_unknown_fields=True):
    feature: str
    space: str
    terms: tuple[str, ...]


class _Content(Struct, frozen=True, forbid_unknown_fields=True):
    """The classifier as the program declares it, and how its values become numbers."""

    classifier: plan.Classifier
    spaces: tuple[_Space, ...]
    numbers: tuple[str, ...]
    sublinear: bool
    encoder: str = ""
    encoded: tuple[str, ...] = ()
    last: int = 0


def keep(folder: Path, fitted: Fitted, found: Trained, program: plan.Plan, data: Mapping[str, str]) -> str:
    """Writes a classifier to a folder; returns its digest. The same classifier gives the same bytes. Raises
    `DataError`."""
    of, scheme = fitted.of, fitted.scheme
    content = _Content(msgspec.structs.replace(of, place=""), tuple(_Space(each.feature, each.space, each.terms)
                                                                    for each in scheme.spaces),
                       tuple(each.feature for each in scheme.spreads), scheme.sublinear, scheme.encoder, scheme.encoded,
                       scheme.last)
    arrays = {f"rarity.{at}": each.rarity for at, each in enumerate(scheme.spaces)}
    arrays |= {"means": np.asarray([each.mean for each in scheme.spreads], np.float64),
               "deviations": np.asarray([each.deviation for each in scheme.spreads], np.float64),
               "weights": np.ascontiguousarray(fitted.weights.weights), "intercepts": fitted.weights.intercepts}
    licence = program.datasets[of.data.dataset].licence
    artefact = trained.Artefact(
        KIND, of.name, msgspec.to_builtins(content), plan.digest(program), dict(data), of.seed,
        {name: importlib.metadata.version(name) for name in LIBRARIES},
        {of.data.dataset: licence} if licence else {}, msgspec.to_builtins(found.measures))
    return trained.save(folder, artefact, arrays)


def opened(loaded: trained.Loaded) -> Fitted:
    """A classifier out of an artefact. Raises `DataError`: PED1316 for what is none, PED1304 where its numbers do not
    fit what it says."""
    content: _Content = trained.content(loaded, KIND, _Content)
    try:
        return _fitted(content, loaded.arrays)
    except _Misfit as error:
        raise DataError("PED1304", f"`{loaded.folder}` cannot be used: {error}", help="train it anew") from None


class _Misfit(Exception):
    """What does not fit in an artefact."""


def _fitted(content: _Content, arrays: Mapping[str, Any]) -> Fitted:
    of = content.classifier
    texts = [each.name for each in of.features if each.kind == "text"]
    counted = [] if content.encoder else [(name, space) for name in texts for space in grams.SPACES]
    if [(each.feature, each.space) for each in content.spaces] != counted:
        raise _Misfit("its spaces are not those of the texts that it reads")
    if content.encoder not in ("", *features.ENCODERS) or list(content.encoded) != (texts if content.encoder else []):
        raise _Misfit("it does not say what makes numbers of the texts that it reads")
    reading = Scheme((), (), encoder=content.encoder, encoded=content.encoded, last=content.last)
    alone = not content.encoder or features.ENCODERS[content.encoder].after is None
    if not 0 <= content.last <= (0 if alone else len(content.encoded)):
        raise _Misfit("it does not say how many of its texts it makes numbers of")
    if list(content.numbers) != [each.name for each in of.features if each.kind == "number"]:
        raise _Misfit("its numbers are not those that it reads")
    if bool(of.labels) == (of.scale is not None):
        raise _Misfit("it has neither labels nor a scale")
    for each in content.spaces:
        if any(one >= other for one, other in zip(each.terms, each.terms[1:], strict=False)):
            raise _Misfit("its pieces of texts are not in order")
    width = sum(len(each.terms) for each in content.spaces) + len(content.numbers) + reading.width
    height = len(of.labels) or 1
    wanted = {f"rarity.{at}": (len(each.terms),) for at, each in enumerate(content.spaces)}
    wanted |= {"means": (len(content.numbers),), "deviations": (len(content.numbers),), "weights": (height, width),
               "intercepts": (height,)}
    _checked(arrays, wanted)
    spaces = tuple(Space(each.feature, each.space, each.terms, arrays[f"rarity.{at}"])
                   for at, each in enumerate(content.spaces))
    spreads = tuple(Spread(name, float(mean), float(deviation)) for name, mean, deviation in
                    zip(content.numbers, arrays["means"], arrays["deviations"], strict=True))
    scheme = Scheme(spaces, spreads, content.sublinear, content.encoder, content.encoded, content.last)
    return Fitted(of, scheme, Weights(arrays["weights"], arrays["intercepts"]))


def _checked(arrays: Mapping[str, Any], wanted: Mapping[str, Sequence[int]]) -> None:
    """Raises `_Misfit` for arrays of other names, kinds or shapes, and for numbers that are none."""
    if arrays.keys() != wanted.keys():
        raise _Misfit(f"its arrays are {', '.join(sorted(arrays)) or 'none'}, and not {', '.join(sorted(wanted))}")
    for name, shape in wanted.items():
        found = arrays[name]
        if found.dtype != np.float64 or found.shape != tuple(shape):
            raise _Misfit(f"`{name}` is {found.dtype} of shape {found.shape}, and not float64 of {tuple(shape)}")
        if not np.isfinite(found).all():
            raise _Misfit(f"`{name}` has numbers that are none")
    if not (arrays["deviations"] > 0).all():
        raise _Misfit("`deviations` has a deviation that is not above 0")
