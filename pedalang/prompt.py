"""The prompts of a plan: what is sent to an engine, for runs, DSPy modules and previews alike.

    system       the role's voice, the same all through a dialogue
    assistant    what the role itself has said     the transcript, oldest first; neighbours of one
    user         what the others have said         kind are one message
    (…)          what holds for this turn alone, at the end of the last user message

What changes comes last, and a choice among authored words has no such end at all: so each prompt of a dialogue begins
with the one before, and an engine can keep what it computed. Model text is only ever a message's text: nothing here
reads it. Nothing here sends, chooses or cleans anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from pedalang import plan
from pedalang.expression import locales, nodes, values
from pedalang.expression.evaluate import Env
from pedalang.expression.values import Absent, Value

Evaluate: TypeAlias = Callable[[nodes.Expr, Env], Value]
"""Computes an expression; the evaluator does."""

BEGINS = "(The dialogue begins.)"
"""What a role that speaks first answers to: many models want a user message."""
EARLIER = "(There was more before this.)"
"""What stands before the first turn of a role that remembers no earlier ones, where that turn is its own."""
AGAIN = "(It is your turn again.)"
"""What a role that goes on speaking answers to."""
MUST_SHOW = "your words must show: "
"""What stands before that which words have to show."""
JUDGE_VOICE = "You read a dialogue and answer one question about it with one of the answers that are offered."
ASKED_VOICE = "You answer one question with one of the answers that are offered."

PAIR_VOICE = "You read two dialogues about the same matter and say which of them is better in one respect."
PAIR = ("A", "B")
WHICH = "In which of the two is it better? Answer A or B."
YES_NO = ("yes", "no")
"""The answers to whether a label holds."""
HOLDS = "Does this hold? "
REASON_FIRST = "Say first, in at most {words} words, what in the dialogue decides this. Do not name an answer yet."
NOW_THE_LEVEL = "Which answer is it: {labels}?"
REASON_AFTER = "Say in at most {words} words what in the dialogue decided this."
EVIDENCE = ("Which line shows this best? Answer with the number of that line, and with words of it, copied letter for "
            'letter, as JSON: {"line": 1, "quote": "words of line 1"}')
EVIDENCE_AGAIN = "That cannot be used: {why}. Answer again, in the same form."
LEVEL_AGAIN = "That is none of the answers. Answer with one of these, and nothing else: {labels}"

_SENTENCE = re.compile(r"(?<=[.!?])\s")
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


class Message(NamedTuple):
    """One message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


def digest(messages: Sequence[Message], choices: Sequence[str] = ()) -> str:
    """SHA-256, in hexadecimal, of what is sent."""
    return hashlib.sha256(msgspec.json.encode((messages, choices))).hexdigest()


def voice(role: plan.Role, env: Env, evaluate: Evaluate, override: nodes.Expr | str | None = None) -> str:
    """The system message of a role, in the environment before the first turn, with the language that it writes in. An
    `override` (tuning) takes its place; plain text stays as it is. Raises `EvaluationError`, or `Absent` for a text
    that shows a `none`."""
    text = override if isinstance(override, str) else \
        values.to_text(evaluate(role.voice if override is None else override, env))
    if not role.language:
        return text
    return "\n\n".join(filter(None, (text, f"Write in {locales.of(role.language).name}.")))


def opening(role: plan.Role, env: Env, evaluate: Evaluate) -> tuple[Message, ...]:
    """The messages that stand before all that was said, in the environment before the first turn. Raises
    `EvaluationError`, or `Absent` for a text that shows a `none`."""
    return tuple(Message(each.role, values.to_text(evaluate(each.text, env))) for each in role.opening)


def render(flow: plan.Flow, who: str, voice: str, turns: Sequence[Mapping[str, Value]], lines: Sequence[str] = (),
           opening: Sequence[Message] = ()) -> tuple[Message, ...]:
    """The prompt of a member of the cast after `turns` (`history` of an environment). `opening` stands before them;
    `lines` hold for this turn alone: none for a choice among authored words."""
    role = flow.cast[who]
    shown = heard(role, who, turns)
    if role.layout == "plain":
        return _unjoined(voice, [*opening, *(_said(turn, who) for turn in shown)], lines)
    named = len(flow.cast) > 2
    first = BEGINS if len(shown) == len(turns) else EARLIER
    return _paired(voice, [*opening, *(_said(turn, who, named) for turn in shown)], lines, first)


def _said(turn: Mapping[str, Value], who: str, named: bool = False) -> Message:
    """A turn as who speaks next is told of it. Others' words bear their names where there are several others."""
    if turn["speaker"] == who:
        return Message("assistant", turn["text"])
    return Message("user", f"{turn['speaker']}: {turn['text']}" if named else turn["text"])


