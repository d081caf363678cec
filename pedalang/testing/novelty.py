"""Where to look next: dialogues that came where few others came are gone on from, with other choices.

What a dialogue came to is a set of features of each of its turns: where the flow stands, which guards hold, what the
variables are, how often each move was made, where the clauses stand. For every feature the shortest beginning of a
dialogue that leads to it is kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from pedalang import plan
from pedalang.expression import nodes, values
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.values import Absent, Value
from pedalang.testing.choices import Asked, Choices, Fresh, Script, evenly
from pedalang.testing.playing import Arena, Played

FROM_SCRATCH, CHANGED, AT_ONCE = 0.25, 0.15, 0.3
"""How many dialogues begin anew, repeat another with some choices changed, and go on at once from what
was just met; the rest go on from one that came to something rare."""
BURST = 5
"""How often what is new is gone on from at once."""
HOT = frozenset({"variable", "clauses", "guards", "lasts"})
"""Kinds of features that are worth that."""
WORTH = {"where": 0.3, "about": 0.4, "counts": 0.6, "goto": 0.5}
"""How often a kind of features is looked at, against 1 for the others."""
OTHER_DATA = 0.3
"""How many dialogues, of those that go on from another, are about something else than it."""
PLAIN = 0.3
"""How many dialogues, of those that begin anew, are as the program would have them."""
MOST_COUNTED = 8
STEPS = 20
"""Parts of a number from 0 to 1 that are told apart."""

Feature = tuple[str, Hashable]


@dataclass(slots=True)
class _Way:
    """The shortest beginning known to a feature; how many dialogues came there, and how many were begun with it."""

    script: Script
    turns: int
    met: int = 1
    used: int = 0


class Archive:
    """What was met so far, and how to come there."""

    def __init__(self, here: Arena, draw: Random) -> None:
        self._here = here
        self._draw = draw
        self._guards = tuple(_guards(here.flow))
        self._ways: dict[str, dict[Hashable, _Way]] = {}
        self._hot: list[_Way] = []
        """Ways to what was met for the first time just now, each as often as it is to be gone on from."""

    def learn(self, played: Played) -> None:
        """Takes note of a dialogue."""
        script, seen = played.choices.script(), set[Feature]()
        newest: _Way | None = None
        for number, features in enumerate(_features(played, self._here, self._guards)):
            for kind, what in features:
                if (kind, what) in seen:
                    continue
                seen.add((kind, what))
                known = self._ways.setdefault(kind, {}).get(what)
                if known is None:
                    way = self._ways[kind][what] = _Way(script[:number + 2], number + 1)
                    newest = way if kind in HOT else newest
                    continue
                known.met += 1
                if number + 1 < known.turns:
                    known.script, known.turns = script[:number + 2], number + 1
        self._hot += [newest] * BURST if newest is not None else []

    def next(self) -> Choices:
        """The choices of the next dialogue."""
        draw, where = self._draw, self._draw.random()
        if not self._ways or where < FROM_SCRATCH:
            if draw.random() < PLAIN:
                return Choices((), evenly(draw))
            return Choices(() if draw.random() < 0.5 else (self._about(),), in_a_mood(draw))
        if where < FROM_SCRATCH + CHANGED:
            return self.near(self._rare().script)
        if where < FROM_SCRATCH + CHANGED + AT_ONCE and self._hot:
            return self._on(self._hot.pop())
        way = self._rare()
        return self._on(way, (self._about(), *way.script[1:]) if draw.random() < OTHER_DATA else way.script)

    def near(self, script: Script) -> Choices:
        """The choices of a dialogue with a few things changed, or about something else."""
        changed = _changed(script, self._draw)
        about = self._about() if self._draw.random() < OTHER_DATA else changed[0]
        return Choices((about, *changed[1:]), in_a_mood(self._draw))

    def _about(self) -> Mapping[str, tuple[int, ...]]:
        """What is chosen before the first turn: something else, or what few dialogues were about."""
        return self._rare("about").script[0] if "about" in self._ways and self._draw.random() < 0.5 else {}

    def _on(self, way: _Way, script: Script | None = None) -> Choices:
        """The choices that go on from a way: the first move after it is each in turn."""
        mood, first, way.used = in_a_mood(self._draw), way.used, way.used + 1
        waiting = [True]

        def fresh(asked: Asked) -> int:
            if asked.kind == "move" and asked.turn >= way.turns and waiting:
                waiting.clear()
                return first % asked.among
            return mood(asked)

        return Choices(way.script if script is None else script, fresh)

    def _rare(self, kind: str = "") -> _Way:
        """A way to something, of a kind or of any, that was rarely met and rarely begun with."""
        if not kind:
            kinds = sorted(self._ways)
            (kind,) = self._draw.choices(kinds, [WORTH.get(each, 1.0) for each in kinds])
        ways = list(self._ways[kind].values())
        return self._draw.choices(ways, [1 / (way.met + 4 * way.used * way.used) for way in ways])[0]


def in_a_mood(draw: Random) -> Fresh:
    """Choices with a bent of their own: some moves are liked, some never made, some draws nearly always come out one
    way. Even chance goes nowhere far: what takes the same thing six times is met once in hundreds of dialogues."""
    plain = evenly(draw)
    liking: dict[tuple[str, str], float] = {}

    def pick(asked: Asked) -> int:
        if asked.kind == "data":
            return draw.choice((0, asked.among - 1)) if draw.random() < 0.2 else plain(asked)
        if asked.kind == "text" and liking.setdefault((asked.label, ""), draw.choice((0.0, 0.5, 1.0))) < draw.random():
            return 0
        if asked.among > 16:
            bent = liking.setdefault((asked.label, "large"), draw.choice((-1.0, 0.0, 0.0, 1.0)))
            return plain(asked) if not bent else int(draw.random() ** 4 * asked.among) if bent < 0 else \
                asked.among - 1 - int(draw.random() ** 4 * asked.among)
        weights = [liking.setdefault((asked.label, name), draw.choice((0.02, 0.3, 1.0, 1.0, 8.0)))
                   for name in asked.names or map(str, range(asked.among))]
        own = asked.weights or (1.0,) * asked.among
        total = sum(own) or 1.0
        return draw.choices(range(asked.among), [liked * (0.2 + each / total)
                                                 for liked, each in zip(weights, own, strict=True)])[0]

    return pick


def _changed(script: Script, draw: Random) -> Script:
    """The script with a few choices forgotten, so that they are made anew."""
    places = [(group, label) for group, made in enumerate(script) for label in made]
    forgotten = set(draw.sample(places, min(len(places), draw.choice((1, 1, 2, 3)))))
    return tuple({label: values for label, values in made.items() if (group, label) not in forgotten}
                 for group, made in enumerate(script))


# ---------------------------------------------------------------- features


def _features(played: Played, here: Arena, guards: Iterable[nodes.Expr]) -> Iterator[list[Feature]]:
    """The features of each turn, always in the same order."""
    made: dict[str, int] = {}
    gotos: dict[int, list[tuple[str, int]]] = {}
    about = tuple(_about(played.item, here))
    before, lasts = None, 0
    for turn, phase, at in played.passed:
        gotos.setdefault(turn, []).append((phase, at))
    for number, (turn, env) in enumerate(zip(played.turns, played.trace, strict=True)):
        did = f"{turn.role}.{turn.move or turn.act}"
        made[did] = min(made.get(did, 0) + 1, MOST_COUNTED)
        where = turn.phase, did
        clauses = tuple(reached[number] for reached in played.reached.values())
        small = tuple(_variables(env, here.flow))
        held = tuple(_holds(guard, env, here) for guard in guards)
        found: list[Feature] = [("where", where), ("clauses", (turn.phase, clauses)), ("guards", (turn.phase, held)),
                                ("counts", (turn.phase, did, made[did])), ("state", (turn.phase, small))]
        lasts = lasts + 1 if before == (turn.phase, held) else 1
        before = turn.phase, held
        found.append(("lasts", (turn.phase, held, lasts)))
        found += [("variable", (turn.phase, name, value)) for name, value in small]
        found += [("guard", (turn.phase, place, value)) for place, value in enumerate(held)]
        found += [("about", (turn.phase, name, value)) for name, value in about]
        found += [("goto", each) for each in gotos.get(number, ())]
        yield found


def _variables(env: Env, flow: plan.Flow) -> Iterator[tuple[str, Hashable]]:
    """The variables of the cast and the flow, roughly."""
    for who in (*flow.cast, *((plan.FLOW,) if flow.state else ())):
        state: Mapping[str, Value] = env[who]
        for name, value in state.items():
            if name != "said":
                yield f"{who}.{name}", value if isinstance(value, str) else _roughly(value)


def _about(item: Mapping[str, Value], here: Arena) -> Iterator[tuple[str, Hashable]]:
    """What a dialogue is about, roughly: of a record each field, the cases of enums, of texts only whether there are
    any."""
    for name, value in item.items():
        record = here.plan.records.get(here.flow.params.get(name, ""))
        enums = {spec.name for spec in record.fields if spec.cases} if record is not None else set()
        for field, inside in (value if isinstance(value, Mapping) else {"": value}).items():
            yield f"{name}.{field}", inside if field in enums and isinstance(inside, str) else _roughly(inside)


def _roughly(value: Value) -> Hashable:
    """A value so that there are few: numbers in parts, lists and texts by how much is in them."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return max(-STEPS, min(value, STEPS))
    if values.is_number(value):
        return round(max(-1.0, min(float(value), 1.0)) * STEPS)
    return min(len(value), 1 if isinstance(value, str) else STEPS)


