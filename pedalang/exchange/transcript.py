"""Recorded dialogues out of files. The formats are the files of `transcripts/`; there is no other list.

In some formats a row of a data file is a dialogue (`jsonl`, `mathdial`); files of others, and folders of files, are
made into such rows. A file is in the format that its data set names, where it can be by the end of its name. Else the
format is found by that end and, where several have it, by what the first row has.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pedalang import diagnostic
from pedalang.exchange import plain, tables, transcripts
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Unreadable, Utterance
from pedalang.expression.values import Value

ANY = "any"
"""Stands in a data set whose format is to be found."""
PLAIN = "jsonl"
"""The format of rows that were made of other files."""
MOST_FILES = 10_000
"""Files of a folder."""

Read = Callable[[Mapping[str, Value]], list[Utterance]]
_CORPUS = "convokit"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of dialogues, and the format that each is read by."""

    rows: tuple[tables.Row, ...]
    sha256: str
    form: str


def formats() -> list[str]:
    """The names of the formats, in order."""
    return sorted(found.name for found in pkgutil.iter_modules(transcripts.__path__))


def reader(name: str) -> Read:
    """The function that reads a row of a format. Raises `DataError` for an unknown one."""
    read: Read = _format(name).read
    return read


def _format(name: str) -> ModuleType:
    known = formats()
    if name not in known:
        raise DataError("PED0810", f"unknown transcript format `{name}`",
                        help=diagnostic.did_you_mean(name, known) or f"the formats are {', '.join(known)}")
    return importlib.import_module(f"{transcripts.__name__}.{name}")


def dialogues(name: str, rows: Sequence[Mapping[str, Value]], places: Sequence[int]) -> list[list[Utterance]]:
    """The dialogue of each row; `places` are the rows' own in their file, from 0. Raises `DataError`, which names the
    first row, counted from 1, that holds none."""
    read = reader(name)
    found = []
    for place, row in zip(places, rows, strict=True):
        try:
            found.append(read(row))
        except Unreadable as error:
            raise DataError("PED0809", f"row {place + 1} holds no `{name}` dialogue: {error}",
                            help="mend the row, or leave it out") from None
    return found


# ---------------------------------------------------------------- files and folders


def read(path: Path, form: str, columns: Mapping[str, str]) -> Table:
    """The dialogues of a file or folder as rows. `form` is what the data set names, `columns` what it calls things.
    Raises `OSError`, `DataError`."""
    if form != ANY:
        _format(form)
    if path.is_dir():
        return _folder(path, form, columns)
    chosen = _chosen(path, form)
    made = getattr(_format(chosen), "rows", None)
    if made is None:
        table = tables.read(path)
        return Table(table.rows, table.sha256, chosen)
    rows = tuple(tables.Row(number, 0, fields) for number, fields in enumerate(made(path, columns), 1))
    return Table(rows, hashlib.sha256(path.read_bytes()).hexdigest(), PLAIN)


def _folder(path: Path, form: str, columns: Mapping[str, str]) -> Table:
    """A corpus of ConvoKit, or all files of a folder that can hold dialogues, by name."""
    corpus = _format(_CORPUS)
    if (path / corpus.NAME).is_file():
        files = [path / name for name in (corpus.NAME, "conversations.json", "speakers.json")]
        return _table(corpus.rows(path, columns), [file for file in files if file.is_file()])
    files = sorted(_files(path), key=lambda file: file.name)
    if not files:
        raise DataError("PED0832", f"no file in the folder `{path.name}` can hold a recorded dialogue",
                        help=f"the names of such files end in {', '.join(_ends())}; a corpus of ConvoKit has "
                        f"`{corpus.NAME}`")
    made: list[Mapping[str, Value]] = []
    for file in files:
        found = read(file, form, columns)
        fields = [row.fields for row in found.rows]
        said = dialogues(found.form, fields, range(len(fields)))
        made += [plain.row(each, {"id": file.stem, **row, "file": file.name})
                 for each, row in zip(said, fields, strict=True)]
    return _table(made, files)


def _table(rows: Sequence[Mapping[str, Value]], files: Sequence[Path]) -> Table:
    hashes = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    return Table(tuple(tables.Row(number, 0, dict(fields)) for number, fields in enumerate(rows, 1)),
                 hashlib.sha256(hashes.encode()).hexdigest(), PLAIN)


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder that can hold dialogues. Raises `DataError` where they are too many."""
    ends, number = _ends(), 0
    for file in folder.iterdir():
        if file.suffix.lower() in ends and not file.name.startswith(".") and file.is_file() \
                and tables.inside(folder, file):
            number += 1
            if number > MOST_FILES:
                raise DataError("PED0808", f"the folder `{folder.name}` has more than {MOST_FILES:,} files",
                                help="bring a part of it")
            yield file


def _ends() -> list[str]:
    return sorted({end for name in formats() for end in _own_ends(name)})


def _chosen(path: Path, form: str) -> str:
    """The format of a file. Raises `DataError` where it cannot be told."""
    end = path.suffix.lower()
    if form != ANY and end in _own_ends(form):
        return form
    fitting = [name for name in formats() if end in _own_ends(name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        named = tables.columns(path) or ()
        for name, field in ((PLAIN, plain.TURNS), ("mathdial", "conversation"),
                            ("mrbench", "conversation_history"), ("csv", "text")):
            if field in named and name in fitting:
                return name
        return "csv" if end == ".csv" else form if form != ANY else PLAIN
    raise DataError("PED0832", f"`{path.name}` is no file of recorded dialogues by its name",
                    help=f"the name of such a file ends in {', '.join(_ends())}")


def _own_ends(name: str) -> Sequence[str]:
    """The ends of the names of a format's files."""
    ends: Sequence[str] = _format(name).ENDS
    return ends
