"""Directions as phases: agents that always follow each other share one, and whoever can be led to begins one."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from pedalang.exchange.elmes.config import END, Config, Route


class Phase(NamedTuple):
    """Agents in order; `then` is who begins the next phase, or the end."""

    agents: tuple[str, ...]
    then: str


class Phases(NamedTuple):
    """In the order in which they are come to. `ends` is false where no direction leads to the end."""

    found: tuple[Phase, ...]
    ends: bool


def of(config: Config) -> Phases:
    """The phases of a configuration's directions."""
    reached = _reached(config)
    led_to = Counter(_route(config, name).other for name in reached)
    led_to[config.start.other] += 1
    jumped = {_route(config, name).found for name in reached if _route(config, name).keywords}
    jumped |= {config.start.other, *([config.start.found] if config.start.keywords else [])}
    heads = [name for name in reached if name in jumped or led_to[name] > 1]
    found = tuple(_phase(config, head, heads) for head in heads)
    return Phases(found, END in led_to or END in jumped)


def unused(config: Config) -> list[str]:
    """Agents that are never asked."""
    reached = _reached(config)
    return [name for name in config.agents if name not in reached]


def _route(config: Config, name: str) -> Route:
    return config.routes.get(name, Route(END))


def _reached(config: Config) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = [name for route in (config.start,) for name in _targets(route)]
    while waiting:
        name = waiting.pop(0)
        if name != END and name not in found:
            found[name] = None
            waiting += _targets(_route(config, name))
    return tuple(found)


def _targets(route: Route) -> list[str]:
    return [route.other, *([route.found] if route.keywords else [])]


def _phase(config: Config, head: str, heads: list[str]) -> Phase:
    agents = [head]
    following = _route(config, head).other
    while following != END and following not in heads:
        agents.append(following)
        following = _route(config, following).other
    return Phase(tuple(agents), following)

