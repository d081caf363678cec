"""How a member of the cast takes its turn: by its rules and an engine, or with words that come from elsewhere.

A simulated turn is a generator: it yields what it needs to be answered, is sent the answer, and returns the state
after it with the turn for the journal. Who drives it, and how it waits, is none of its business.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from msgspec.structs import replace

from pedalang import journal, plan, prompt
from pedalang.expression import environment, locales, nodes, values
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.values import Value
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.episode import policy, seeds, words
from pedalang.runtime.episode.handlers import Changes
from pedalang.runtime.episode.state import Setting, State, no_value
from pedalang.runtime.errors import EngineError, EpisodeError

EMPTY = "PED1105"
"""The code of a reply without words, whether an engine says so or gives none."""
AGAIN_TEMPERATURE = 0.7
"""At least, for words that are asked for once more: at 0 another seed would give the same words."""


class Ask(NamedTuple):
    """What a turn waits for: the engine's answer for `who`. `step` as in `journal.Completion`."""

    who: str
    step: str
    request: Request


Taken: TypeAlias = tuple[State, journal.Turn]
Asking: TypeAlias = Generator[Ask, Reply, Taken]


class _Doing(NamedTuple):
    """What is done in a turn before it is said: a teacher's move or a learner's act, and how it may be said."""

    env: Env
    say: tuple[nodes.Expr, ...]
    place: str
    move: plan.Move | None = None
    arguments: Mapping[str, Value] | None = None
    act: str = ""


def simulated(setting: Setting, state: State, step: plan.Turn) -> Asking:
    """The turn of a role that speaks by itself. Raises `EpisodeError` or `EngineError` where it cannot."""
    return _Turn(setting, state, step).taken()


def heard(setting: Setting, state: State, who: str, text: str, how: Literal["person", "recorded"], *, move: str = "",
          act: str = "", start: float | None = None) -> Taken:
    """A turn whose words came from a person or a recording."""
    changes = Changes(setting, state)
    changes.hints.pop(who, None)
    name, arguments = made(setting.flow.cast[who], move)
    return _after(setting, state, changes, who, text, how, move=name, arguments=arguments, act=act, start=start)


def made(role: plan.Role, move: str) -> tuple[str, Mapping[str, Value]]:
    """A move as a person or a recording names it, and its arguments: behind a dot may stand a case of it."""
    name, _, case = move.rpartition(".")
    known = role.moves.get(name)
    return (name, {plan.CASE: case}) if known is not None and case in known.cases else (move, {})


def given(setting: Setting, state: State) -> tuple[State, list[journal.Turn]]:
    """The state after the recorded turns that come before a dialogue's first phase, and these turns: nothing is
    generated, and no phase knows of them. Raises `EpisodeError` where one is of nobody in the cast."""
    start, turns = state, []
    state = replace(state, phase="", env={**state.env, "phase": ""})
    for each in start.given:
        who = next((name for name in setting.flow.cast if name.lower() == each["speaker"].lower()), None)
        if who is None:
            raise EpisodeError("PED1214", f"the recorded dialogue has a turn of {each['speaker']}, who is nobody in "
                               f"the cast of flow {setting.flow.name}", place=setting.flow.place,
                               help=f"cast it under that name; the cast is {', '.join(setting.flow.cast)}")
        state, turn = heard(setting, state, who, each["text"], "recorded", move=each.get("move", ""),
                            start=each.get("start"))
        turns.append(turn)
    return replace(state, phase=start.phase, step=0, turns_here=0, env={**state.env, "phase": start.phase}), turns


