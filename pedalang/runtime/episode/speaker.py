"""How a member of the cast takes its turn: by its rules and an engine, or with words that come from elsewhere.

A simulated turn is a generator: it yields what it needs to be answered, is sent the answer, and returns the state
after it with the turn for the journal. Who drives it, and how it waits, is none of its business.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from pedalang import journal, plan, prompt
from pedalang.expression import environment, locales, nodes, values
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.values import Value
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.episode import policy, seeds, shield, words
from pedalang.runtime.episode.handlers import Changes
from pedalang.runtime.episode.state import Setting, State, no_value
from pedalang.runtime.errors import EngineError, EpisodeError

_How: TypeAlias = Literal["chosen", "generated", "person", "recorded"]
_Kind: TypeAlias = Literal["moves", "words left out", "words again", "words replaced", "failed"]
EMPTY = "PED1105"
"""The code of a reply without words, whether an engine says so or gives none."""
AGAIN_TEMPERATURE = 0.7
"""At least, for words that are asked for once more: at 0 another seed would give the same words."""


class Ask(Struct, frozen=True):
    """What a turn waits for: the engine's answer for `who`. `step` as in `journal.Completion`."""

    who: str
    step: str
    request: Request


_Told: TypeAlias = tuple[State, journal.Turn]


class Taken(NamedTuple):
    """The state after a turn that was simulated, the turn, and what the shield did in it."""

    state: State
    turn: journal.Turn
    interventions: tuple[journal.Intervention, ...]


Asking: TypeAlias = Generator[Ask, Reply, Taken]


class _Doing(Struct, frozen=True):
    """What is done in a turn before it is said: a teacher's move or a learner's act, and how it may be said."""

    env: Env
    say: tuple[nodes.Expr, ...]
    place: str
    move: plan.Move | None = None
    arguments: Mapping[str, Value] | None = None
    act: str = ""


class HeardAt(Struct, frozen=True):
    """Where a turn stands in a recording: its seconds, and which of several people spoke, as in a journal's turn."""

    start: float | None = None
    end: float | None = None
    voice: int = 0


NOWHERE = HeardAt()
"""Of what no recording has."""


class _Said(Struct, frozen=True):
    """What is said, how the words came about, and what is done with them: another move, where none of the first one's
    words could be said."""

    doing: _Doing
    text: str
    how: _How


def simulated(setting: Setting, state: State, step: plan.Turn) -> Asking:
    """The turn of a role that speaks by itself. Raises `EpisodeError` or `EngineError` where it cannot."""
    return _Turn(setting, state, step).taken()


def heard(setting: Setting, state: State, who: str, text: str, how: Literal["person", "recorded"], *, move: str = "",
          act: str = "", heard_at: HeardAt = NOWHERE) -> _Told:
    """A turn whose words came from a person or a recording."""
    changes = Changes(setting, state)
    changes.hints.pop(who, None)
    name, arguments = made(setting.flow.cast[who], move)
    return _after(setting, state, changes, who, text, how, move=name, arguments=arguments, act=act, at=heard_at)


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
                            heard_at=HeardAt(each.get("start"), each.get("end")))
        turns.append(turn)
    return replace(state, phase=start.phase, step=0, turns_here=0, env={**state.env, "phase": start.phase}), turns


class Facing(NamedTuple):
    """What a member with moves faces in its turn: what each cue is, and the moves that may be made."""

    cues: tuple[float, ...]
    moves: tuple[str, ...]


