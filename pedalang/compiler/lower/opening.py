"""What a role's prompts hold beside its voice: whom it hears, how much of that, and the messages that stand before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.lower.speech import Speech
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

FIELDS = ("memory", "window", "hears", "layout", "opening")
_HEARS = ("all", "previous")
_LAYOUT = ("paired", "plain")
_ROLES = ("user", "assistant")

FieldOf: TypeAlias = Callable[[str], tuple[tree.Field | None, Scope]]
"""A field of a role by its key, and the scope that it stands in."""


class Prompted(NamedTuple):
    """The fields of a `plan.Role` of the same names."""

    memory: int | None
    window: int | None
    hears: Literal["all", "previous"]
    layout: Literal["paired", "plain"]
    opening: tuple[plan.Opened, ...]


def read(field_of: FieldOf, spoken: Speech) -> Prompted:
    """What the fields say."""
    (memory, inner), (window, scope) = field_of("memory"), field_of("window")
    if memory is not None and window is not None:
        scope.error("PED0202", window.key, "a role has `memory:` or `window:`, and not both", "leave one of them out",
                    also=(memory.key, "here") if inner.module is scope.module else None)
    (hears, around), (layout, within) = field_of("hears"), field_of("layout")
    return Prompted(_turns(memory, inner), _turns(window, scope), fields.word(hears, around, _HEARS, "all"),
                    fields.word(layout, within, _LAYOUT, "paired"), _messages(spoken, *field_of("opening")))


def look(key: str, field: tree.Field, scope: Scope, spoken: Speech) -> None:
    """Checks a parent's field whose place another takes."""
    read(lambda known: (field if known == key else None, scope), spoken)


def _turns(field: tree.Field | None, scope: Scope) -> int | None:
    return fields.whole(field.value, scope, f"a {field.key.text}", "Turns") if field is not None else None


def _messages(spoken: Speech, field: tree.Field | None, scope: Scope) -> tuple[plan.Opened, ...]:
    """`[{ user: "…" }, { assistant: "…" }]`."""
    if field is None:
        return ()
    found: list[plan.Opened] = []
    for item in field.value.items if isinstance(field.value, tree.List) else (field.value,):
        if not (isinstance(item, tree.Record) and len(item.entries) == 1
                and isinstance(item.entries[0], tree.KeyEntry)):
            scope.error("PED0309", item, "`opening:` is a list of messages",
                        'write for example `[{ user: "Here is the task." }, { assistant: "I see." }]`')
            continue
        entry = item.entries[0]
        match entry.key.text:
            case "user" | "assistant" as role:
                found.append(plan.Opened(role, spoken.text(entry.value, scope)))
            case other:
                scope.error("PED0309", entry.key, f"`{other}` is nobody who has messages",
                            did_you_mean(other, _ROLES, "a message is of"))
    return tuple(found)
