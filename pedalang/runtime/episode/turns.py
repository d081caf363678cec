"""A dialogue from where it stands to its end: the one place that waits for engines, and for turns to be durable.

Each turn is recorded, with the answers that it was made of, before the next one begins. What a journal already holds
is taken from there: finished turns are made again from their answers, and no answered request is asked again.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from pedalang import journal, plan, prompt
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.episode import flow, shield, speaker, words
from pedalang.runtime.episode.state import Setting, State
from pedalang.runtime.errors import EngineError, EpisodeError, JournalError

Asked: TypeAlias = Callable[[str, Request], Awaitable[tuple[Reply | EngineError, float]]]
"""Asks the engine of a member of the cast; gives its answer and how long it took, in seconds."""


Met: TypeAlias = Callable[[speaker.Ask, journal.Completion], None]
"""Is told what a turn of a journal asked when it was taken once more, with the answer that the journal has for it."""


class Record(Protocol):
    """Where a dialogue's events go."""

    def note(self, events: Iterable[journal.Event]) -> None:
        """Keeps events, to be written with what comes next."""
        ...

    def durable(self, events: Iterable[journal.Event]) -> Awaitable[None]:
        """Done when the events are written. Raises `JournalError` where they cannot be."""
        ...


class Unwritten:
    """Where the events of a dialogue go that is only looked at."""

    def note(self, events: Iterable[journal.Event]) -> None: ...

    def durable(self, events: Iterable[journal.Event]) -> Awaitable[None]:
        raise AssertionError("nothing is written")


def unheeded(ask: speaker.Ask, answer: journal.Completion) -> None:
    """Of those who do not want to know what was asked."""


def not_asked(who: str, request: Request) -> Awaitable[tuple[Reply | EngineError, float]]:
    """Stands for the engines of a dialogue that is only looked at."""
    raise AssertionError(f"{who} is not asked")


class Dialogue:
    """A dialogue under way: `state` is where it stands, `turns` what was said so far."""

    def __init__(self, setting: Setting, state: State, ask: Asked, record: Record, met: Met = unheeded) -> None:
        """`met` is told what turns ask that are taken once more. Raises `EpisodeError` where the turns before the first
        phase cannot be told."""
        self._setting = setting
        self._ask = ask
        self._record = record
        self._met = met
        self._known: Mapping[tuple[int, str], journal.Completion] = {}
        self.state, self.turns = speaker.given(setting, state) if state.given else (state, [])
        self._unwritten: list[journal.Event] = [*self.turns]

    def role(self, who: str) -> plan.Role:
        """A member of the cast."""
        return self._setting.flow.cast[who]

    def masked(self, who: str) -> Collection[str]:
        """The moves that a member whose turn it is may not make, so that hard clauses hold."""
        return shield.masked(self._setting, self.state, self.state.env) if self.role(who).moves else ()

    def facing(self, step: plan.Turn, cues: Sequence[plan.Cue]) -> speaker.Facing:
        """What the member with moves whose turn it is chooses from, and what cues are to it. Raises `EpisodeError`
        where nothing is allowed, or where a cue has no value."""
        return speaker.facing(self._setting, self.state, step, cues)

    def kept(self, who: str, move: str) -> list[str]:
        """The clauses that not making a move keeps, by their full names."""
        return [".".join(each) for each in shield.kept(self._setting, self.state, who, [move])]

    def next(self) -> flow.Next:
        """Whose turn it is, or why the dialogue is over. Raises `EpisodeError` where that cannot be said."""
        self.state, following = flow.advance(self._setting, self.state)
        return following

    async def take(self, step: plan.Turn) -> journal.Turn:
        """A turn of a member that speaks by itself. Raises `RunError`; the dialogue then stands where it stood."""
        taking = speaker.simulated(self._setting, self.state, step)
        answered: list[journal.Completion] = []
        try:
            asked = next(taking)
            while True:
                answer, reply = await self._answer(asked)
                answered.append(answer)
                asked = taking.send(reply)
        except StopIteration as done:
            state, turn, interventions = done.value
        except BaseException:
            self._record.note(answered)
            raise
        await self._durable([*answered, *interventions, turn])
        self.state = state
        self.turns.append(turn)
        return turn

    async def hear(self, step: plan.Turn, text: str, move: str = "") -> journal.Turn:
        """A turn that a person takes. Raises `EpisodeError` or `JournalError`; the dialogue then stands where it
        stood."""
        state, turn = speaker.heard(self._setting, self.state, step.role, text, "person", move=move)
        await self._durable([turn])
        self.state = state
        self.turns.append(turn)
        return turn

    def replay(self, turns: Iterable[journal.Turn], answers: Iterable[journal.Completion],
               interventions: Iterable[journal.Intervention] = ()) -> None:
        """Takes turns that a journal holds once more, and keeps the other answers for the turn that comes next. Raises
        `JournalError` PED1207 where they do not come out the same."""
        shielded = itertools.groupby(interventions, key=operator.attrgetter("turn"))
        told = {turn: tuple(each) for turn, each in shielded}
        self._known = {(answer.turn, answer.step): answer for answer in answers}
        kept = list(turns)
        if kept and self._unwritten:
            if kept[:len(self._unwritten)] != self._unwritten:
                raise _differs(self.state.episode, 0, "another recorded beginning")
            kept, self._unwritten = kept[len(self._unwritten):], []
        for turn in kept:
            try:
                self.state, again, done = self._taken_again(turn)
            except EpisodeError as error:
                raise _differs(turn.episode, turn.turn, str(error)) from None
            if again != turn:
                raise _differs(turn.episode, turn.turn, "other words, or another state")
            if done != told.get(turn.turn, ()):
                raise _differs(turn.episode, turn.turn, "the shield does something else")
            self.turns.append(turn)

    def branch(self, setting: Setting) -> None:
        """The dialogue goes on in another setting of the same flow."""
        self._setting = setting

    async def end(self, why: flow.Why) -> journal.Ending:
        """Ends the dialogue: its contracts are judged, and that is recorded."""
        ending = self.ending(why)
        await self._durable([ending])
        return ending

    def ending(self, why: flow.Why) -> journal.Ending:
        """How it ends, if it ends here."""
        return journal.Ending(self.state.episode, self.state.phase, why, verdicts(self._setting, self.state))

    async def fail(self, error: EngineError | EpisodeError) -> journal.Ending:
        """Ends a dialogue that cannot go on."""
        ending = failed(self.state.episode, self.state.phase, error, self._place())
        await self._durable([ending])
        return ending

    def _place(self) -> str:
        """Where the program is: the turn that comes next, else the phase."""
        phase = self._setting.flow.phases[self.state.phase]
        step = phase.steps[self.state.step] if self.state.step < len(phase.steps) else phase
        return step.place or phase.place

    async def _durable(self, events: list[journal.Event]) -> None:
        """Done when the events are written, after the turns that were given. Raises `JournalError`."""
        events, self._unwritten = [*self._unwritten, *events], []
        await self._record.durable(events)

    async def _answer(self, ask: speaker.Ask) -> tuple[journal.Completion, Reply]:
        """The answer to what a turn asks: the journal's, or the engine's. Raises `EngineError`, `JournalError`."""
        who, step, request = ask.who, ask.step, ask.request
        sent = prompt.digest(request.messages, request.choices)
        known = self._recorded(step, sent) if self._known else None
        if known is not None:
            return known, _reply(known)
        reply, seconds = await self._ask(who, request)
        if isinstance(reply, EngineError):
            if reply.code != speaker.EMPTY or request.choices:
                raise reply
            reply = Reply("")
        state, engine = self.state, self._setting.engines[who]
        answer = journal.Completion(
            state.episode, state.turn, step, sent, request.seed, words.sound(reply.text), reply.choice,
            _finite(reply.scores), _finite(reply.totals), reply.tokens_in, reply.tokens_out, reply.finish, engine.name,
            reply.model or engine.model, seconds, reply.attempts, reply.computed)
        return answer, reply if answer.text is reply.text else _reply(answer)

    def _recorded(self, step: str, sent: str) -> journal.Completion | None:
        known = self._known.get((self.state.turn, step))
        if known is not None and known.prompt != sent:
            raise _differs(known.episode, known.turn, f"another prompt for {step}")
        return known

    def _taken_again(self, turn: journal.Turn) -> speaker.Taken:
        step = self.next()
        if isinstance(step, str) or step.role != turn.role:
            raise _differs(turn.episode, turn.turn, f"it is not the turn of {turn.role}")
        if turn.how == "person":
            move = ".".join(filter(None, (turn.move, turn.arguments.get(plan.CASE))))
            told = speaker.heard(self._setting, self.state, turn.role, turn.text, "person", move=move)
            return speaker.Taken(*told, ())
        taking = speaker.simulated(self._setting, self.state, step)
        try:
            asked = next(taking)
            while True:
                known = self._recorded(asked.step, prompt.digest(asked.request.messages, asked.request.choices))
                if known is None:
                    raise _differs(turn.episode, turn.turn, f"no answer for {asked.step}")
                self._met(asked, known)
                asked = taking.send(_reply(known))
        except StopIteration as done:
            return done.value


