"""What each call of a plan reads, before there is data, a model or a dialogue: an estimate.

A dialogue is made up: members speak in the order of the flow's phases, what they say is as long as their candidates are
on average, or as long as it may be, and a value that is put in is a word. Its prompts are those of `prompt`, so what is
counted as new is what follows the longest beginning that a prompt shares with the one before of the same member.
Nothing here decides how a prompt is laid out.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pedalang import plan, prompt
from pedalang.expression import environment, nodes
from pedalang.expression.evaluate import Env
from pedalang.expression.values import Value
from pedalang.prompt import Message

LATER = 8
"""The turn of a member that is shown beside its first."""
GROWS = 1.25
"""How many times the most new tokens in a late turn are those in an early one, at least, where they grow."""


class Call(NamedTuple):
    """A call of a member of a flow's cast, or of a judge. `step` is `move`, `speech` or a criterion's name. `first` and
    `later` are the tokens of its prompt in the member's first turn and in its `LATER`th; `new` those of the latter that
    the member's call before had not; `most` the largest number of new tokens in a turn. `shared` begin the prompt alike
    in all dialogues. `grows`: the longer a dialogue, the more is new in a turn."""

    flow: str
    who: str
    step: str
    first: int
    later: int
    new: int
    most: int
    shared: int
    grows: bool


class _Asked(NamedTuple):
    """A prompt that is sent in a member's `turn`, counted from 1, and how many of its tokens are new."""

    turn: int
    tokens: int
    new: int


def calls(of: plan.Plan) -> list[Call]:
    """The calls of all flows, then those of the judges of all rubrics."""
    return [*(call for flow in of.flows.values() for call in _of_flow(flow)),
            *(call for rubric in of.rubrics.values() for call in _of_rubric(of, rubric))]


def new_tokens(prompt_: Sequence[Message], before: Sequence[Message]) -> int:
    """About how many tokens of a prompt come after what it shares with the one before."""
    for number, message in enumerate(prompt_):
        known = before[number] if number < len(before) else None
        if known == message:
            continue
        shared = _common(message.text, known.text) if known is not None and known.role == message.role else 0
        return _size(message.text[shared:]) + _tokens(prompt_[number + 1 :])
    return 0


def _of_flow(flow: plan.Flow) -> Iterator[Call]:
    for who in flow.cast:
        asked: dict[str, list[_Asked]] = {}
        before: tuple[Message, ...] = ()
        one, other = _voice(flow, who, "value"), _voice(flow, who, "…")
        for turn, step, messages in _prompts(flow, who, one):
            asked.setdefault(step, []).append(_Asked(turn, _tokens(messages), new_tokens(messages, before)))
            before = messages
        for step, found in asked.items():
            yield _call(flow.name, who, step, found, _size(one[: _common(one, other)]))


def _call(flow: str, who: str, step: str, asked: Sequence[_Asked], shared: int) -> Call:
    later = next((each for each in asked if each.turn >= LATER), asked[-1])
    new = [each.new for each in asked[1:]] or [0]
    quarter = len(new) // 4
    grows = quarter > 0 and max(new[-quarter:]) > GROWS * max(new[quarter : 2 * quarter])
    return Call(flow, who, step, asked[0].tokens, later.tokens, later.new, max(new), shared, grows)


def _prompts(flow: plan.Flow, who: str, voice: str) -> Iterator[tuple[int, str, tuple[Message, ...]]]:
    """The prompts of a member in a dialogue that is made up, each with the member's turn, from 1, and its step. Long
    enough for a member to forget four times."""
    role, order = flow.cast[who], _order(flow)
    turns: list[dict[str, Value]] = []
    own, last = 0, 4 * max(2 * LATER, role.memory or role.window or 0)
    opening = prompt.opening(role, {}, _written)
    while own < last and any(step.role == who for _, step in order):
        phase, step = order[len(turns) % len(order)]
        if step.role == who:
            own += 1
            for name, lines in _steps(role, phase, step):
                yield own, name, prompt.render(flow, who, voice, turns, lines, opening)
        turns.append(_turn(flow, step, len(turns)))


