"""What DSPy may change of a program: of each tuned member what it is told in a step, its examples, what a move is for.

Each is a predictor. Its instructions are the text, with braces where it shows something of a problem; examples that it
is given stand at the end of a member's voice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import dspy
from msgspec.structs import replace

from pedalang import plan, voices
from pedalang.overlay import Demo, Tuned, Voice
from pedalang.runtime.program import signatures
from pedalang.runtime.program.signatures import Step

MOST_CHARACTERS = 8_000
"""Of a text that an optimizer wrote: a longer one is no better told, and costs in every turn."""
_HEARD = "what {} has heard and answered before"


class Place(NamedTuple):
    """One text. `of` is a step (`speech`, `move`) or the name of a move. `worded` says whether the text may change,
    `shown` whether examples may; they come from turns with one of `moves`, or from any where there are none."""

    who: str
    of: str
    kind: Literal["voice", "intent"]
    text: str
    worded: bool
    shown: bool = False
    moves: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """As in `Tuned`."""
        return f"{self.who}.{self.of}"

    @property
    def name(self) -> str:
        """Of its predictor."""
        return Step(self.who, self.of).name if self.kind == "voice" else f"{self.who}_{self.of}_intent"


def places(flow: plan.Flow, tune: Sequence[plan.Slot], start: Tuned) -> tuple[Place, ...]:
    """What these slots are in the cast of a flow, in its order; texts are those of `start`, else those as written."""
    return tuple(each for who, role in flow.cast.items() for each in _of(who, role, _speaking(flow), tune, start))


def _speaking(flow: plan.Flow) -> frozenset[str]:
    return frozenset(step.role for phase in flow.phases.values() for step in phase.steps if isinstance(step, plan.Turn))


def _of(who: str, role: plan.Role, speaking: frozenset[str], tune: Sequence[plan.Slot],
        start: Tuned) -> Iterator[Place]:
    own = {slot.part for slot in tune if slot.kind == "role" and slot.owner == role.name}
    moves = {(slot.owner, slot.part) for slot in tune if slot.kind == "move" and slot.owner in role.moves}
    shown_with = frozenset(move for move, part in moves if part == "examples")
    if who not in speaking:
        return
    for step in ("move", "speech"):
        if step == "move" and not (len(role.moves) > 1 and role.policy.kind == "model"):
            continue
        known = start.voices.get(f"{who}.{step}")
        text = known.instructions if known else voices.voice(role.voice).text
        from_moves = shown_with if step == "speech" and "examples" not in own else frozenset[str]()
        if own & {"voice", "examples"} or from_moves:
            yield Place(who, step, "voice", text, "voice" in own, "examples" in own or bool(from_moves), from_moves)
    for move in role.moves.values():
        if (move.name, "intent") in moves:
            yield Place(who, move.name, "intent", start.intents.get(f"{who}.{move.name}") or _intent(move), True)


def _intent(move: plan.Move) -> str:
    """What a move is for; one that says nothing of that is named."""
    return voices.voice(move.intent).text if move.intent is not None else move.name.replace("_", " ")


def signature(place: Place) -> type[dspy.Signature]:
    """That of its predictor: no two are the same, for DSPy tells predictors apart by it."""
    if place.kind == "voice":
        return signatures.signature(Step(place.who, place.of), place.text)
    fields = {
        "conversation": (dspy.History, dspy.InputField(desc=_HEARD.format(place.who))),
        "said": (str, dspy.InputField(desc=f"what {place.who} answers now with the move {place.of}")),
        "utterance": (str, dspy.OutputField(desc=f"what {place.who} says when it makes the move {place.of}")),
    }
    made: type[dspy.Signature] = dspy.make_signature(fields, place.text, place.name)
    return made


class Held(NamedTuple):
    """What a predictor holds."""

    text: str
    demos: Sequence[Any] = ()


def held(found: Sequence[Place], program: dspy.Module) -> dict[str, Held]:
    """What the predictors of a program hold, by name."""
    predictors = [(place.name, getattr(program, place.name)) for place in found]
    return {name: Held(signatures.current(predict).instructions, predict.demos) for name, predict in predictors}


def tuned(start: Tuned, found: Sequence[Place], by_name: Mapping[str, Held]) -> Tuned:
    """What predictors hold, over `start`: only what differs from the texts that they began with."""
    told, intents = dict(start.voices), dict(start.intents)
    for place in found:
        text = fitting(by_name[place.name].text) if place.worded else place.text
        demos = examples(place, by_name[place.name].demos)
        if place.kind == "intent" and text != place.text:
            intents[place.key] = text
        elif place.kind == "voice" and (text != place.text or demos):
            told[place.key] = Voice(text, demos or _known(start, place))
    return replace(start, voices=told, intents=intents)


def _known(start: Tuned, place: Place) -> tuple[Demo, ...]:
    known = start.voices.get(place.key)
    return known.examples if known else ()


def examples(place: Place, demos: Sequence[Any]) -> tuple[Demo, ...]:
    """A predictor's demonstrations as examples, each once; none where examples are not tuned."""
    if not place.shown:
        return ()
    output = signatures.OUTPUTS[place.of]
    return tuple(dict.fromkeys(Demo(demo["said"], demo[output]) for demo in voices.usable(demos, output)))


def changes(found: Sequence[Place], before: Tuned, after: Tuned) -> str:
    """What differs in these places, in a few words: the keys of texts that are others, and how many examples there are
    where these are."""
    told: list[str] = []
    for place in found:
        old, new = _there(place, before), _there(place, after)
        if old.instructions != new.instructions:
            told.append(place.key)
        if old.examples != new.examples:
            told.append(f"{place.key} with {len(new.examples)} example{'s' * (len(new.examples) != 1)}")
    return ", ".join(told)


def _there(place: Place, tuned: Tuned) -> Voice:
    if place.kind == "intent":
        return Voice(tuned.intents.get(place.key, place.text))
    return tuned.voices.get(place.key, Voice(place.text))


def fitting(text: str) -> str:
    """A text from a model as it can be told: no signs that control a terminal, cut where it is far too long."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t").strip()[:MOST_CHARACTERS].rstrip()