async def play(dialogue: Dialogue, spoke: Callable[[journal.Turn], None]) -> journal.Ending:
    """Takes turns until the dialogue ends, or fails: the others do not depend on it. `spoke` is called after each.
    Raises `JournalError` where nothing can be recorded."""
    try:
        while not isinstance(step := dialogue.next(), str):
            spoke(await dialogue.take(step))
    except JournalError:
        raise
    except (EngineError, EpisodeError) as error:
        return await dialogue.fail(error)
    return await dialogue.end(step)


def verdicts(setting: Setting, state: State) -> tuple[journal.Verdict, ...]:
    """Whether a dialogue that ends here kept the contracts of its run; those that ask a judge are looked at when it is
    scored."""
    return tuple(verdict for contract, verdict in setting.monitor.verdicts(state.watched) if not contract.judged)


def failed(episode: int, phase: str, error: EngineError | EpisodeError, place: str = "") -> journal.Ending:
    """How a dialogue that cannot go on ends: where the error says, else at a place of the program."""
    return journal.Ending(episode, phase, "failed", code=error.code, message=error.message, place=error.place or place)


def for_its_answers(code: str) -> bool:
    """Whether a dialogue failed for what was made of answers, and would again with the same ones; else no answer came.
    """
    return code == speaker.EMPTY or not code.startswith("PED11")


def _reply(answer: journal.Completion) -> Reply:
    return Reply(answer.text, answer.choice, answer.scores, answer.totals, answer.tokens_in, answer.tokens_out,
                 answer.finish)


def _finite(scores: tuple[float, ...]) -> tuple[float, ...]:
    """All of them, or none where one is infinite or no number: JSON has neither."""
    return scores if not scores or all(map(math.isfinite, scores)) else ()


def _differs(episode: int, turn: int, why: str) -> JournalError:
    return JournalError("PED1207", f"dialogue {episode} does not come out again as recorded, at turn {turn}: {why}",
                        help="continue a run with the version of pedalang that began it, or start it anew")
