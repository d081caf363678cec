"""What the classes of the tree are made of: slots, frozen, compared by identity, quick to make.

A decorator like `dataclass(frozen=True, slots=True, eq=False)`, without its cost: a tree has more than a hundred
classes, and dataclasses spend most of a millisecond on each; and a parser makes some ten nodes a line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from inspect import get_annotations
from typing import Any, NoReturn, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type)
_Setter = Callable[[Any, Any], None]


@dataclass_transform(frozen_default=True, eq_default=False)
def node(written: _Class) -> _Class:
    """Makes a class from its annotations: after those of its parent, their names become arguments, in this order."""
    names = tuple(get_annotations(written))
    every = (*getattr(written, "__match_args__", ()), *names)
    body = {name: value for name, value in written.__dict__.items() if name not in ("__dict__", "__weakref__")}
    made: Any = type(written.__name__, written.__bases__, {**body, "__slots__": names, "__match_args__": every})
    made.__init__ = _initialiser([getattr(made, name).__set__ for name in every])
    return made


def _initialiser(setters: list[_Setter]) -> Callable[..., None]:
    """The `__init__` that fills these slots. Written out by number, since a loop takes twice as long."""
    match setters:
        case [a, b]:
            def two(self: Any, v: object, w: object) -> None:
                a(self, v)
                b(self, w)
            return two
        case [a, b, c]:
            def three(self: Any, v: object, w: object, x: object) -> None:
                a(self, v)
                b(self, w)
                c(self, x)
            return three
        case [a, b, c, d]:
            def four(self: Any, v: object, w: object, x: object, y: object) -> None:
                a(self, v)
                b(self, w)
                c(self, x)
                d(self, y)
            return four
        case [a, b, c, d, e]:
            def five(self: Any, v: object, w: object, x: object, y: object, z: object) -> None:
                a(self, v)
                b(self, w)
                c(self, x)
                d(self, y)
                e(self, z)
            return five

    def any_number(self: Any, *values: object) -> None:
        for setter, value in zip(setters, values, strict=True):
            setter(self, value)
    return any_number


@node
class Node:
    """Part of a program: characters `start` up to but not including `end`."""

    start: int
    end: int

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"a tree is a value: {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"a tree is a value: {name!r} cannot be deleted")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(repr(getattr(self, name)) for name in _every(type(self)))})"


def names(kind: type[Node]) -> tuple[str, ...]:
    """The names of the parts of a class of nodes, `start` and `end` aside."""
    return _every(kind)[2:]


def _every(kind: type[Node]) -> tuple[str, ...]:
    every: tuple[str, ...] = getattr(kind, "__match_args__", ())
    return every
