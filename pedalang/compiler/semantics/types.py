"""Types of the language: what they are, how they are written, and which fits where another is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.syntax import tree
from pedalang.expression import values

SCALARS = ("Text", "Int", "Float", "Bool", "Prob", "Percent", "Rational")
UNITS = {"Turns": "Int", "Exchanges": "Int", "Tokens": "Int", "Points": "Float", "Seconds": "Float", "Minutes": "Float",
         "Hours": "Float", "Usd": "Float"}
"""Numbers of something, each with what it is without its unit."""
_NUMERIC_RANK = {"Int": 0, "Rational": 1, "Float": 2, "Prob": 2, "Percent": 2}

Named: TypeAlias = Declared[tree.TypeDecl | tree.EnumDecl]


@dataclass(frozen=True, slots=True)
class Type:
    """`name` is a built-in (`Text`, `List`, `Misconception` …) or that of a record or enum; `of` declares the latter.

    `members` are what a member of a cast has after a dot. `low` and `high` bound a number, both included.
    `Any` fits everywhere: it stands for data whose shape only the file knows, and for what was already reported.
    """

    name: str
    arguments: tuple[Type, ...] = ()
    optional: bool = False
    low: float | None = None
    high: float | None = None
    members: tuple[tuple[str, Type], ...] = field(default=(), compare=False)
    of: Named | None = None

    def __str__(self) -> str:
        inside = f"[{', '.join(map(str, self.arguments))}]" if self.arguments else ""
        bounds = "" if self.low is None or self.high is None or self.name == "Prob" else \
            f" in {values.to_text(self.low)}..{values.to_text(self.high)}"
        return f"{self.name}{inside}{'?' if self.optional and self.name != 'None' else ''}{bounds}"

    @property
    def required(self) -> Type:
        """The type without its `?`."""
        return replace(self, optional=False) if self.optional else self

    @property
    def is_number(self) -> bool:
        return self.name in _NUMERIC_RANK or self.name in UNITS

    @property
    def is_record(self) -> bool:
        return self.of is not None and isinstance(self.of.decl, tree.TypeDecl)

    @property
    def is_enum(self) -> bool:
        return self.of is not None and isinstance(self.of.decl, tree.EnumDecl)

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of an enum's cases; none for other types."""
        if self.of is None or not isinstance(self.of.decl, tree.EnumDecl):
            return ()
        return tuple(dict.fromkeys(case.name.text for case in self.of.decl.cases))

    @property
    def item(self) -> Type | None:
        """What a list holds; turns in a history. None for what is no list."""
        if self.name == "Any":
            return ANY
        if self.name == "History":
            return TURN
        return self.arguments[0] if self.name == "List" else None


ANY = Type("Any")
TEXT = Type("Text")
INT = Type("Int")
FLOAT = Type("Float")
BOOL = Type("Bool")
PROB = Type("Prob", low=0.0, high=1.0)
PERCENT = Type("Percent")
RATIONAL = Type("Rational")
NONE = Type("None", optional=True)
HISTORY = Type("History")
TURN = Type("Turn")
ROW = Type("Row")
ENTRY = Type("Entry", members=(("key", ANY), ("value", ANY)))
MOVE = Type("Move")
MEASURES = Type("Measures")
MODEL = Type("Model")
ROLE = Type("Role")

TURN_FIELDS = {"text": TEXT, "speaker": TEXT, "move": TEXT, "act": TEXT, "phase": TEXT, "number": INT,
               "start": Type("Seconds", optional=True), "end": Type("Seconds", optional=True), "voice": INT}
"""What an expression can read of a turn."""


def optional(of: Type) -> Type:
    """The type that also has `none`."""
    return of if of.optional or of.name == "Any" else replace(of, optional=True)


def list_of(item: Type) -> Type:
    """A list of items of one type."""
    return Type("List", (item,))


def named(of: Named) -> Type:
    """The type that a declaration of a record or an enum makes."""
    return Type(of.decl.name.text, of=of)


def without_unit(of: Type) -> Type:
    """The plain number that a number of something is."""
    return Type(UNITS[of.name], optional=of.optional) if of.name in UNITS else of


def fits(actual: Type, wanted: Type) -> bool:
    """Whether a value of type `actual` can stand where `wanted` is wanted. Whole numbers widen to fractions, these to
    decimal numbers, numbers with a unit to plain ones; a probability is a decimal number and clamped when it is set.
    The history is a list of turns."""
    if "Any" in (actual.name, wanted.name):
        return True
    if actual.optional and not wanted.optional:
        return False
    if actual.name == "None":
        return wanted.optional
    if actual.is_number and wanted.is_number:
        return _widens(actual, wanted)
    if actual.name == "Move" and wanted.name == "Text":
        return True
    if actual.name == "History" and wanted.name == "List":
        return fits(TURN, wanted.arguments[0])
    if actual.name != wanted.name or actual.of != wanted.of or len(actual.arguments) != len(wanted.arguments):
        return False
    return all(fits(a, w) for a, w in zip(actual.arguments, wanted.arguments, strict=True))


def _widens(actual: Type, wanted: Type) -> bool:
    if wanted.name in UNITS:
        return actual.name == wanted.name
    return _NUMERIC_RANK[without_unit(actual).name] <= _NUMERIC_RANK[wanted.name]


def join(left: Type, right: Type) -> Type | None:
    """The type of a value that is of one of two types, or None where they have nothing in common."""
    if "Any" in (left.name, right.name):
        return right if left.name == "Any" else left
    if "None" in (left.name, right.name):
        return optional(right if left.name == "None" else left)
    either = left.optional or right.optional
    for one, other in ((left.required, right.required), (right.required, left.required)):
        if fits(one, other):
            wide = other if one == other else _unbounded(other)
            return optional(wide) if either else wide
    return None


def _unbounded(of: Type) -> Type:
    return FLOAT if of.name in ("Prob", "Percent") else replace(of, low=None, high=None)
