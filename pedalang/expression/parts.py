"""A value with one of its parts changed: lists, maps and records are values, so what holds the part is made anew."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang.expression.limits import MAX_ITEMS
from pedalang.expression.values import Value


def reached(whole: Value, keys: Sequence[Value]) -> list[Value]:
    """What holds the part at the end of a path of keys, from the whole in. The last key of a map may be new. Raises
    `LookupError`, with what there is, where the path leads nowhere."""
    around = [whole]
    for at, key in enumerate(keys):
        holder, last = around[-1], at == len(keys) - 1
        if isinstance(holder, tuple):
            if not (isinstance(key, int) and 0 <= key < len(holder)):
                raise LookupError(f"{len(holder)} item{'' if len(holder) == 1 else 's'}, and none at {key}")
        elif not isinstance(holder, dict):
            raise LookupError(f"nothing at {key}" if holder is None else f"no parts at {key}")
        elif key not in holder and not last:
            raise LookupError(f"nothing at {key}")
        elif key not in holder and len(holder) >= MAX_ITEMS:
            raise LookupError(f"{MAX_ITEMS} entries, and no room for {key}")
        if not last:
            around.append(holder[key])
    return around


def rebuilt(around: Sequence[Value], keys: Sequence[Value], value: Value) -> Value:
    """The whole with a value at the end of the path that `reached` went."""
    for holder, key in zip(reversed(around), reversed(keys), strict=True):
        value = (*holder[:key], value, *holder[key + 1:]) if isinstance(holder, tuple) else {**holder, key: value}
    return value
