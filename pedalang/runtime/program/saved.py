"""What of a program is saved, and how it is read: instructions and demonstrations, typed, and nothing else. A file may
come from anywhere: no attribute is set by a name that stands in it, and no language model is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dspy
import msgspec
from msgspec import Struct

from pedalang import voices
from pedalang.runtime.errors import RunError
from pedalang.runtime.program import signatures


class _Instructions(Struct, frozen=True):
    """The tuned text of one predictor."""

    instructions: str


class Saved(Struct, frozen=True):
    """Of one predictor."""

    signature: _Instructions
    demos: tuple[dict[str, Any], ...] = ()


def dumped(predict: dspy.Predict) -> dict[str, Any]:
    """A predictor as JSON. Demonstrations that are no turns (whole examples of a training set) are left out."""
    signature = signatures.current(predict)
    demos = [_plain(demo) for demo in voices.usable(predict.demos, _output(signature))]
    return {"signature": {"instructions": signature.instructions}, "demos": demos, "lm": None}


def read(state: Mapping[str, Any], expected: Mapping[str, type[dspy.Signature]]) -> dict[str, Saved]:
    """What was saved of these predictors. Raises `RunError` PED1301 where one is missing or is something else."""
    found: dict[str, Saved] = {}
    for name, signature in expected.items():
        if name not in state:
            raise _unfit(f"it has nothing for {name}")
        try:
            saved = msgspec.convert(state[name], Saved)
        except msgspec.ValidationError as error:
            raise _unfit(f"{name}: {str(error)[:1].lower()}{str(error)[1:]}") from None
        if len(voices.usable(saved.demos, _output(signature))) < len(saved.demos):
            raise _unfit(f"a demonstration of {name} lacks what was said or what was answered")
        found[name] = saved
    return found


def _output(signature: type[dspy.Signature]) -> str:
    output = signatures.output(signature)
    assert output is not None, "the signature of a step keeps its fields"
    return output


def _plain(demo: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.model_dump() if isinstance(value, dspy.History) else value for name, value in demo.items()}


def _unfit(why: str) -> RunError:
    return RunError("PED1301", f"what was saved does not fit this program: {why}",
                    help="load what the same program saved, with the same members frozen")
