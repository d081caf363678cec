"""Dialogues played twice, the second time under a change that ought not to matter, and compared turn by turn.

What is compared: who speaks in which phase, the moves and acts, the state of the cast and of the flow, how the dialogue
ends, and the verdicts of the contracts that the flow obeys. Words are not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeAlias

from msgspec import structs

from pedalang import journal, plan, prompt
from pedalang.expression import nodes
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.values import Absent, Value
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.episode import monitor
from pedalang.runtime.errors import EngineError
from pedalang.testing import variants
from pedalang.testing.choices import Choices
from pedalang.testing.playing import Arena, Broken, Change, Played, played

Plain: TypeAlias = Callable[[object], object]
"""A value of a state without what the change makes of it."""


class _Other(NamedTuple):
    """A dialogue under a change. `order` has for each turn of the first one the turn of this one that it is compared
    with, `settled` those after which the states are compared; `first` and `second` make their values comparable.
    `reworded` are members whose words are others."""

    played: Played
    order: Sequence[int]
    settled: frozenset[int]
    first: Plain
    second: Plain
    reworded: tuple[str, ...] = ()


def related(here: Arena, found: Played) -> Played:
    """A dialogue with what it breaks of the relations that its property asks for. Raises `EngineError`."""
    if found.refused or not here.tested.same:
        return found
    broken = [each for relation in here.tested.same if (each := _lost(here, relation, found)) is not None]
    return replace(found, broken=(*found.broken, *broken)) if broken else found


def _lost(here: Arena, relation: plan.Related, found: Played) -> Broken | None:
    if relation.change == "reordered":
        differs = next(_judged_otherwise(here, relation, found), None)
    else:
        other = _CHANGED[relation.change](here, relation, found)
        differs = _difference(here, found, other) if other is not None else None
    if differs is None:
        return None
    at, message = differs
    return Broken(relation.text, message, at, relation.place)


# ---------------------------------------------------------------- what is compared


def _difference(here: Arena, found: Played, other: _Other) -> tuple[int, str] | None:
    """The first turn at which two dialogues differ, and how."""
    for number, turn in enumerate(found.turns):
        at = other.order[number]
        if at >= len(other.played.turns):
            return number, f"it goes on with {_did(turn)}, and under the change the dialogue is over"
        changed = other.played.turns[at]
        if (turn.phase, _did(turn)) != (changed.phase, _did(changed)):
            return number, f"turn {number} is {turn.phase}: {_did(turn)}, and under the change " \
                           f"{changed.phase}: {_did(changed)}"
        if turn.role not in other.reworded and other.first(turn.text) != other.second(changed.text):
            return None  # what was said before is not said again: this is no longer the dialogue that it was to be
        if number in other.settled:
            differs = _state(turn, other.played.turns[number], other)
            if differs:
                return number, differs
    if len(other.played.turns) > len(found.turns):
        changed = other.played.turns[len(found.turns)]
        return len(found.turns) - 1, f"it is over, and under the change it goes on with {_did(changed)}"
    return _ending(here, found, other.played)


def _did(turn: journal.Turn) -> str:
    case = turn.arguments.get(plan.CASE)
    does = ".".join(filter(None, (turn.move or turn.act, str(case) if case else "")))
    return f"{turn.role}.{does}" if does else turn.role


def _state(one: journal.Turn, two: journal.Turn, other: _Other) -> str:
    for who, own in one.state.items():
        for name, value in own.items():
            changed = two.state[who].get(name)
            if other.first(value) != other.second(changed):
                return f"after turn {one.turn} `{who}.{name}` is {_shown(value)}, and under the change " \
                       f"{_shown(changed)}"
    return ""


def _shown(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _ending(here: Arena, found: Played, other: Played) -> tuple[int, str] | None:
    last = len(found.turns) - 1
    for one, two in zip(_ends(here, found), _ends(here, other), strict=True):
        if one != two:
            return last, f"{one}, and under the change {two}"
    return None


def _ends(here: Arena, of: Played) -> Iterator[str]:
    """How a dialogue ends, and what its flow's contracts make of it."""
    yield f"it ends as {of.ending.why}" if of.ending is not None else "it cannot go on"
    for name in here.flow.obeys:
        contract = here.plan.contracts[name]
        if not contract.judged:
            for verdict in monitor.verdicts(contract, of.trace, here.evaluate):
                yield f"`{name}.{verdict.clause}` is {'kept' if verdict.kept else 'broken'}"


def _turn_by_turn(other: Played, found: Played, reworded: tuple[str, ...]) -> _Other:
    """A dialogue in which some members say other words."""
    numbers = range(len(found.turns))
    return _Other(other, numbers, frozenset(numbers), _without_words_of(found, reworded),
                  _without_words_of(other, reworded), reworded)


def _without_words_of(of: Played, members: Collection[str]) -> Plain:
    """Values but for those that are the words of a turn of these members."""
    said = {turn.text for turn in of.turns if turn.role in members}
    return lambda value: "…" if isinstance(value, str) and value in said else value


def _as_it_is(value: object) -> object:
    return value


# ---------------------------------------------------------------- the changes


def _again(here: Arena, found: Played, change: Change, *, flow: plan.Flow | None = None,
           choices: Choices | None = None) -> Played:
    """The same choices under a change, perhaps in another flow."""
    flows = {**here.plan.flows, here.flow.name: flow or here.flow}
    changed = replace(here, plan=structs.replace(here.plan, flows=flows), change=change)
    return played(changed, choices or Choices(found.choices.script()))


