"""A configuration, whatever its dialect: what it says of models, agents, tasks and judgement, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pedalang.exchange.elmes.reading import Value
from pedalang.source import Span

Dialect: TypeAlias = Literal["0.1", "1.0"]
END = "END"
"""Where a dialogue ends, among the names of agents."""


@dataclass(frozen=True, slots=True)
class Model:
    """`url` and `name` are empty where nothing stands that can be used."""

    key: str
    url: str
    name: str
    settings: Mapping[str, Value]
    span: Span


@dataclass(frozen=True, slots=True)
class Prompt:
    """A message that stands before a dialogue."""

    role: str
    text: Value


@dataclass(frozen=True, slots=True)
class Agent:
    """`window` is the most messages of the dialogue that it is sent; None where it is sent all."""

    key: str
    model: str
    prompts: tuple[Prompt, ...]
    window: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Route:
    """Who comes after an agent: `found` where its words hold `every` keyword, or one of them, else `other`. Without
    keywords always `other`."""

    other: str
    found: str = END
    keywords: tuple[str, ...] = ()
    every: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Tasks:
    """`grid` has the values of each variable, for all combinations; `rows` are tasks one by one. One is empty."""

    names: tuple[str, ...]
    start: Value | None
    grid: Mapping[str, tuple[Value, ...]]
    rows: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What a judge gives a mark for. `most` is the highest mark that the configuration itself knows; `truth` for yes
    and no."""

    key: str
    about: Value
    most: float | None = None
    truth: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who judges what, told what before each question; `reasons` where the judge is to give some."""

    model: str
    prompts: tuple[Prompt, ...]
    items: tuple[Item, ...]
    reasons: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Config:
    """`start` is who speaks first. `turns` is how many turns of agents a dialogue has at most."""

    dialect: Dialect
    models: Mapping[str, Model]
    agents: Mapping[str, Agent]
    start: Route
    routes: Mapping[str, Route]
    tasks: Tasks
    judgement: Judgement | None
    turns: int
