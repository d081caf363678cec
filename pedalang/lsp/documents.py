"""Texts as the editor and the disk have them, what is open over what is saved; and places as the protocol counts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from lsprotocol import types

from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Diagnostic, Report
from pedalang.source import Source, Span

_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)
_BREAK = re.compile(r"\r\n|\n|\r")
MAX_CHARACTERS = 500_000
"""A longer file, of some ten thousand lines, is left to `ped check`: typing in it is never held up."""
MOST_BYTES = 20_000_000
"""Files of more bytes are not read at all."""


_UNITS: dict[str, Callable[[str], int]] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text) + sum(character > "\uffff" for character in text),
    "utf-32": len,
}
_NARROW = {"utf-8": "\x7f", "utf-16": "\uffff", "utf-32": "\U0010ffff"}
"""Up to here a character is one unit."""


class Document(Source):
    """A source and where it is from. Lines and columns of the protocol are counted from 0, columns in units of the
    encoding that was agreed on: UTF-16, unless the client asked for another."""

    def __init__(self, uri: str, text: str, encoding: str = "utf-16") -> None:
        super().__init__(uri, text)
        self.uri = uri
        self.encoding = encoding
        self.units = _UNITS[encoding]
        self._read: tuple[tree.Module, tuple[Diagnostic, ...]] | None = None

    def tree(self, report: Report) -> tree.Module:
        """The tree of the text, made once, and its mistakes."""
        if self._read is None:
            own = Report()
            self._read = (parse.parse(self, own), tuple(own.found))
        made, mistakes = self._read
        for each in mistakes:
            report.add(each)
        return made

    @cached_property
    def imports(self) -> frozenset[str]:
        """The modules that the text imports, with their dots, whether or not it can be read."""
        return frozenset(found[1] for found in _IMPORT.finditer(self.text))

    @cached_property
    def lines(self) -> list[int]:
        """Where each line starts; the protocol knows three kinds of line breaks."""
        return [0, *(found.end() for found in _BREAK.finditer(self.text))]

    @cached_property
    def _narrow(self) -> bool:
        """Whether each character is one unit."""
        return self.text.isascii() or max(self.text) <= _NARROW[self.encoding]

    def counted(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, as the protocol counts."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.lines, offset) - 1
        start = self.lines[line]
        return line, offset - start if self._narrow else self.units(self.text[start:offset])

    def position(self, offset: int) -> types.Position:
        """The place of an offset, as the protocol says it."""
        return types.Position(*self.counted(offset))

    def offset(self, position: types.Position) -> int:
        """The offset of a place; one past the end of its line is that end."""
        if position.line >= len(self.lines):
            return len(self.text)
        start = self.lines[max(position.line, 0)]
        end = self.lines[position.line + 1] if position.line + 1 < len(self.lines) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        if self._narrow:
            return min(start + max(position.character, 0), end)
        units, at = 0, start
        while at < end and units < position.character:
            units += self.units(self.text[at])
            at += 1
        return at

    def becoming(self, new: str) -> list[types.TextEdit]:
        """The edit that makes another text of this one: the lines between the first and the last that differ."""
        if new == self.text:
            return []
        old_lines, new_lines = self.text.splitlines(True), new.splitlines(True)
        most = min(len(old_lines), len(new_lines))
        same = next((at for at in range(most) if old_lines[at] != new_lines[at]), most)
        last = next((at for at in range(most - same) if old_lines[-1 - at] != new_lines[-1 - at]), most - same)
        start = sum(map(len, old_lines[:same]))
        end = len(self.text) - sum(map(len, old_lines[len(old_lines) - last:]))
        return [types.TextEdit(self.range(start, end), "".join(new_lines[same:len(new_lines) - last]))]

    def range(self, start: int, end: int) -> types.Range:
        return types.Range(self.position(start), self.position(max(start, end)))


def location(span: Span) -> types.Location | None:
    """Where a span is; None for one of no document."""
    document = span.source
    if not isinstance(document, Document):
        return None
    return types.Location(document.uri, document.range(span.start, span.end))


def uri_of(path: Path) -> str:
    """The `file:` address of a path."""
    return "file://" + quote(path.as_posix() if path.as_posix().startswith("/") else f"/{path.as_posix()}")


def path_of(uri: str) -> Path | None:
    """The path behind an address; None for what is no file, such as a text that was never saved."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or "\0" in uri or "%00" in uri:
        return None
    path = unquote(parts.path)
    return Path(path[1:] if re.match(r"/[A-Za-z]:", path) else path)


def _resolved(path: Path) -> Path:
    """The path without links, where that can be told."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


class Documents:
    """The texts of a workspace: of each file the one that is open, else the saved one, the same object until it
    changes."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self._open: dict[str, Document] = {}
        self._paths: dict[Path, str] = {}
        self._saved: dict[Path, tuple[tuple[int, int], Document]] = {}

    @property
    def opened(self) -> list[Document]:
        return list(self._open.values())

    def put(self, uri: str, text: str) -> Document:
        """Takes the text of an open document."""
        path = path_of(uri)
        if path is not None:
            self._paths[_resolved(path)] = uri
        self._open[uri] = made = Document(uri, text, self.encoding)
        return made

    def change(self, uri: str, changes: list[types.TextDocumentContentChangeEvent]) -> Document | None:
        """Edits an open document; None if it is not open."""
        document = self._open.get(uri)
        if document is None:
            return None
        for change in changes:
            text = change.text
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = document.offset(change.range.start), document.offset(change.range.end)
                text = document.text[:start] + text + document.text[max(start, end):]
            document = Document(uri, text, self.encoding)
        self._open[uri] = document
        return document

    def close(self, uri: str) -> None:
        """From here on the saved text counts."""
        self._open.pop(uri, None)
        path = path_of(uri)
        if path is not None:
            self._paths.pop(_resolved(path), None)

    def get(self, uri: str) -> Document | None:
        """The document of an address, open or saved; None where there is none that can be read."""
        if uri in self._open:
            return self._open[uri]
        path = path_of(uri)
        return self.at(_resolved(path)) if path is not None else None

    def at(self, path: Path) -> Document | None:
        """The document of a path without links. Raises nothing: what cannot be read is not there."""
        uri = self._paths.get(path)
        if uri is not None:
            return self._open[uri]
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._saved.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            if status.st_size > MOST_BYTES:
                return None
            document = Document(uri_of(path), path.read_bytes().decode("utf-8-sig"), self.encoding)
        except (OSError, UnicodeDecodeError, ValueError):
            self._saved.pop(path, None)
            return None
        self._saved[path] = (stamp, document)
        return document