def facing(setting: Setting, state: State, step: plan.Turn, cues: Sequence[plan.Cue]) -> Facing:
    """What the one whose turn it is chooses from. Raises `EpisodeError` where nothing is allowed, or a cue is nothing.
    """
    env, role = Changes(setting, state).before(step.role), setting.flow.cast[step.role]
    left = policy.available(setting, role, step, env, shield.masked(setting, state, env)).left
    return Facing(tuple(policy.seen(setting, cues, env, role.place)), tuple([move.name for move in left]))


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
        self._adapter = model.adapter if model else ""
        self._seeded = setting.seed if model is None or model.seed is None else model.seed
        self._tokens = 0
        self._at_stake = shield.at_stake(setting, state) if self._role.moves else ()
        self._left: list[plan.Move] = []
        self._interventions: list[journal.Intervention] = []

    def taken(self) -> Asking:
        env = self._changes.before(self._who)
        hints = self._changes.hints.pop(self._who, ())
        doing = (yield from self._moved(env, hints)) if self._role.moves else self._acted(env)
        said = yield from self._spoken(doing, hints)
        return Taken(*self._after(said, self._changes), tuple(self._interventions))

    def _after(self, said: _Said, changes: Changes) -> _Told:
        doing = said.doing
        return _after(self._setting, self._state, changes, self._who, said.text, said.how,
                      move=doing.move.name if doing.move else "", arguments=doing.arguments or {}, act=doing.act,
                      tokens=self._tokens)

    def _moved(self, env: Env, hints: Sequence[str]) -> Generator[Ask, Reply, _Doing]:
        options, self._left, masked = policy.options(
            self._setting, self._role, self._step, env, lambda: self._draws("table"),
            shield.masked(self._setting, self._state, env))
        if masked:
            kind = "failed" if any(move.name in masked for move in self._left) else "moves"
            self._intervened(kind, shield.kept(self._setting, self._state, self._who, masked), masked=masked)
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

    def _spoken(self, doing: _Doing, hints: Sequence[str]) -> Generator[Ask, Reply, _Said]:
        speak = self._role.speak
        if speak == "free" or (speak == "either" and self._setting.engines[self._who].abilities.speaks_freely):
            return (yield from self._free(doing, hints))
        texts = words.candidates(self._setting, self._role, doing.say, doing.env, doing.place)
        if texts:
            return (yield from self._chosen(doing, texts, "speech"))
        if speak == "either":
            return (yield from self._free(doing, hints))
        what = f"move {doing.move.name}" if doing.move else f"act {doing.act}" if doing.act else "turn"
        raise EpisodeError("PED1205", f"{self._who} has no words for its {what} in turn {self._state.turn}",
                           help="write `say` candidates for it, or let the role `speak: either`", place=doing.place)

    def _chosen(self, doing: _Doing, texts: list[str], step: str) -> Generator[Ask, Reply, _Said]:
        """One of the texts that may be said; where none may, what else can be said."""
        found, lost = self._sayable(doing, texts)
        if not found:
            return self._replaced(doing, lost)
        if lost:
            self._intervened("words left out", lost, doing, left_out=len(texts) - len(found))
        return _Said(doing, (yield from self._among(found, step)), "chosen")

    def _among(self, texts: list[str], step: str) -> Generator[Ask, Reply, str]:
        offered = self._offered(texts, step)
        picked = (yield from self._choice(step, offered)) if len(offered) > 1 else 0
        return offered[picked]

    def _offered(self, texts: list[str], step: str) -> list[str]:
        said = {turn["text"] for turn in self._state.env["history"]}
        offered, repeated = words.offered(texts, said, lambda: self._draws(f"{step}.offered"))
        if repeated:
            self._changes.notes.append("repeated")
        return offered

    def _free(self, doing: _Doing, hints: Sequence[str]) -> Generator[Ask, Reply, _Said]:
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
            return (yield from self._kept(doing, lines, text, cut, carry))
        texts = words.candidates(setting, role, doing.say, doing.env, doing.place)
        self._changes.notes.append("taken from candidates" if texts else "only what it must show")
        return (yield from self._chosen(doing, texts or [locales.shown(carry, role.language)], "speech.candidates"))

    def _kept(self, doing: _Doing, lines: Sequence[str], text: str, cut: bool, carry: Value
              ) -> Generator[Ask, Reply, _Said]:
        """Generated words that break no clause. Where they would, they are asked for again with what they broke."""
        lost: shield.Clauses = ()
        for again in range(shield.MOST_AGAIN + 1):
            if again:
                self._intervened("words again", lost, doing, text=text)
                told = prompt.rule_lines(shield.clauses(self._setting, lost))
                text, cut = yield from self._generated(f"speech.kept{again}", (*lines, *told), AGAIN_TEMPERATURE)
            broken = self._broken(_Said(doing, text, "generated"))
            if text and not broken and words.shows(text, carry, self._role.language):
                self._changes.notes += ["cut"] * cut
                return _Said(doing, text, "generated")
            lost = broken or lost
        return self._replaced(doing, lost, text)

    def _replaced(self, doing: _Doing, lost: shield.Clauses, text: str = "") -> _Said:
        """What is said in place of words that would break clauses: a candidate of the same move, else of another move
        that may be made, else next to nothing. It is drawn, for there are engines that cannot choose."""
        for other in (doing, *self._others(doing)):
            try:
                texts = words.candidates(self._setting, self._role, other.say, other.env, other.place)
                found, _ = self._sayable(other, texts)
            except EpisodeError:
                continue
            if found:
                self._intervened("words replaced", lost, doing, text=text)
                offered = self._offered(found, "speech.replaced")
                return _Said(other, offered[self._draws("speech.replaced").below(len(offered))], "chosen")
        said = _Said(doing, shield.SILENCE, "chosen")
        still = self._broken(said)
        self._intervened("failed" if still else "words replaced", still or lost, doing, text=text)
        return said

    def _others(self, doing: _Doing) -> Iterator[_Doing]:
        """The other moves that may be made, each with its default arguments. What has none is passed over."""
        for move in self._left:
            if move is not doing.move:
                try:
                    _, arguments = policy.defaults(self._setting, move, doing.env)
                except EpisodeError:
                    continue
                yield _Doing({**doing.env, "args": arguments}, move.say, move.place, move, arguments)

    def _sayable(self, doing: _Doing, texts: list[str]) -> tuple[list[str], shield.Clauses]:
        """The texts that break no clause, and what the others would break."""
        if not self._at_stake:
            return texts, ()
        broken = [self._broken(_Said(doing, text, "chosen")) for text in texts]
        return [text for text, lost in zip(texts, broken, strict=True) if not lost], \
            tuple(dict.fromkeys(each for lost in broken for each in lost))

    def _broken(self, said: _Said) -> shield.Clauses:
        """The clauses that this turn would break. One that cannot be computed says so when it is taken."""
        if not self._at_stake:
            return ()
        try:
            after, _ = self._after(said, self._changes.copied())
        except EpisodeError:
            return ()
        return shield.broken(self._setting, after, self._at_stake)

    def _intervened(self, kind: _Kind, lost: shield.Clauses, doing: _Doing | None = None, *,
                    masked: tuple[str, ...] = (), text: str = "", left_out: int = 0) -> None:
        move = doing.move.name if doing is not None and doing.move is not None else ""
        self._interventions.append(journal.Intervention(
            self._state.episode, self._state.turn, len(self._interventions), self._who, kind, lost, masked, move, text,
            left_out))

    def _generated(self, step: str, lines: Sequence[str], temperature: float
                   ) -> Generator[Ask, Reply, tuple[str, bool]]:
        """A cleaned reply, and whether it was cut."""
        reply = self._counted((yield self._asked(step, lines=lines, temperature=max(temperature, self._temperature))))
        text, too_long = words.cleaned(reply.text, self._setting.flow, self._role, self._limit)
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
        messages = prompt.render(self._setting.flow, who, voice, state.env["history"], lines,
                                 state.openings.get(who, ()))
        return Ask(who, step, Request(messages, self._seed(step), choices, self._limit, temperature, top_p=self._top_p,
                                      purpose=purpose, adapter=self._adapter,
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


def _after(setting: Setting, state: State, changes: Changes, who: str, text: str, how: _How, *, move: str = "",
           arguments: Mapping[str, Value] | None = None, act: str = "", tokens: int = 0,
           at: HeardAt = NOWHERE) -> _Told:
    """The state after words were said, and what all handlers made of them."""
    arguments = arguments or {}
    record = environment.turn_record(who, text, move=move, act=act, phase=state.phase, number=state.turn,
                                     arguments=arguments, start=at.start, end=at.end, voice=at.voice)
    changes.env = environment.spoken(changes.env, record)
    done = [event for event in (move, act) if event]
    changes.own(who, done if how in ("chosen", "generated") else ["said", *done])
    changes.after(who, ["turn", *done], state.phase)
    changes.env["args"] = {}
    changed = {who: values.to_json(members) for who, members in changes.members.items()
               if members is not state.members[who]}
    written = {**state.written, **changed} if changed else state.written
    watched = setting.monitor.after(state.watched, changes.env, setting.evaluate)
    new = State(state.episode, state.turn + 1, changes.env, changes.members, state.phase, state.step + 1,
                state.turns_here + 1, state.voices, changes.hints, state.initial, written, watched,
                (*state.past, changes.members), state.tokens + tokens, state.tokens_here + tokens, state.given,
                state.openings)
    return new, journal.Turn(
        state.episode, state.turn, who, state.phase, text, how, move,
        values.to_json(arguments) if arguments else {}, act, written,
        tuple(changes.notes), at.start, setting.monitor.letters(watched), at.end, at.voice)
