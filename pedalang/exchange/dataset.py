"""Data sets: a file's rows made into typed records, and the choice among them.

A row makes one record; with `each:` it makes one for each item of a list or map that it holds. A field with a map is
computed from `row`, the row of the file, and `entry`, the item. One without a map or default is the row's field of the
same name. Then the defaults are computed, each from the fields before it. Nothing is drawn but by a stated seed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from pedalang import diagnostic, plan
from pedalang.exchange import fields, tables, transcript
from pedalang.exchange.errors import DataError
from pedalang.expression import nodes
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.values import Absent, Value, to_text

Record = dict[str, Value]
Evaluate = Callable[[nodes.Expr, Env], Value]

NAMED = 5
"""How many bad rows a message names."""
ENTRY = "entry"
"""The name under which a row holds the one of its entries that a record was made of."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The records of a data set, with the rows that they were made from, in the file's order. Where a row made several,
    it stands here with each of them, and with its `entry`."""

    name: str
    path: Path
    rows: tuple[Record, ...]
    raw: tuple[Record, ...]
    sha256: str
    """Of the file's bytes."""
    place: str = ""
    form: str = ""
    """The format of the recorded dialogues that the rows hold, or empty."""


@dataclass(frozen=True, slots=True)
class _Making:
    """What it takes to make a record."""

    dataset: plan.Dataset
    records: Mapping[str, plan.RecordType]
    evaluate: Evaluate


