"""Recorded dialogues that a contract is to be held against: from which file, read how, who speaks in them.

An `observe` of the program over the contract's flow knows all that. Where there is none, a data set for the flow's
first parameter says what the dialogues are about; a flow without parameters needs none. Labels that nobody stands for
are those of the cast, whatever their case.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, structs

from pedalang import diagnostic, plan
from pedalang.exchange import dataset, speakers, transcript
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Utterance
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime.errors import RunError

DEFAULT_FORMAT = "jsonl"


class Reading(Struct, frozen=True):
    """How a file of recorded dialogues is read for a flow: its rows by a data set, its speakers by an `observe`.

    Both may be made for the occasion; `like` then is empty, else the name of the program's own `observe`. `param` is
    what a row is to the flow, empty for a flow without parameters.
    """

    flow: plan.Flow
    rows: plan.Dataset
    speakers: plan.Observe
    param: str
    like: str = ""


class Recorded(Struct, frozen=True):
    """A dialogue of a file: the flow's parameters, and what was said."""

    params: dict[str, Value]
    utterances: list[Utterance]


def reading(of: plan.Plan, contract: plan.Contract, form: str = "", speakers: Mapping[str, str] | None = None
            ) -> Reading:
    """How recorded dialogues are read for a contract. `form` and `speakers`, labels to members, go before what the
    program says. Raises `RunError` where nothing gives the flow's parameters, or a label stands for nobody."""
    flow = of.flows[contract.flow]
    told = [each for each in of.observes.values() if each.flow == flow.name]
    like = next((each for each in told if contract.name in each.check), told[0] if told else None)
    needed = [name for name in flow.params if name not in flow.defaults]
    rows = of.datasets[like.data.dataset] if like is not None else _rows(of, flow, needed)
    rows = structs.replace(rows, transcripts=form or rows.transcripts or DEFAULT_FORMAT)
    for who in (speakers or {}).values():
        if who not in flow.cast:
            raise RunError("PED1442", f"nobody is cast as `{who}` in the flow `{flow.name}`",
                           help=diagnostic.did_you_mean(who, flow.cast) or f"the cast is {', '.join(flow.cast)}")
    known = {**(like.speakers if like else {}), **(speakers or {})}
    observed = plan.Observe(like.name if like else flow.name, flow.name, plan.Selection(rows.name), known,
                            otherwise=like.otherwise if like else "")
    return Reading(flow, rows, observed, needed[0] if needed else "", like.name if like else "")


def _rows(of: plan.Plan, flow: plan.Flow, needed: Sequence[str]) -> plan.Dataset:
    """The data set that fits a flow which no `observe` is about."""
    if not needed:
        return plan.Dataset("transcript", "", "", {})
    kind = flow.params[needed[0]]
    fitting = [each for each in of.datasets.values() if each.record == kind]
    if not fitting or len(needed) > 1:
        what = f"`{needed[0]}`" if len(needed) == 1 else ", ".join(f"`{each}`" for each in needed)
        raise RunError("PED1441", f"the flow `{flow.name}` needs {what}, and no `observe` says what recorded dialogues "
                       "are about", place=flow.place, help=f"add `observe NAME {{ flow: {flow.name}  data: … }}`")
    return next((each for each in fitting if each.transcripts), fitting[0])


def recorded(of: plan.Plan, how: Reading, path: Path, evaluate: Evaluator, limit: int | None = None) -> list[Recorded]:
    """The dialogues of a file, the first `limit` of them, in its order. Raises `DataError` for a file or row that
    cannot be read, and for a speaker that nobody is."""
    records = {**of.records, "": plan.RecordType("", ())}
    loaded = dataset.load(structs.replace(how.rows, sha256=""), records, path, evaluate)
    rows = loaded.raw[:limit]
    found = [Recorded({how.param: record} if how.param else {}, said) for record, said in zip(
        loaded.rows, transcript.dialogues(loaded.form, rows, range(len(rows))), strict=False)]
    return _named(how, found)


def _named(how: Reading, found: list[Recorded]) -> list[Recorded]:
    """The same with members of the cast as speakers. Raises `DataError` PED0811."""
    cast = {who.lower(): who for who in how.flow.cast}
    labels = dict.fromkeys(each.speaker for one in found for each in one.utterances)
    meant = {label: cast[label.lower()] for label in labels if label.lower() in cast}
    named = structs.replace(how.speakers, speakers={**meant, **how.speakers.speakers})
    for number, one in enumerate(found):
        try:
            speakers.check(named, number, one.utterances)
        except DataError as error:
            raise DataError(error.code, error.message, place=error.place,
                            help=f"say whom it stands for: `--speaker LABEL=MEMBER`; the cast is "
                            f"{', '.join(how.flow.cast)}") from None
    return [Recorded(one.params, [dataclasses.replace(each.utterance, speaker=each.member)
                                  for each in speakers.spoken(named, one.utterances)]) for one in found]
