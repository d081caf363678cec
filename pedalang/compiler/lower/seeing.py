"""Information flow: which parts of the dialogue a compiled text shows, and whether its role may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pedalang.compiler.semantics import members
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.semantics.types import Type
from pedalang.expression import nodes


def paths(expr: nodes.Expr, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The longest dotted paths that an expression reads of its environment, such as `problem.a`."""
    match expr:
        case nodes.Name(name):
            if name not in bound:
                yield name
        case nodes.Attr():
            dotted = _dotted(expr)
            if dotted is None:
                yield from paths(expr.of, bound)
            elif dotted.split(".")[0] not in bound:
                yield dotted
        case nodes.Let(name, value, body):
            yield from paths(value, bound)
            yield from paths(body, bound | {name})
        case nodes.Each(value, name, over, condition):
            yield from paths(over, bound)
            yield from paths(value, bound | {name})
            if condition is not None:
                yield from paths(condition, bound | {name})
        case _:
            for child in nodes.children(expr):
                yield from paths(child, bound)


def _dotted(expr: nodes.Attr) -> str | None:
    names = [expr.field]
    of: nodes.Expr = expr.of
    while isinstance(of, nodes.Attr):
        names.append(of.field)
        of = of.of
    return ".".join(reversed([*names, of.name])) if isinstance(of, nodes.Name) else None


def covered(path: str, of: Type, scope: Scope) -> Iterator[str]:
    """The paths that a role may see which sees `path`, of a type: all but what is `@hidden` in records, which must be
    named itself. A list or map of records with hidden fields counts as hidden."""
    if of.is_record and of.of is not None and _hides(of, scope):
        inside = members.fields(of, scope)
        for name, field in inside.items():
            if name not in members.secret(of) and (field.is_record or not _hides(field, scope)):
                yield from covered(f"{path}.{name}", field, scope)
    else:
        yield path


def _hides(of: Type, scope: Scope, within: tuple[str, ...] = ()) -> bool:
    """Whether a value of the type holds anything hidden, itself or inside."""
    if of.name in within:
        return False
    inside = (*of.arguments, *(members.fields(of, scope).values() if of.is_record else ()))
    return bool(members.secret(of)) or any(_hides(each, scope, (*within, of.name)) for each in inside)


def hidden(read: Iterable[str], own: str, visible: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """What is read and neither the role's own, nor among the names that it knows here, nor covered by what it sees;
    `history` covers `turn`, what was said, and the arguments of the move that was made. The name of the phase is no
    secret. Each once, in order."""
    seen, open_names = tuple(visible), (own, "phase", *known)
    found: dict[str, None] = {}
    for path in read:
        root = path.split(".")[0]
        spoken = root in ("turn", "args") or path.endswith(".said")
        covered = any(path == each or path.startswith(f"{each}.") for each in seen)
        if not (covered or root in open_names or (spoken and "history" in seen)):
            found[path] = None
    return list(found)
