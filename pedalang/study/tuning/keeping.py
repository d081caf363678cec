"""What was tuned as an artefact, and back onto a program. It is verified when it is loaded: it is for one flow, as that
was when it was tuned, and for prompts that are laid out as they were.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pedalang import overlay, plan, prompt, voices
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.expression import environment, nodes
from pedalang.overlay import Tuned
from pedalang.study.tuning import carried

KIND = "tuned"
LIBRARIES = ("dspy", "msgspec", "numpy")
OF_WEIGHTS = ("peft", "safetensors", "torch", "transformers", "trl")


class Content(Struct, frozen=True, forbid_unknown_fields=True):
    """What was tuned in which flow, how, and what it was tuned for: `ir` is the flow's digest, `templates` that of how
    prompts are laid out, `prompts` of each member's own voice; `engines` are the weights that answered for whom."""

    tuned: Tuned
    flow: str
    method: str
    ir: str
    templates: str
    prompts: dict[str, str]
    sources: dict[str, str]
    engines: dict[str, str]


def keep(folder: Path, name: str, of: plan.Plan, content: Content, *, data: Mapping[str, str],
         licences: Mapping[str, str], seed: int, measures: Mapping[str, Any]) -> str:
    """Writes what was tuned to a folder, with the adapters that it has; returns its digest. The same gives the same
    bytes. Raises `DataError`, and `RunError` PED1341 for an adapter that is not the one that was found."""
    tuned, files = carried.packed(content.tuned)
    libraries = (*LIBRARIES, *(OF_WEIGHTS if tuned.weights else ()))
    return trained.save(folder, trained.Artefact(
        KIND, name, msgspec.to_builtins(replace(content, tuned=tuned)), plan.digest(of), dict(data), seed,
        {each: importlib.metadata.version(each) for each in libraries}, dict(licences), dict(measures)), beside=files)


def content(of: plan.Plan, flow: str, method: str, tuned: Tuned, engines: Mapping[str, str]) -> Content:
    """What is kept of something that was tuned in a program."""
    return Content(tuned, flow, method, plan.flow_digest(of, flow), templates(),
                   {who: plan.voice_digest(role) for who, role in of.flows[flow].cast.items()}, dict(of.sources),
                   dict(engines))


def opened(folder: Path) -> tuple[trained.Loaded, Content]:
    """An artefact, verified by itself, its adapters too. Raises `DataError` PED1316 or PED1317, `RunError` PED1341."""
    loaded = trained.load(folder)
    found: Content = trained.content(loaded, KIND, Content)
    return loaded, replace(found, tuned=carried.unpacked(found.tuned, folder, loaded.artefact.files))


def put_on(of: plan.Plan, folder: Path) -> plan.Plan:
    """The program with what was tuned. Raises `DataError` as `fitting`."""
    found = fitting(of, folder)
    return overlay.applied(of, found.flow, found.tuned)


def fitting(of: plan.Plan, folder: Path) -> Content:
    """What an artefact holds that fits a program. Raises `DataError`: PED1316 and PED1317 for what is no artefact or
    was changed, PED1322 for one of another flow, or of the flow as it was once, PED1323 where prompts are laid out
    otherwise now."""
    _, found = opened(folder)
    if found.flow not in of.flows:
        raise DataError("PED1322", f"`{folder}` was tuned for a flow `{found.flow}`, which the program does not have",
                        help="tune this program: `ped optimize FILE`")
    if found.ir != plan.flow_digest(of, found.flow):
        raise DataError("PED1322", f"`{folder}` was tuned for the flow `{found.flow}` as it was; it has changed since",
                        help="tune it again, or take back what was changed in the flow, its cast or its contracts")
    if found.templates != templates():
        raise DataError("PED1323", f"`{folder}` was tuned with prompts that are laid out in another way",
                        help="tune it again with this version of pedalang")
    try:
        overlay.applied(of, found.flow, found.tuned)
    except overlay.Unfit as error:
        raise DataError("PED1322", f"`{folder}` does not fit the flow `{found.flow}`: {error}",
                        help="tune this program: `ped optimize FILE`") from None
    return found


@functools.lru_cache(maxsize=1)
def templates() -> str:
    """SHA-256 of how prompts are laid out: of those of a small dialogue, and of what stands around examples."""
    who = plan.Role("Someone", "role", nodes.Lit("VOICE"))
    flow = plan.Flow("f", {}, {"one": who, "other": who, "third": who}, {}, "", 3)
    said = [environment.turn_record(speaker, f"TEXT {at}", number=at)
            for at, speaker in enumerate(("other", "one", "third", "other"))]
    shown = [[tuple(message) for message in prompt.render(flow, "one", "VOICE", said[:many], ("HINT",))]
             for many in range(len(said) + 1)]
    around = [voices.EXAMPLES, voices.HEARD, voices.ANSWERED, voices.examples([{"said": "A", "answered": "B"}],
                                                                              "answered")]
    return hashlib.sha256(msgspec.json.encode([shown, around])).hexdigest()


