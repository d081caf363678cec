"""Directions: who speaks after whom. `A -> router:any_keyword_route(keywords=["x"], exists_to=END, else_to="B")` is
read as data; the original runs what stands behind `router:` as Python (0.1.x), or picks it apart (1.0)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from pedalang.diagnostic import Report, did_you_mean
from pedalang.exchange.elmes.config import END, Dialect, Route
from pedalang.exchange.elmes.reading import Value

ROUTERS: Mapping[Dialect, Mapping[str, bool]] = {
    "0.1": {"any_keyword_route": False, "all_keyword_route": True}, "1.0": {"any_keyword_router": False}}
"""The routers of a dialect, and whether they want every keyword."""
_ALL = {name: every for routers in ROUTERS.values() for name, every in routers.items()}
_ENDS = (END, "START")


class Routes(NamedTuple):
    """Who begins, and who comes after whom."""

    start: Route
    after: Mapping[str, Route]


class _Written(NamedTuple):
    """One direction: a router's name is empty where there is none."""

    origin: str
    router: str
    route: Route
    value: Value


def read(directions: Value | None, agents: Mapping[str, object], dialect: Dialect, report: Report) -> Routes | None:
    """All directions as the original follows them. None, and reported, where nobody begins or where agents would speak
    at the same time."""
    written = [found for each in (directions.list() if directions is not None else ())
               if (found := _direction(each, agents, dialect, report)) is not None]
    for each in written:
        _known(each, agents, report)
    starts = [each for each in written if each.origin == "START"]
    if not starts or report.errors:
        if not report.errors:
            report.error("PED1002", directions.span if directions is not None else None, "nobody begins",
                         help="add a direction `START -> AGENT`")
        return None
    after = {each.origin: each.route for each in written if each.origin not in _ENDS}
    return _newer(written, starts, report) if dialect == "1.0" else _older(written, starts, after, report)


def _older(written: list[_Written], starts: list[_Written], after: dict[str, Route], report: Report) -> Routes | None:
    """In 0.1.x all directions of an agent count: two are followed at once, and two routers are refused."""
    for origin in dict.fromkeys(each.origin for each in written):
        of = [each for each in written if each.origin == origin]
        routed = [each for each in of if each.router]
        if len(routed) > 1:
            report.warning("PED1010", routed[1].value.span, f"a second router of `{origin}`: ELMES 0.1.x stops here",
                           help="leave one; the program follows the first")
        if len(of) - max(0, len(routed) - 1) > 1:
            report.error("PED1017", of[1].value.span, f"`{origin}` leads to several agents, who would speak at once",
                         help="in a program one speaks after the other: write the order that is meant")
        if routed:
            after[origin] = routed[0].route
    return None if report.errors else Routes(starts[0].route, after)


def _newer(written: list[_Written], starts: list[_Written], report: Report) -> Routes:
    """In 1.0 there is one router of a name, the last, whoever it is written for; of an agent's directions the last one
    counts that does not lead to the end."""
    last = {each.router: each for each in written if each.router}
    after: dict[str, Route] = {}
    for each in written:
        if each.router and last[each.router] is not each:
            report.warning("PED1010", each.value.span, f"this `{each.router}` is overwritten by the one of "
                           f"`{last[each.router].origin}`: ELMES 1.0 keeps one router of a name",
                           help="the program does what ELMES does; to have both, write each into its phase")
        route = last[each.router].route if each.router else each.route
        if each.origin in _ENDS or (not each.router and route.other == END):
            continue
        if each.origin in after and not each.router:
            report.warning("PED1010", each.value.span, f"`{each.origin}` had a direction before, and this one counts",
                           help="leave one of them out")
        after[each.origin] = route
    first = starts[0]
    return Routes(last[first.router].route if first.router else first.route, after)


def _direction(value: Value, agents: Mapping[str, object], dialect: Dialect, report: Report) -> _Written | None:
    origin, arrow, target = value.text.partition("->")
    origin, target = origin.strip(), target.strip()
    if not arrow or not origin or not target:
        report.error("PED1011", value.span, f"`{value.text}` is no direction", help="write `A -> B`")
        return None
    if not target.startswith("router:"):
        return _Written(origin, "", Route(target, span=value.span), value)
    found = _router(target.removeprefix("router:").strip())
    if found is None or found[0] not in _ALL or not isinstance(found[1].get("keywords"), tuple | str):
        name = found[0] if found is not None else target
        report.error("PED1011", value.span, f"the router `{name}` cannot be read",
                     help=did_you_mean(name, ROUTERS[dialect]) or "write `router:"
                     f'{next(iter(ROUTERS[dialect]))}(keywords=["…"], exists_to=END, else_to="AGENT")`')
        return None
    name, given = found
    if name not in ROUTERS[dialect]:
        report.warning("PED1022", value.span, f"ELMES {dialect} has no router `{name}`, and stops here",
                       help=f"it has {', '.join(f'`{each}`' for each in ROUTERS[dialect])}; the program does what is "
                       "meant")
    return _Written(origin, name, _routed(name, given, value, dialect, report), value)


def _routed(name: str, given: Mapping[str, object], value: Value, dialect: Dialect, report: Report) -> Route:
    raw = given["keywords"]
    keywords = tuple(str(each) for each in raw) if isinstance(raw, tuple) else tuple(dict.fromkeys(str(raw)))
    if isinstance(raw, str):
        report.warning("PED1009", value.span, f"`keywords` is a text: each letter of `{raw}` counts as a keyword",
                       help=f'write `keywords=["{raw}"]`; the program does what ELMES does')
    found, other = str(given.get("exists_to", END)), str(given.get("else_to", END))
    if dialect == "0.1":
        lost = [word for word in keywords if word != word.lower()]
        for word in lost:
            report.warning("PED1009", value.span, f"`{word}` is never found: ELMES 0.1.x looks for it in words that it "
                           "has put into small letters",
                           help=f"write `{word.lower()}`; the program does what ELMES does")
        keywords = () if lost and _ALL[name] else tuple(word for word in keywords if word not in lost)
    if END in (found, other):
        _swallows(keywords if found == END else (), value, report)
    return Route(other, found, keywords, _ALL[name], value.span)


def _swallows(keywords: tuple[str, ...], value: Value, report: Report) -> None:
    """A word that is also said in passing ends a dialogue in the middle."""
    plain = [word for word in keywords if word.replace(" ", "").isalnum()]
    if plain:
        words = " and ".join(f"`{word}`" for word in plain)
        report.warning("PED1008", value.span, f"{words} anywhere in a reply ends the dialogue: nobody answers the rest "
                       "of that reply", help="end with a sign that nobody says in passing, such as `<end>`, on a line "
                       "of its own")


def _router(text: str) -> tuple[str, dict[str, object]] | None:
    """A router's name and arguments, read as Python's syntax and never run; a bare name is its text."""
    try:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return None
        given = {each.arg: _argument(each.value) for each in call.keywords if each.arg}
        places = dict(zip(("keywords", "exists_to", "else_to"), map(_argument, call.args), strict=False))
        return call.func.id, {**places, **given}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _argument(node: ast.expr) -> object:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(str(_argument(each)) for each in node.elts)
    if isinstance(node, ast.Constant):
        return node.value
    raise ValueError


def _known(each: _Written, agents: Mapping[str, object], report: Report) -> None:
    names = [each.origin, each.route.other, *([each.route.found] if each.router else ())]
    for name in dict.fromkeys(names):
        if name not in agents and name not in _ENDS:
            report.error("PED1004", each.value.span, f"there is no agent `{name}`",
                         help=did_you_mean(name, agents, "the agents are"))