def _paired(voice: str, said: Sequence[Message], lines: Sequence[str], first: str) -> tuple[Message, ...]:
    """Users and assistants in turns, the user first and last; neighbours of one kind are one message."""
    messages = [Message("system", voice)]
    before: Message | None = None
    for each in said:
        if before is not None and before.role == each.role:
            before = Message(before.role, f"{before.text}\n{each.text}")
            continue
        if before is not None:
            messages.append(before)
        elif each.role == "assistant":
            messages.append(Message("user", first))
        before = each
    if before is not None and before.role == "assistant":
        messages.append(before)
        before = Message("user", AGAIN)
    return (*messages, Message("user", _with(before.text if before is not None and before.text else BEGINS, lines)))


def _unjoined(voice: str, said: Sequence[Message], lines: Sequence[str]) -> tuple[Message, ...]:
    """What there is, each message by itself; what holds for this turn alone ends the last one, if others said it."""
    messages = [Message("system", voice)] if voice else []
    messages += said
    if not messages:
        return (Message("user", _with(BEGINS, lines)),)
    if not lines:
        return tuple(messages)
    if messages[-1].role == "user":
        return (*messages[:-1], Message("user", _with(messages[-1].text, lines)))
    return (*messages, Message("user", _with("", lines)))


def _with(text: str, lines: Sequence[str]) -> str:
    return "\n\n".join(filter(None, (text, "(" + "\n".join(lines) + ")" if lines else "")))


def heard(role: plan.Role, who: str, turns: Sequence[Mapping[str, Value]]) -> Sequence[Mapping[str, Value]]:
    """The turns that a role's prompts may show: all that it hears, or as many as it remembers; where its `sees` leaves
    out `history`, those since its own last one."""
    if role.sees and "history" not in role.sees:
        own = _own(who, turns)
        return turns[own[-1] + 1 :] if own else turns
    if role.hears == "previous":
        around = dict.fromkeys(near for number in (*_own(who, turns), len(turns)) for near in (number - 1, number))
        turns = [turns[number] for number in around if 0 <= number < len(turns)]
    return _remembered(role, turns)


def _own(who: str, turns: Sequence[Mapping[str, Value]]) -> list[int]:
    return [number for number, turn in enumerate(turns) if turn["speaker"] == who]


