"""A YAML file as values that know where they stand. Bounded: in size, in depth, and in what aliases make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

import yaml

from pedalang.diagnostic import Report
from pedalang.source import Source, Span

MAX_CHARACTERS = 2_000_000
MAX_DEPTH = 32
MAX_VALUES = 100_000
"""Values of a file, those that aliases repeat counted each time."""

Data: TypeAlias = "str | int | float | bool | tuple[Value, ...] | Mapping[str, Value] | None"


class Value(NamedTuple):
    """What stands in a file, and where. The keys of a mapping are texts."""

    data: Data
    span: Span

    def get(self, key: str) -> Value | None:
        """The value of a key; None where there is none, or where this is no mapping, or where nothing stands there."""
        found = self.data.get(key) if isinstance(self.data, Mapping) else None
        return None if found is None or found.data is None else found

    def at(self, *keys: str) -> Value | None:
        """The same, along a path."""
        here: Value | None = self
        for key in keys:
            here = here.get(key) if here is not None else None
        return here

    def items(self) -> Iterator[tuple[str, Value]]:
        """The entries of a mapping; nothing of anything else."""
        if isinstance(self.data, Mapping):
            yield from self.data.items()

    def list(self) -> tuple[Value, ...]:
        """The items of a list; nothing of anything else."""
        return self.data if isinstance(self.data, tuple) else ()

    @property
    def text(self) -> str:
        """A text, or another scalar as it is written; empty for anything else."""
        if isinstance(self.data, str):
            return self.data
        return "" if self.data is None or isinstance(self.data, tuple | Mapping) else self.span.text.strip()

    def number(self) -> float | None:
        """A number; None for anything else."""
        return float(self.data) if isinstance(self.data, int | float) and not isinstance(self.data, bool) else None


class _TooMuch(Exception):
    pass


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._plain = yaml.constructor.SafeConstructor()
        self._left = MAX_VALUES

    def value(self, node: yaml.Node, depth: int = 0) -> Value:
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            raise _TooMuch(f"{MAX_DEPTH} levels" if depth > MAX_DEPTH else f"{MAX_VALUES:,} values, aliases counted")
        span = Span(self._source, node.start_mark.index, node.end_mark.index)
        if isinstance(node, yaml.MappingNode):
            return Value({self._key(key): self.value(value, depth + 1) for key, value in node.value}, span)
        if isinstance(node, yaml.SequenceNode):
            return Value(tuple(self.value(each, depth + 1) for each in node.value), span)
        return Value(self._scalar(node), span)

    def _key(self, node: yaml.Node) -> str:
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    def _scalar(self, node: yaml.Node) -> Data:
        if node.tag == "tag:yaml.org,2002:str" or not node.tag.startswith("tag:yaml.org,2002:"):
            return str(node.value)
        try:
            found = self._plain.construct_object(node)
        except (ValueError, TypeError, OverflowError, yaml.YAMLError):
            return str(node.value)
        return found if isinstance(found, str | int | float | bool) or found is None else str(node.value)


def read(source: Source, report: Report) -> Value | None:
    """The first document of a file. None, and reported (PED1001), where it is no YAML or is too much of it."""
    if len(source.text) > MAX_CHARACTERS:
        report.error("PED1001", None, f"`{source.name}` has more than {MAX_CHARACTERS:,} characters",
                     help="a configuration is far smaller: bring its data in files of their own")
        return None
    try:
        node = next(iter(yaml.compose_all(source.text, Loader=yaml.SafeLoader)), None)
        return _Reader(source).value(node) if node is not None else _nothing(source, report)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, max(0, len(source.text) - 1)) if mark is not None else 0
        report.error("PED1001", Span(source, at, at + 1), f"this is no YAML: {error.problem or error.context}",
                     help="mend it there, or a little above")
    except yaml.YAMLError as error:
        report.error("PED1001", None, f"`{source.name}` is no YAML: {error}".splitlines()[0])
    except (_TooMuch, RecursionError) as error:
        report.error("PED1001", None, f"`{source.name}` holds more than {error or 'can be read'}",
                     help="write out what it repeats, or leave it out")
    return None


def _nothing(source: Source, report: Report) -> None:
    report.error("PED1001", None, f"`{source.name}` is empty", help="name an ELMES configuration")