class _Turn:
    """One simulated turn under way."""

    def __init__(self, setting: Setting, state: State, step: plan.Turn) -> None:
        self._setting = setting
        self._state = state
        self._step = step
        self._who = step.role
        self._role = setting.flow.cast[step.role]
        self._phase = setting.flow.phases[state.phase]
        self._changes = Changes(setting, state)
        self._limit = step.limit or self._role.limit
        model = setting.plan.models.get(self._role.model)
        self._temperature = model.temperature if model else 0.0
        self._top_p = model.top_p if model else None
        self._seeded = setting.seed if model is None or model.seed is None else model.seed
        self._tokens = 0

    def taken(self) -> Asking:
        env = self._changes.before(self._who)
        hints = self._changes.hints.pop(self._who, ())
        doing = (yield from self._moved(env, hints)) if self._role.moves else self._acted(env)
        text, how = yield from self._spoken(doing, hints)
        return _after(self._setting, self._state, self._changes, self._who, text, how,
                      move=doing.move.name if doing.move else "", arguments=doing.arguments or {}, act=doing.act,
                      tokens=self._tokens)

    def _moved(self, env: Env, hints: Sequence[str]) -> Generator[Ask, Reply, _Doing]:
        options = policy.options(self._setting, self._role, self._step, env, lambda: self._draws("table"))
        scopes = [{**env, "args": option.arguments} for option in options]
        picked = 0
        if len(options) > 1:
            evaluate = self._setting.evaluate
            try:
                lines = prompt.move_lines(self._phase, env, evaluate, hints)
                offers = [prompt.move_words(option.move, scope, evaluate, self._role.language)
                          for option, scope in zip(options, scopes, strict=True)]
            except EvaluationError as error:
                raise no_value(str(error), self._step.place) from None
            picked = yield from self._choice("move", offers, lines)
        move = options[picked].move
        return _Doing(scopes[picked], move.say, move.place, move, options[picked].arguments)

    def _acted(self, env: Env) -> _Doing:
        for act in self._role.acts:
            if self._setting.holds(act.when, env, act.place):
                return _Doing(env, act.say, act.place, act=act.name)
        return _Doing(env, (), self._role.place)

    def _spoken(self, doing: _Doing, hints: Sequence[str]) -> Generator[Ask, Reply, tuple[str, _How]]:
        speak = self._role.speak
        if speak == "free" or (speak == "either" and self._setting.engines[self._who].abilities.speaks_freely):
            return (yield from self._free(doing, hints))
        texts = words.candidates(self._setting, doing.say, doing.env, doing.place)
        if texts:
            return (yield from self._among(texts, "speech")), "chosen"
        if speak == "either":
            return (yield from self._free(doing, hints))
        what = f"move {doing.move.name}" if doing.move else f"act {doing.act}" if doing.act else "turn"
        raise EpisodeError("PED1205", f"{self._who} has no words for its {what} in turn {self._state.turn}",
                           help="write `say` candidates for it, or let the role `speak: either`", place=doing.place)

    def _among(self, texts: list[str], step: str) -> Generator[Ask, Reply, str]:
        said = {turn["text"] for turn in self._state.env["history"]}
        offered, repeated = words.offered(texts, said, lambda: self._draws(f"{step}.offered"))
        if repeated:
            self._changes.notes.append("repeated")
        picked = (yield from self._choice(step, offered)) if len(offered) > 1 else 0
        return offered[picked]

    def _free(self, doing: _Doing, hints: Sequence[str]) -> Generator[Ask, Reply, tuple[str, _How]]:
        """Generated words. Where they do not show what they must: once more, then a candidate, then what they must
        show and nothing else."""
        setting, role = self._setting, self._role
        carry = None if role.carries is None else setting.value(role.carries, doing.env, role.place)
        try:
            lines = prompt.speech_lines(self._phase, doing.env, setting.evaluate, move=doing.move, act=doing.act,
                                        carry=carry, hints=hints, language=role.language)
        except EvaluationError as error:
            raise no_value(str(error), doing.place) from None
        text, cut = yield from self._generated("speech", lines, self._temperature)
        if not text or not words.shows(text, carry, role.language):
            first, (text, cut) = text, (yield from self._generated("speech.again", lines, AGAIN_TEMPERATURE))
            if not text and (carry is None or not first):
                raise EngineError(EMPTY, f"{self._who} was given empty words twice in turn {self._state.turn}",
                                  help="try another model, or give the role `say` candidates and `speak: either`")
            self._changes.notes.append("said again")
        if words.shows(text, carry, role.language):
            self._changes.notes += ["cut"] * cut
            return text, "generated"
        texts = words.candidates(setting, doing.say, doing.env, doing.place)
        self._changes.notes.append("taken from candidates" if texts else "only what it must show")
        return (yield from self._among(texts, "speech.candidates")) if texts else locales.shown(carry, role.language), \
            "chosen"

    def _generated(self, step: str, lines: Sequence[str], temperature: float
                   ) -> Generator[Ask, Reply, tuple[str, bool]]:
        """A cleaned reply, and whether it was cut."""
        reply = self._counted((yield self._asked(step, lines=lines, temperature=max(temperature, self._temperature))))
        text, too_long = words.cleaned(reply.text, self._setting.flow, self._limit)
        return text, too_long or reply.finish == "length"

    def _choice(self, step: str, offers: Sequence[str], lines: Sequence[str] = ()) -> Generator[Ask, Reply, int]:
        reply = self._counted((yield self._asked(step, tuple(offers), lines, self._temperature)))
        if reply.choice is None or not 0 <= reply.choice < len(offers):
            raise EpisodeError("PED1208", f"the engine of {self._who} chose {reply.choice} of {len(offers)} things",
                               help="this is a fault of the engine; try another one")
        return reply.choice

    def _asked(self, step: str, choices: tuple[str, ...] = (), lines: Sequence[str] = (),
               temperature: float = 0.0) -> Ask:
        state, who, purpose = self._state, self._who, step.partition(".")[0]
        voice = state.voices.get(f"{who}.{purpose}", state.voices[who])
        messages = prompt.render(self._setting.flow, who, voice, state.env["history"], lines)
        return Ask(who, step, Request(messages, self._seed(step), choices, self._limit, temperature, top_p=self._top_p,
                                      purpose=purpose,
                                      key=f"{state.episode}/{state.turn}/{step}"))

    def _counted(self, reply: Reply) -> Reply:
        self._tokens += reply.tokens_in + reply.tokens_out
        return reply

    def _draws(self, purpose: str) -> seeds.Draws:
        return self._setting.drawing(self._seeded, self._setting.drawn_as(self._state.episode), self._state.turn,
                                     self._who, purpose)

    def _seed(self, purpose: str) -> int:
        return seeds.derived(self._seeded, self._setting.drawn_as(self._state.episode), self._state.turn, self._who,
                             purpose)