def _remembered(role: plan.Role, turns: Sequence[Mapping[str, Value]]) -> Sequence[Mapping[str, Value]]:
    """A window moves by a turn each time. A memory is forgotten half at a time, so that all prompts between begin
    alike."""
    if role.window is not None:
        return turns[-role.window :]
    if role.memory is None or len(turns) <= role.memory:
        return turns
    step = max(1, role.memory // 2)
    return turns[-((role.memory - len(turns)) // step) * step :]


def speech_lines(phase: plan.Phase, env: Env, evaluate: Evaluate, *, move: plan.Move | None = None, act: str = "",
                 carry: Value = None, hints: Sequence[str] = (), language: str = "") -> tuple[str, ...]:
    """What free speech is told: the phase's goal, the move with its arguments (`args`) and intent, or the act and what
    must be shown, and hints. What shows a `none` is left out. Raises `EvaluationError`."""
    lines = _goal(phase, env, evaluate)
    if move is not None:
        lines.append(f"what you do now: {_named(move, env['args'], language)}")
        lines += [*_shown(move.intent, env, evaluate), *_case(move, env["args"])]
    elif act:
        lines.append(f"what you do now: {_plain(act)}")
    if carry is not None:
        lines.append(f"{MUST_SHOW}{locales.shown(carry, language)}")
    return (*lines, *hints)


def rule_lines(clauses: Iterable[plan.Clause]) -> tuple[str, ...]:
    """What free speech is told besides, where words were not said for what they would have broken: the clauses, as the
    author wrote them."""
    return tuple(f"your words must not break this rule: {_plain(clause.name)}, {clause.text}" for clause in clauses)


def move_lines(phase: plan.Phase, env: Env, evaluate: Evaluate, hints: Sequence[str] = ()) -> tuple[str, ...]:
    """What the choice of a move is told. Raises `EvaluationError`."""
    return (*_goal(phase, env, evaluate), *hints, "say first what you do now")


def move_words(move: plan.Move, env: Env, evaluate: Evaluate, language: str = "") -> str:
    """How a move is offered: its name, its arguments (`args`), and the first sentence of its intent, or what its case
    is said to be. Every move reads the same way, so that only the sense of the words tells them apart. Raises
    `EvaluationError`."""
    intent = _case(move, env["args"]) or _shown(move.intent, env, evaluate)
    name = _named(move, env["args"], language)
    return f"{name}: {_SENTENCE.split(intent[0], maxsplit=1)[0]}" if intent else name


def render_judge(judge: plan.Judge, turns: Iterable[Mapping[str, Value]], env: Env, evaluate: Evaluate,
                 about: str = "", order: Sequence[int] = (), label: int | None = None) -> tuple[Message, ...]:
    """The prompt of a judged criterion; the choices are the labels of its levels, in this order, or `YES_NO` where it
    is asked whether one `label` holds. The transcript comes first, so that all criteria of a dialogue begin alike;
    `about` says which of its turns are meant, where not all are. Raises `EvaluationError`, or `Absent` for a question
    that shows a `none`."""
    question = [about, values.to_text(evaluate(judge.ask, env))]
    levels = [f"{level.label}: {level.text}" if level.text else level.label for level in judge.levels]
    if label is None:
        offered = [levels[at] for at in order or range(len(levels))]
    else:
        question.append(f"{HOLDS}{levels[label]}")
        offered = [YES_NO[at] for at in order or range(len(YES_NO))]
    asked = "\n".join(filter(None, (*question, *offered)))
    said = transcript(turns, judge.numbered)
    if not said:
        return (Message("system", ASKED_VOICE), Message("user", asked))
    return (Message("system", JUDGE_VOICE), Message("user", f"{said}\n\n{asked}"))


def render_pair(ask: str, first: Iterable[Mapping[str, Value]],
                second: Iterable[Mapping[str, Value]]) -> tuple[Message, ...]:
    """The prompt of a comparison; the choices are `PAIR`."""
    one, other = (f"Dialogue {name}:\n{transcript(turns)}" for name, turns in zip(PAIR, (first, second), strict=True))
    return (Message("system", PAIR_VOICE), Message("user", "\n\n".join((one, other, f"{ask}\n{WHICH}"))))


def transcript(turns: Iterable[Mapping[str, Value]], numbered: bool = False) -> str:
    """What was said, a line a turn; with numbers, counted from 1, each turn is one line whatever it holds."""
    if not numbered:
        return "\n".join(f"{who(turn)}: {turn['text']}" for turn in turns)
    return "\n".join(f"{turn['number'] + 1} {who(turn)}: {' '.join(turn['text'].split())}" for turn in turns)


def with_more(messages: Sequence[Message], more: str) -> tuple[Message, ...]:
    """A prompt with a paragraph at its end."""
    return (*messages[:-1], Message(messages[-1].role, f"{messages[-1].text}\n\n{more}".lstrip()))


def answered(messages: Sequence[Message], answer: str, more: str) -> tuple[Message, ...]:
    """A prompt after its answer, with what is asked then."""
    return (*messages, Message("assistant", answer), Message("user", more))


def who(turn: Mapping[str, Value]) -> str:
    """Who speaks in a turn: the member of the cast, with a number where several people spoke for one."""
    return f"{turn['speaker']} {turn['voice']}" if turn["voice"] else turn["speaker"]


def _goal(phase: plan.Phase, env: Env, evaluate: Evaluate) -> list[str]:
    return [f"goal: {text}" for text in _shown(phase.goal, env, evaluate)]


def _shown(text: nodes.Expr | None, env: Env, evaluate: Evaluate) -> list[str]:
    """The text in a list of one; an empty list where there is none to show."""
    if text is None:
        return []
    try:
        return [values.to_text(evaluate(text, env)).strip()]
    except Absent:
        return []


def _named(move: plan.Move, arguments: Mapping[str, Value], language: str) -> str:
    shown = [_plain(value) if name == plan.CASE and move.cases else f"{_plain(name)}: {locales.shown(value, language)}"
             for name, value in arguments.items() if value is not None]
    return f"{_plain(move.name)} ({', '.join(shown)})" if shown else _plain(move.name)


def _case(move: plan.Move, arguments: Mapping[str, Value]) -> list[str]:
    """What the move's case is said to be, in a list of one; an empty list where nothing is said."""
    said = move.cases.get(arguments.get(plan.CASE, ""), "")
    return [said] if said else []


def _plain(name: str) -> str:
    return name.replace("_", " ")


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is, whatever the model. An estimate: a short word or a sign is one token, a long
    word one more for every six letters, numbers go by threes, ideographs one by one. On this repository's pages and
    programs it is 3 % above OpenAI's `cl100k_base`, and for half of the texts within 15 %."""
    return round(sum(map(_piece_tokens, _PIECE.findall(text))))


def _piece_tokens(piece: str) -> float:
    size = len(piece)
    if piece[0].isdigit():
        return (size + 2) // 3
    if piece.isascii():
        return 1 if size <= 7 else 1 + 0.9 * ((size - 2) // 6)
    return size if max(piece) > "\u2e80" else 1 + size // 3