def _order(flow: plan.Flow) -> list[tuple[plan.Phase, plan.Turn]]:
    """Who speaks after whom, each phase once."""
    return [(phase, step) for phase in flow.phases.values() for step in phase.steps if isinstance(step, plan.Turn)]


def _turn(flow: plan.Flow, step: plan.Turn, number: int) -> dict[str, Value]:
    return environment.turn_record(step.role, f"{number} {_said(flow.cast[step.role], step)}", number=number)


def _steps(role: plan.Role, phase: plan.Phase, step: plan.Turn) -> Iterator[tuple[str, Sequence[str]]]:
    """The calls of a turn, and what each is told besides. Where there is one thing to choose, nothing is asked."""
    env: Env = {"args": {}}
    moves = [role.moves[name] for name in step.moves or role.moves if name in role.moves]
    if role.policy.kind == "model" and sum(_variants(move) for move in moves) > 1:
        yield "move", prompt.move_lines(phase, env, _written)
    said = [each.say for each in moves] if role.moves else [each.say for each in role.acts]
    if role.speak == "free" or not any(said):
        act = role.acts[0].name if role.acts else ""
        carry = None if role.carries is None else "value"
        yield "speech", prompt.speech_lines(phase, env, _written, move=moves[0] if moves else None, act=act,
                                            carry=carry, language=role.language)
    elif max(map(_count, said)) > 1:
        yield "speech", ()


def _variants(move: plan.Move) -> int:
    return max(1, len(move.cases)) * max(1, *map(len, move.options.values()), 1)


def _of_rubric(of: plan.Plan, rubric: plan.Rubric) -> Iterator[Call]:
    """The judges of a rubric over a dialogue as long as its flow allows, criterion after criterion."""
    flow = of.flows.get(rubric.flow)
    if flow is None:
        return
    order = _order(flow)
    turns = [_turn(flow, order[number % len(order)][1], number) for number in range(flow.max_turns if order else 0)]
    before: tuple[Message, ...] = ()
    for criterion in rubric.criteria:
        if criterion.judge is None:
            continue
        messages = prompt.render_judge(criterion.judge, turns, {}, _written)
        tokens, new = _tokens(messages), new_tokens(messages, before)
        yield Call(rubric.name, "judge", criterion.name, tokens, tokens, new, new, _tokens(messages[:1]), False)
        before = messages


def _voice(flow: plan.Flow, who: str, value: str) -> str:
    """The system message, with a word in the place of each value."""
    return prompt.voice(flow.cast[who], {}, lambda text, env: _text(text, value))


def _said(role: plan.Role, step: plan.Turn) -> str:
    """Words as long as those of a member are: its candidates' on average, or as many as it may say."""
    moves = [role.moves[name] for name in step.moves or role.moves if name in role.moves]
    says = [say for each in (*moves, *role.acts) for say in each.say]
    if role.speak == "free" or not says:
        return "word " * (step.limit or role.limit)
    return "word " * round(statistics.fmean(prompt.estimated_tokens(_text(say, "value")) for say in says))


def _count(say: Sequence[nodes.Expr]) -> int:
    """How many candidates there are; a list may be any number."""
    return sum(1 if isinstance(each, nodes.Lit | nodes.Text) else 2 for each in say)


def _written(text: nodes.Expr, env: Env) -> str:
    return _text(text, "value")


def _text(text: nodes.Expr, value: str) -> str:
    """A text as it is written, with a word in the place of what is not known before a dialogue."""
    match text:
        case nodes.Lit(str() as written):
            return written
        case nodes.Text(parts):
            return "".join(_text(part, value) for part in parts)
        case nodes.If(_, then, otherwise):
            return max(_text(then, value), _text(otherwise, value), key=len)
        case nodes.Items(items) if items:
            return max((_text(item, value) for item in items), key=len)
    return value


def _tokens(messages: Sequence[Message]) -> int:
    return sum(_size(message.text) for message in messages)


_size = functools.lru_cache(1024)(prompt.estimated_tokens)


def _common(first: str, second: str) -> int:
    """How many characters two texts begin with alike."""
    return next((at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
                min(len(first), len(second)))
