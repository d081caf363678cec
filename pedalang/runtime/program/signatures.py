"""The signatures of a plan's steps: what DSPy sees of a turn, and how it is put together again as a prompt.

    conversation    what was said before, in pairs: `said` by the others, `answered` by the role
    said            what the role answers now; at its end, in brackets, what holds for this turn alone
    choices         what can be answered; any words where there are none
    → utterance     what the role says, or
    → move          the move it chooses, as it is offered

The instructions are the role's voice. These inputs and it are the whole prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dspy

from pedalang.prompt import Message

OUTPUTS = {"move": "move", "speech": "utterance"}
"""What a step (`Request.purpose`) gives, by the name of its field."""
_INPUTS = ("conversation", "said", "choices")


class Step(NamedTuple):
    """What a member of the cast is asked in its turns: `move` or `speech`."""

    who: str
    purpose: str

    @property
    def name(self) -> str:
        """Of its predictor."""
        return f"{self.who}_{self.purpose}"


def signature(step: Step, voice: str) -> type[dspy.Signature]:
    """A step's signature. Those of two members differ in what their fields say, even where the voices are the same."""
    what = "the move that {} makes next" if step.purpose == "move" else "what {} says next"
    fields = {
        "conversation": (dspy.History, dspy.InputField(desc=f"what {step.who} has heard and answered before")),
        "said": (str, dspy.InputField(desc=f"what {step.who} answers now")),
        "choices": (list[str], dspy.InputField(desc="one of these, or any words where there are none")),
        OUTPUTS[step.purpose]: (str, dspy.OutputField(desc=what.format(step.who))),
    }
    made: type[dspy.Signature] = dspy.make_signature(fields, voice, step.name)
    return made


def current(predict: dspy.Predict) -> type[dspy.Signature]:
    """A predictor's signature, as tuning may have left it."""
    found: Any = predict.signature
    assert found is not None, "a predictor of a step has a signature"
    return found


def output(of: type[dspy.Signature]) -> str | None:
    """The output field of a step's signature; None for a signature that is not one of a step."""
    inputs, outputs = tuple(of.input_fields), tuple(of.output_fields)
    return outputs[0] if inputs == _INPUTS and len(outputs) == 1 and outputs[0] in OUTPUTS.values() else None


def inputs(messages: Sequence[Message], choices: Sequence[str]) -> dict[str, Any]:
    """A rendered prompt as inputs. After the system message, others and the role itself speak in turns; the others
    begin and end. A prompt of a plain layout that is otherwise stands whole in the conversation, message by message."""
    texts = [message.text for message in messages[1:]]
    if [message.role for message in messages] != ["system", "user", *["assistant", "user"] * (len(texts) // 2)]:
        whole = [{message.role: message.text} for message in messages]
        return {"conversation": dspy.History(messages=whole), "said": messages[-1].text, "choices": list(choices)}
    pairs = [{"said": said, "answered": answered} for said, answered in zip(texts[::2], texts[1::2], strict=False)]
    return {"conversation": dspy.History(messages=pairs), "said": texts[-1], "choices": list(choices)}


def messages(voice: str, given: Mapping[str, Any]) -> tuple[Message, ...]:
    """The other way."""
    said = given["conversation"].messages
    if said and "said" not in said[0]:
        whole = [Message(role, text) for message in said for role, text in message.items()]
        return tuple(Message("system", voice) if each.role == "system" else each for each in whole)
    found = [Message("system", voice)]
    for pair in said:
        found += [Message("user", pair["said"]), Message("assistant", pair["answered"])]
    return (*found, Message("user", given["said"]))