_How: TypeAlias = Literal["chosen", "generated", "person", "recorded"]


def _after(setting: Setting, state: State, changes: Changes, who: str, text: str, how: _How, *, move: str = "",
           arguments: Mapping[str, Value] | None = None, act: str = "", tokens: int = 0,
           start: float | None = None) -> Taken:
    """The state after words were said, and what all handlers made of them."""
    arguments = arguments or {}
    record = environment.turn_record(who, text, move=move, act=act, phase=state.phase, number=state.turn,
                                     arguments=arguments, start=start)
    changes.env = environment.after(changes.env, record, changes.members)
    changes.env["args"] = record["arguments"]
    done = [event for event in (move, act) if event]
    changes.own(who, done if how in ("chosen", "generated") else ["said", *done])
    changes.after(who, ["turn", *done], state.phase)
    changes.env["args"] = {}
    written = {who: state.written[who] if members is state.members[who] else values.to_json(members)
               for who, members in changes.members.items()}
    new = State(state.episode, state.turn + 1, changes.env, changes.members, state.phase, state.step + 1,
                state.turns_here + 1, state.voices, changes.hints, state.initial, written,
                (*state.past, changes.members), state.tokens + tokens, state.tokens_here + tokens, state.given)
    return new, journal.Turn(
        state.episode, state.turn, who, state.phase, text, how, move, values.to_json(record["arguments"]), act, written,
        tuple(changes.notes), start)