def _same_words(found: Played, order: Sequence[int]) -> Change:
    """Who can say what was said in the first dialogue says it: what was said before is not offered again, so a change
    of one member's words would be one of another's."""
    texts = {at: turn.text for turn, at in zip(found.turns, order, strict=True)}

    def reply(who: str, request: Request, given: Reply) -> Reply:
        text = texts.get(_turn(request), "")
        if request.purpose != "speech" or text not in request.choices:
            return given
        return structs.replace(given, text=text, choice=request.choices.index(text))

    return Change(reply=reply)


def _misspelt(here: Arena, relation: plan.Related, found: Played) -> _Other:
    """Each turn of a member has a word whose letters are in the wrong order; numbers stay."""
    texts = {turn.turn: variants.misspelt(turn.text) for turn in found.turns if turn.role in relation.members}
    same = _same_words(found, range(len(found.turns)))

    def reply(who: str, request: Request, given: Reply) -> Reply:
        if who not in relation.members or request.choices:
            return same.reply(who, request, given)
        return structs.replace(given, text=texts.get(_turn(request)) or given.text)

    other = _again(here, found, Change(reply=reply), flow=variants.speaking_freely(here.flow, relation.members))
    return _turn_by_turn(other, found, relation.members)


def _paraphrased(here: Arena, relation: plan.Related, found: Played) -> _Other:
    """Each turn of a member is said in other words of its author's."""
    same = _same_words(found, range(len(found.turns)))

    def reply(who: str, request: Request, given: Reply) -> Reply:
        kept = same.reply(who, request, given)
        if who not in relation.members or request.purpose != "speech" or kept.choice is None:
            return kept
        choice = (kept.choice + 1) % len(request.choices)
        return structs.replace(kept, text=request.choices[choice], choice=choice)

    other = _again(here, found, Change(reply=reply))
    return _turn_by_turn(other, found, relation.members)


def _renamed(here: Arena, relation: plan.Related, found: Played) -> _Other | None:
    """Another name wherever the old one stands in what is said or is known about the dialogue."""
    renaming = variants.renaming([*_names(here, relation, found.item)], found.item)
    if not renaming:
        return None
    written = any(isinstance(each, nodes.Lit) for each in relation.names)
    other = _again(here, found, Change(item=lambda item: variants.renamed(item, renaming)),
                   flow=variants.called(here.flow, renaming) if written else None)
    numbers, plain = range(len(found.turns)), partial(variants.renamed, renaming=renaming)
    return _Other(other, numbers, frozenset(numbers), plain, plain)


def _names(here: Arena, relation: plan.Related, item: Mapping[str, Value]) -> Iterator[str]:
    for each in relation.names:
        try:
            name = here.evaluate(each, item)
        except (EvaluationError, Absent):
            continue
        if isinstance(name, str) and name:
            yield name


def _permuted(here: Arena, relation: plan.Related, found: Played) -> _Other | None:
    """Members whose turns stand next to each other speak in the other order, each as it chose before."""
    flow, rows = variants.permuted(here.flow, relation.members)
    places = [(turn.phase, state.step - 1) for turn, state in zip(found.turns, found.states[1:], strict=True)]
    order = list(range(len(found.turns)))
    settled = set(order)
    for number, place in enumerate(places):
        size = rows.get(place, 0)
        if size:
            whole = [*range(number, number + size)]
            settled -= set(whole[:-1])
            if whole[-1] >= len(order):  # it was cut in the middle: the turns before it are compared
                return None
            order[number:number + size] = reversed(whole)
    script = found.choices.script()
    swapped = [script[0], *(script[order[number] + 1] if order[number] + 1 < len(script) else {}
                            for number in range(len(order)))]
    other = _again(here, found, _same_words(found, order), flow=flow, choices=Choices(tuple(swapped)))
    return _Other(other, order, frozenset(settled), _as_it_is, _as_it_is)


_CHANGED: dict[plan.Change, Callable[[Arena, plan.Related, Played], _Other | None]] = {
    "misspelt": _misspelt, "paraphrased": _paraphrased, "renamed": _renamed, "permuted": _permuted}


def _turn(request: Request) -> int:
    return int(request.key.split("/")[1])


# ---------------------------------------------------------------- judges


def _judged_otherwise(here: Arena, relation: plan.Related, found: Played) -> Iterator[tuple[int, str]]:
    """The turns about which a judge says something else where its answers stand the other way round."""
    for number, env in enumerate(found.trace):
        for asked in relation.asked:
            both = [_question(here, asked, answers, env, number)
                    for answers in (asked.answers, tuple(reversed(asked.answers)))]
            said = [_answer(here, request) for request in both if request is not None]
            if len(set(said)) > 1:
                yield number, f"at turn {number} the judge says `{said[0]}`, and `{said[1]}` where it is offered " \
                              f"`{'`, `'.join(reversed(asked.answers))}`"


def _question(here: Arena, asked: nodes.Judged, answers: Sequence[str], env: Env, number: int) -> Request | None:
    """What a judge is asked about a turn; None where it is not asked."""
    judge = plan.Judge(asked.ask, tuple(plan.ScaleLevel(float(at), each, "") for at, each in enumerate(answers)),
                       "nominal", asked.model, tuple(answers[:1]))
    try:
        if asked.when is not None and not here.evaluate(asked.when, env):
            return None
        messages = prompt.render_judge(judge, env["history"], env, here.evaluate)
    except (EvaluationError, Absent):
        return None
    return Request(messages, seed=here.tested.seed, choices=tuple(answers), purpose="judge",
                   key=f"0/{number}/judge.{asked.key}")


def _answer(here: Arena, request: Request) -> str:
    """A judge's answer, remembered. Raises `EngineError`."""
    assert here.judge is not None
    key = prompt.digest(request.messages, request.choices), request.seed
    if key not in here.known:
        (reply,) = here.runner.run(here.judge.answer([request]))
        if isinstance(reply, EngineError):
            raise reply
        here.known[key] = reply
    return here.known[key].text
