"""Features: what a classifier reads, as numbers. A text becomes TF-IDF weights of its pieces, each text in spaces of
its own; a number is standardised.

    weight of a piece = times it stands in the text x (ln((1 + texts) / (1 + texts with the piece)) + 1)

and each text's weights, in each space, are divided by their length: the weights of scikit-learn's `TfidfVectorizer`. A
number that is not known counts as the mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from pedalang import plan
from pedalang.study.classifiers import grams, minilm, small, sparse
from pedalang.study.classifiers.examples import Column
from pedalang.study.classifiers.sparse import Matrix, Numbers, Places


class Encoder(NamedTuple):
    """What makes a row of so many numbers of each text, without learning anything."""

    width: int
    encode: Callable[[Sequence[str], Mapping[str, str]], Numbers]
    """Of texts; the environment says where what is made once is kept."""
    after: Callable[[Sequence[Sequence[str]], int, Mapping[str, str]], Numbers] | None = None
    """Of the last of several texts that are read one after the other, where it can."""


ENCODERS: Mapping[str, Encoder] = {"minilm": Encoder(minilm.WIDTH, lambda texts, _: minilm.embedded(texts)),
                                   "smollm2": Encoder(small.WIDTH, small.embedded, small.after)}


@dataclass(frozen=True, slots=True)
class Counts:
    """The pieces of a text in one space, counted in all examples."""

    feature: str
    space: str
    terms: tuple[str, ...]
    """In order; a column each."""
    matrix: Matrix


@dataclass(frozen=True)
class Space:
    """A space that was learnt: which pieces count, and how much the rarity of each."""

    feature: str
    space: str
    terms: tuple[str, ...]
    rarity: Numbers

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The column of each piece."""
        return {term: at for at, term in enumerate(self.terms)}


@dataclass(frozen=True, slots=True)
class Spread:
    """A number's mean, and how far from it is as much as a whole text: its standard deviation, 1 where it never varies,
    divided by the weight of numbers."""

    feature: str
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Scheme:
    """How values become numbers. `sublinear` takes 1 + ln of how often a piece stands in a text."""

    spaces: tuple[Space, ...]
    spreads: tuple[Spread, ...]
    sublinear: bool = False
    encoder: str = ""
    """What makes numbers of texts where pieces are not counted."""
    encoded: tuple[str, ...] = ()
    """The texts that it reads."""
    last: int = 0
    """How many of them it makes numbers of, read one after the other; 0 where it reads each by itself."""

    @property
    def width(self) -> int:
        """How many numbers the encoder makes."""
        return (self.last or len(self.encoded)) * ENCODERS[self.encoder].width if self.encoder else 0


def counts(features: Sequence[plan.Feature], columns: Mapping[str, Column]) -> list[Counts]:
    """The pieces of each text, counted once for all folds."""
    return [_counts(each.name, space, columns[each.name]) for each in features if each.kind == "text"
            for space in grams.SPACES]


def _counts(feature: str, space: str, texts: Column) -> Counts:
    known: dict[str, int] = {}
    rows, columns, values = [], [], []
    seen: dict[str, Counter[str]] = {}
    for at, text in enumerate(texts):
        found = seen.get(text) or seen.setdefault(text, grams.counted(space, text))
        rows += [at] * len(found)
        columns += [known.setdefault(piece, len(known)) for piece in found]
        values += found.values()
    terms = sorted(known)
    place = np.empty(len(terms), np.intp)
    place[[known[term] for term in terms]] = np.arange(len(terms))
    row, column = np.asarray(rows, np.intp), place[np.asarray(columns, np.intp)]
    order = np.lexsort((column, row))
    return Counts(feature, space, tuple(terms), Matrix(row[order], column[order], np.asarray(values, np.float64)[order],
                                                       (len(texts), len(terms))))