class _Bad(Exception):
    """A row that makes no record: the code, what is the matter, what would help."""

    def __init__(self, code: str, what: str, help: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.help = code, what, help


def load(dataset: plan.Dataset, records: Mapping[str, plan.RecordType], path: Path, evaluator: Evaluate) -> Loaded:
    """All records of the file at `path`, which need not be the one that the data set names. The data set's hash is
    checked where it has one. Raises `DataError`; one bad row refuses the file."""
    found, bad = _loaded(dataset, records, path, evaluator)
    if bad:
        raise _refusal(bad, path.name, dataset)
    return found


def usable(dataset: plan.Dataset, records: Mapping[str, plan.RecordType], path: Path,
           evaluator: Evaluate) -> tuple[Loaded, dict[str, int]]:
    """The same without the rows that make no record: how many these are, by what is the matter with them. Raises
    `DataError` where no row makes one."""
    found, bad = _loaded(dataset, records, path, evaluator)
    if not found.rows:
        raise _refusal(bad, path.name, dataset)
    return found, dict(Counter(f"a row cannot be used: {error}" for _, error in bad))


def _loaded(dataset: plan.Dataset, records: Mapping[str, plan.RecordType], path: Path,
            evaluator: Evaluate) -> tuple[Loaded, list[tuple[tables.Row, _Bad]]]:
    table = _read(dataset, path)
    if dataset.sha256 and table.sha256 != dataset.sha256.lower():
        raise DataError("PED0806", f"`{path.name}` is not the file that `{dataset.name}` was declared with: its "
                        f"SHA-256 is {table.sha256}", place=dataset.place,
                        help=f"get the file with {dataset.sha256}, declare the new hash, or say "
                        f"`--data {dataset.name}={path}` to use this file as it is")
    if not table.rows:
        raise DataError("PED0807", f"`{path.name}` has no rows", help="bring at least one", place=dataset.place)
    making = _Making(dataset, records, evaluator)
    made: list[tuple[Record, Record]] = []
    bad: list[tuple[tables.Row, _Bad]] = []
    for row in table.rows:
        try:
            made += _made(making, row.fields)
        except _Bad as error:
            bad.append((row, error))
    if not made and not bad:
        raise DataError("PED0807", f"no row of `{path.name}` has an entry", place=dataset.place,
                        help="look at `each:`, and at the rows")
    form = table.form if isinstance(table, transcript.Table) else ""
    return Loaded(dataset.name, path, tuple(record for record, _ in made), tuple(row for _, row in made), table.sha256,
                  dataset.place, form), bad


def _made(making: _Making, row: Record) -> list[tuple[Record, Record]]:
    """The records of a row, one or one for each of its entries, each with what it was made of. Raises `_Bad`."""
    if making.dataset.each is None:
        return [(_record(making, {"row": row}), row)]
    found = _computed(making, making.dataset.each, {"row": row}, "`each:`")
    if isinstance(found, dict):
        return [_entry(making, row, key, value) for key, value in found.items()]
    if isinstance(found, tuple):
        return [_entry(making, row, at, value) for at, value in enumerate(found)]
    raise _Bad("PED0816", f"`each:` is {'none' if found is None else fields.shown(found)}, and neither a list nor "
               "a map",
               "name the list or map of the row that holds the entries")


def _entry(making: _Making, row: Record, key: Value, value: Value) -> tuple[Record, Record]:
    entry: Record = {"key": key, "value": value}
    try:
        return _record(making, {"row": row, "entry": entry}), {**row, ENTRY: entry}
    except _Bad as error:
        raise _Bad(error.code, f"entry `{to_text(key)}`: {error}", error.help) from None


def given(name: str, kind: str, value: Value, records: Mapping[str, plan.RecordType], evaluator: Evaluate) -> Value:
    """What a caller gives under a name, as a value of a type: a record's fields are fitted, and those that it lacks are
    computed. Raises `DataError`."""
    try:
        return _fitted(_Making(plan.Dataset("", "", kind, {}), records, evaluator), plan.FieldSpec(name, kind), value)
    except _Bad as error:
        raise DataError(error.code, error.what, help=error.help) from None


def _read(dataset: plan.Dataset, path: Path) -> tables.Table | transcript.Table:
    try:
        if not path.is_file() and not path.is_dir():
            raise FileNotFoundError(2, "there is no such file")
        if dataset.transcripts:
            return transcript.read(path, dataset.transcripts, dataset.columns)
        return tables.read(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError("PED0801", f"the data of `{dataset.name}` cannot be read: looked for {path.absolute()}: "
                        f"{reason[:1].lower()}{reason[1:]}", place=dataset.place,
                        help=f"say where the file is: `--data {dataset.name}=PATH`") from None
    except DataError as error:
        error.place = error.place or dataset.place
        raise


def _refusal(bad: list[tuple[tables.Row, _Bad]], name: str, dataset: plan.Dataset) -> DataError:
    first, error = bad[0]
    message = f"`{name}`, {first}: {error.what}"
    told = dict.fromkeys(f"`{row.file}`" if row.file else str(row.number) for row, _ in bad)
    if others := list(told)[1:]:
        rest = f" and {len(others) - NAMED + 1} more" if len(others) >= NAMED else ""
        named = ", ".join(others[: NAMED - 1] if rest else others)
        what = "file" if first.file else "row"
        message += f"; {what if len(others) == 1 else what + 's'} {named}{rest} cannot be used either"
    return DataError(error.code, message, help=error.help, place=dataset.place)


def _record(making: _Making, env: Env) -> Record:
    """The record that `row`, and `entry` where there is one, make. Raises `_Bad`."""
    kind, row = making.records.get(making.dataset.record), env["row"]
    if kind is None:
        raise _Bad("PED0804", f"`{making.dataset.name}` is of `{making.dataset.record}`, which is no record type",
                   diagnostic.did_you_mean(making.dataset.record, making.records))
    given: Record = {}
    for spec in kind.fields:
        mapped = making.dataset.maps.get(spec.name)
        if mapped is not None:
            given[spec.name] = _mapped(making, spec, mapped, env)
        elif spec.name in row and spec.default is None:
            given[spec.name] = row[spec.name]
    return _filled(making, kind, given, row)


def _mapped(making: _Making, spec: plan.FieldSpec, expr: nodes.Expr, env: Env) -> Value:
    return _computed(making, expr, env, f"the map of `{spec.name}`", f"no value for `{spec.name}`: ",
                     f"look at the row, and at `map {spec.name}`")


def _computed(making: _Making, expr: nodes.Expr, env: Env, what: str, before: str = "",
              help: str = "look at the row, and at `each:`") -> Value:
    """The value of what a data set says of `row` and `entry`. Raises `_Bad`."""
    try:
        return making.evaluate(expr, env)
    except (EvaluationError, Absent) as error:
        for name in _fields_read(expr, "row"):
            if name not in env["row"]:
                raise _lacking(name, f", which {what} reads", env["row"]) from None
        raise _Bad("PED0804", before + (str(error) or "it shows something that is none"), help) from None


def _lacking(name: str, why: str, row: Record) -> _Bad:
    near = diagnostic.did_you_mean(name, row)
    known = ", ".join(f"`{key}`" for key in row) or "none"
    return _Bad("PED0803", f"there is no field `{name}`{why}", f"{near} " * bool(near) + f"the row's fields: {known}")


def _fields_read(expr: nodes.Expr, root: str) -> Iterator[str]:
    """The fields of `row` or `entry` that an expression must have."""
    match expr:
        case nodes.Attr(of=nodes.Name(name=name), field=field) if name == root:
            yield field
            return
    for name in expr.__struct_fields__:
        for part in _parts(getattr(expr, name)):
            yield from _fields_read(part, root)


def _parts(value: object) -> Iterable[nodes.Expr]:
    match value:
        case Struct():
            return (value,)  # type: ignore[return-value]
        case tuple():
            return [part for part in value if isinstance(part, Struct)]  # type: ignore[misc]
        case dict():
            return list(value.values())
    return ()


def _filled(making: _Making, kind: plan.RecordType, given: Record, row: Record) -> Record:
    """The record: what is given, fitted to the fields' types, and the defaults of what is not. Raises `_Bad`."""
    record: Record = {}
    for spec in kind.fields:
        if spec.name in given:
            value = given[spec.name]
        elif spec.default is not None:
            value = _default(making, spec, record)
        elif spec.optional:
            value = None
        else:
            raise _lacking(spec.name, f", which a `{kind.name}` needs", row)
        record[spec.name] = _fitted(making, spec, value)
    return record


def _default(making: _Making, spec: plan.FieldSpec, record: Record) -> Value:
    assert spec.default is not None
    try:
        return making.evaluate(spec.default, record)
    except (EvaluationError, Absent) as error:
        raise _Bad("PED0804", f"no value for `{spec.name}`, which is computed from the fields before it: "
                   f"{str(error) or 'it shows something that is none'}") from None


def _fitted(making: _Making, spec: plan.FieldSpec, value: Value) -> Value:
    if spec.optional and (value is None or value == ""):
        return None

    def nested(name: str, inner: Value) -> Value:
        kind = making.records.get(name)
        if kind is None:
            return inner
        if not isinstance(inner, dict):
            raise fields.Unfit(f"{fields.shown(inner)} is no `{name}`")
        named = {field.name for field in kind.fields}
        return _filled(making, kind, {key: part for key, part in inner.items() if key in named}, inner)

    try:
        return fields.fitted(value, fields.parsed(spec.type), spec.cases, nested)
    except fields.Unfit as error:
        raise _Bad("PED0804", f"`{spec.name}` is to be {spec.type}: {error}") from None


def select(loaded: Loaded, selection: plan.Selection, declared: plan.Dataset,
           limit: int | None = None) -> list[tuple[int, Record]]:
    """The rows that a selection means, each with its place in the file from 0, in the file's order.

    `limit` takes the first rows of a selection without a sample; where there is a sample, it is its size instead.
    Raises `DataError` for more rows than there are.
    """
    places = _split(loaded, selection, declared)
    wanted = limit if limit is not None else selection.sample
    if wanted is not None and not 0 < wanted <= len(places):
        what = f"`{selection.dataset}.{selection.split}`" if selection.split else f"`{selection.dataset}`"
        raise DataError("PED0807", f"{_rows(wanted)} of {what} are asked for, which has {_rows(len(places))}",
                        help=f"ask for 1 to {len(places)}, or bring more data with `--data {loaded.name}=PATH`",
                        place=loaded.place)
    if selection.sample is None or wanted is None:
        chosen = list(places[:wanted])
    elif selection.stratify:
        chosen = _stratified(loaded, selection, places, wanted)
    else:
        chosen = sorted(random.Random(selection.seed).sample(places, wanted))
    return [(index, loaded.rows[index]) for index in chosen]


def _split(loaded: Loaded, selection: plan.Selection, declared: plan.Dataset) -> Sequence[int]:
    """The places of the rows of a split, in the file's order."""
    if not selection.split:
        return range(len(loaded.rows))
    if selection.split in declared.shares:
        return _shared(loaded, selection.split, declared)
    if selection.split not in declared.splits:
        raise DataError("PED0807", f"`{selection.dataset}` has no split `{selection.split}`", place=loaded.place,
                        help=diagnostic.did_you_mean(selection.split, declared.splits))
    low, high = declared.splits[selection.split]
    if not 0 <= low < high <= len(loaded.rows):
        raise DataError("PED0807", f"the split `{selection.split}` is rows {low}..{high} of `{selection.dataset}`, and "
                        f"`{loaded.path.name}` has {_rows(len(loaded.rows))}", place=loaded.place,
                        help="bring more rows, or change the split")
    return range(low, high)


def _shared(loaded: Loaded, split: str, declared: plan.Dataset) -> list[int]:
    """The rows of a split by share: all are shuffled once, and cut where the shares end."""
    shuffled = list(range(len(loaded.rows)))
    random.Random(declared.seed).shuffle(shuffled)
    low, high = (round(share * len(shuffled)) for share in declared.shares[split])
    if low == high:
        raise DataError("PED0807", f"the split `{split}` of `{declared.name}` has no rows: `{loaded.path.name}` has "
                        f"{_rows(len(loaded.rows))}", place=loaded.place, help="bring more rows, or change the split")
    return sorted(shuffled[low:high])


def _stratified(loaded: Loaded, selection: plan.Selection, places: Sequence[int], wanted: int) -> list[int]:
    """Rows drawn so that each value of a field keeps its share of them: rounded down, then one more to those that lost
    most by that (the largest remainders; the first in the file where these are equal)."""
    strata: dict[str, list[int]] = {}
    for place in places:
        value = loaded.rows[place].get(selection.stratify)
        strata.setdefault("" if value is None else to_text(value), []).append(place)
    shares = {name: Fraction(wanted * len(inside), len(places)) for name, inside in strata.items()}
    sizes = {name: int(share) for name, share in shares.items()}
    by_remainder = sorted(strata, key=lambda name: sizes[name] - shares[name])
    for name in by_remainder[:wanted - sum(sizes.values())]:
        sizes[name] += 1
    return sorted(place for name, inside in strata.items()
                  for place in random.Random(f"{selection.seed}/{name}").sample(inside, sizes[name]))


def _rows(number: int) -> str:
    return f"{number} row" if number == 1 else f"{number} rows"
