"""How DSPy asks a step: the prompt goes out as it was rendered, without format reminders, and the answer comes back as
it is, for nothing is to be parsed. Any other signature is left to DSPy's chat adapter."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import dspy
from dspy import lm15
from msgspec import structs

from pedalang import voices
from pedalang.runtime.engines.engine import Request
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import RunError
from pedalang.runtime.program import lm as models
from pedalang.runtime.program import signatures


class StepAdapter(dspy.Adapter):
    """For the signatures of steps, whatever their names or instructions."""

    def __init__(self) -> None:
        super().__init__()
        self._others = dspy.ChatAdapter(use_json_adapter_fallback=False)

    def __call__(self, lm: dspy.BaseLM, lm_kwargs: dict[str, Any], signature: type[dspy.Signature],
                 demos: list[dict[str, Any]], inputs: dict[str, Any]) -> list[dict[str, Any]]:
        """The answer, as the only one of a list. `lm_kwargs` are those of `options`, all of them optional."""
        output = signatures.output(signature)
        if output is None:
            return self._others(lm, lm_kwargs, signature, demos, inputs)
        request = _request(lm, lm_kwargs, signature, demos, inputs, output)
        return [_answered(output, inputs, lm(request, rollout_id=lm.kwargs.get("rollout_id")))]

    async def acall(self, lm: dspy.BaseLM, lm_kwargs: dict[str, Any], signature: type[dspy.Signature],
                    demos: list[dict[str, Any]], inputs: dict[str, Any]) -> list[dict[str, Any]]:
        """As `__call__`."""
        output = signatures.output(signature)
        if output is None:
            return await self._others.acall(lm, lm_kwargs, signature, demos, inputs)
        request = _request(lm, lm_kwargs, signature, demos, inputs, output)
        return [_answered(output, inputs, await lm.acall(request, rollout_id=lm.kwargs.get("rollout_id")))]


def options(request: Request) -> dict[str, Any]:
    """What goes with a prompt: its voice as it was rendered, limits, the seed, and what it is for."""
    voice = next((each.text for each in request.messages if each.role == "system"), "")
    return {"voice": voice, "max_tokens": request.max_tokens, "temperature": request.temperature, "seed": request.seed,
            "purpose": request.purpose, "key": request.key, "top_p": request.top_p,
            "adapter": request.adapter}


def _request(lm: dspy.BaseLM, given: Mapping[str, Any], signature: type[dspy.Signature],
             demos: list[dict[str, Any]], inputs: Mapping[str, Any], output: str) -> lm15.Request:
    voice = given.get("voice")
    if voice is None:
        voice = signature.instructions + voices.examples(demos, output)
    names = ("max_tokens", "temperature", "seed", "purpose", "key", "top_p", "adapter")
    kept = {name: given[name] for name in names if name in given}
    asked = Request(signatures.messages(voice, inputs), choices=tuple(inputs.get("choices") or ()), **kept)
    if adapted := models.adapter(lm.model):
        asked = structs.replace(asked, adapter=adapted)
    request = models.asking(lm.model, asked)
    return dataclasses.replace(request, config=_config(lm, request.config, asked))


def _config(lm: dspy.BaseLM, config: lm15.Config, asked: Request) -> lm15.Config:
    """The step's settings, with those that the language model was given by hand or by an optimizer. Another rollout
    is another seed."""
    known = {field.name for field in dataclasses.fields(config)} - {"max_tokens", "extensions"}
    own = {name: value for name, value in lm.kwargs.items() if name in known and value is not None}
    if rollout := lm.kwargs.get("rollout_id"):
        own["seed"] = seeds.derived(asked.seed, rollout, -1, "", "rollout")
    if models.is_ours(lm):
        return dataclasses.replace(config, **own)
    if asked.choices:
        raise RunError("PED1213", f"{lm.model} cannot choose among words",
                       help="only pedalang's engines can: load the program with `engine=`, or let roles speak freely")
    return dataclasses.replace(config, extensions=None, **own)


def _answered(output: str, inputs: Mapping[str, Any], response: lm15.Response) -> dict[str, Any]:
    text = response.text or ""
    if choices := inputs.get("choices"):
        picked = (response.provider_data or {}).get("choice")
        text = choices[picked] if isinstance(picked, int) and 0 <= picked < len(choices) else ""
    answered = {output: text}
    if response.finish_reason == "length":
        answered["finish"] = "length"
    if (used := response.usage) is not None:
        answered["tokens"] = (used.input_tokens or 0) + (used.output_tokens or 0)
    return answered