def encoded(scheme: Scheme, columns: Mapping[str, Column], environment: Mapping[str, str]) -> Matrix:
    """Texts as an encoder's numbers, one beside the other. Raises `RunError` where it is not installed."""
    height = len(next(iter(columns.values())))
    encoder, texts = ENCODERS[scheme.encoder], [[str(text) for text in columns[name]] for name in scheme.encoded]
    if scheme.last and encoder.after is not None:
        return sparse.dense(encoder.after([*zip(*texts, strict=True)], scheme.last, environment))
    found = [encoder.encode(each, environment) for each in texts]
    return sparse.dense(np.hstack(found) if found else np.zeros((height, 0)))


def learnt(found: Sequence[Counts], features: Sequence[plan.Feature], columns: Mapping[str, Column], places: Places,
           options: Mapping[str, float]) -> tuple[Scheme, Matrix]:
    """The scheme that the examples at some places give, and all examples under it."""
    least, sublinear = options.get("least", 1.0), bool(options.get("sublinear", 0.0))
    learnt_from = np.zeros(found[0].matrix.shape[0] if found else 0, bool)
    if found:
        learnt_from[places] = True
    spaces, parts = [], []
    for each in found:
        inside = learnt_from[each.matrix.rows]
        number = np.bincount(each.matrix.columns[inside], minlength=len(each.terms))
        kept = np.flatnonzero(number >= least)
        rarity = np.log((1 + len(places)) / (1 + number[kept])) + 1
        spaces.append(Space(each.feature, each.space, tuple(each.terms[at] for at in kept), rarity))
        parts.append(_weighted(each.matrix, kept, rarity, sublinear))
    weight = options.get("numbers", 1.0)
    spreads = [_spread(each.name, np.asarray(columns[each.name])[places], weight) for each in features
               if each.kind == "number"]
    scheme = Scheme(tuple(spaces), tuple(spreads), sublinear)
    height = len(next(iter(columns.values())))
    return scheme, sparse.beside([*parts, _standardised(scheme, columns, height)], height)


def applied(scheme: Scheme, columns: Mapping[str, Column], environment: Mapping[str, str]) -> Matrix:
    """Other examples under a scheme."""
    parts = [encoded(scheme, columns, environment)] if scheme.encoded else []
    for space in scheme.spaces:
        place = space.places
        rows, found, values = [], [], []
        for at, text in enumerate(columns[space.feature]):
            for piece, number in grams.counted(space.space, text).items():
                if piece in place:
                    rows.append(at)
                    found.append(place[piece])
                    values.append(float(number))
        matrix = Matrix(np.asarray(rows, np.intp), np.asarray(found, np.intp), np.asarray(values, np.float64),
                        (len(columns[space.feature]), len(space.terms)))
        parts.append(_weighted(matrix, np.arange(len(space.terms)), space.rarity, scheme.sublinear))
    height = len(next(iter(columns.values())))
    return sparse.beside([*parts, _standardised(scheme, columns, height)], height)


def _weighted(matrix: Matrix, kept: Places, rarity: Numbers, sublinear: bool) -> Matrix:
    """The counts of the columns that are kept, as weights."""
    place = np.full(matrix.shape[1], -1, np.intp)
    place[kept] = np.arange(len(kept))
    columns = place[matrix.columns]
    inside = columns >= 0
    columns, values = columns[inside], matrix.values[inside]
    values = (1 + np.log(values) if sublinear else values) * rarity[columns]
    return Matrix(matrix.rows[inside], columns, values, (matrix.shape[0], len(kept))).of_length_one()


def _spread(feature: str, values: Numbers, weight: float) -> Spread:
    known = values[np.isfinite(values)]
    deviation = float(known.std()) if len(known) else 0.0
    unit = deviation if deviation > 1e-12 else 1.0
    return Spread(feature, float(known.mean()) if len(known) else 0.0, unit / weight)


def _standardised(scheme: Scheme, columns: Mapping[str, Column], height: int) -> Matrix:
    found = np.zeros((height, len(scheme.spreads)))
    for at, each in enumerate(scheme.spreads):
        values = np.asarray(columns[each.feature], np.float64)
        found[:, at] = np.where(np.isfinite(values), (values - each.mean) / each.deviation, 0.0)
    return sparse.dense(found)