def _holds(guard: nodes.Expr, env: Env, here: Arena) -> bool | None:
    try:
        return bool(here.evaluate(guard, env))
    except (EvaluationError, Absent):
        return None


def _guards(flow: plan.Flow) -> Iterator[nodes.Expr]:
    """The facts that the flow's guards are made of, each once; what handlers draw is no longer there afterwards."""
    known = {*flow.params, *flow.cast, "history", "turn", "phase", *((plan.FLOW,) if flow.state else ())}
    told: list[nodes.Expr] = []
    for guard in _conditions(flow):
        for fact in nodes.leaves(guard) if guard is not None else ():
            if fact not in told and set(nodes.names(fact)) <= known:
                told.append(fact)
                yield fact


def _conditions(flow: plan.Flow) -> Iterator[nodes.Expr | None]:
    """What transitions, moves, acts, policies and handlers look at."""
    for phase in flow.phases.values():
        yield from (step.when for step in phase.steps if isinstance(step, plan.Goto))
        yield from _handled(phase.handlers)
    for role in flow.cast.values():
        yield from (move.allow for move in role.moves.values())
        yield from (arm.when for arm in role.policy.arms)
        yield from (act.when for act in role.acts)
        yield from _handled(role.handlers)
    yield from _handled(flow.handlers)


def _handled(handlers: Iterable[plan.Handler]) -> Iterator[nodes.Expr | None]:
    for handler in handlers:
        yield handler.when
        yield from _branches(handler.body)


def _branches(body: Iterable[plan.Statement]) -> Iterator[nodes.Expr]:
    for statement in body:
        if isinstance(statement, plan.Branch):
            yield statement.condition
            yield from _branches((*statement.then, *statement.otherwise))
