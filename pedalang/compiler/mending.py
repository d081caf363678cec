"""Mends a program by the fixes that its diagnostics bring. A fix is made where the program is better for it.

Texts only: files are read by the loader, and written by whoever asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from pedalang.compiler import compile
from pedalang.compiler.compile import Compilation, Stage
from pedalang.compiler.semantics.modules import Loader
from pedalang.diagnostic import Diagnostic, Edit, Fix
from pedalang.source import Place, Source

MAX_ROUNDS = 20
"""A mended mistake may uncover another; after so many rounds what is left stays."""
MAX_SINGLE = 40
"""Where the fixes of a round do not go together, so many are tried one after the other."""


class Made(NamedTuple):
    """A fix that was made: of which code, and where its mistake stood then."""

    code: str
    title: str
    place: Place


class Mended(Struct, frozen=True):
    """What came of mending: the new texts by their modules' names (the main file is ``), the fixes in order, and the
    compilation of the new texts."""

    texts: Mapping[str, Source]
    made: tuple[Made, ...]
    compilation: Compilation


class _Offered(NamedTuple):
    diagnostic: Diagnostic
    fix: Fix


def mend(source: Source, loader: Loader, name: str) -> Mended:
    """Makes all fixes that are safe, until none is left: in the main file and in the modules beside it, never in the
    standard library. None of them makes a mistake that was not there."""
    state = Mended({"": source}, (), compile.compile_source(source, loader, name))
    for _ in range(MAX_ROUNDS):
        better = _round(state, loader, name)
        if better is state:
            break
        state = better
    return Mended({each: text for each, text in state.texts.items() if each or text is not source}, state.made,
                  state.compilation)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text after edits that do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def is_better(before: Compilation, after: Compilation) -> bool:
    """Whether less is wrong, and nothing that was not before; or the compiler got further, to what it could not have
    seen before."""
    if _reach(after) != _reach(before):
        return _reach(after) > _reach(before)
    return _said(after) < _said(before)


def _reach(found: Compilation) -> tuple[Stage, bool]:
    """How far the compiler got: through which stage, and whether to the end of every file."""
    return found.stage, all(each.code != "PED0116" for each in found.diagnostics)


def _said(found: Compilation) -> Counter[tuple[str, str]]:
    return Counter((each.code, each.message) for each in found.diagnostics)


def _round(state: Mended, loader: Loader, name: str) -> Mended:
    """The program after all the fixes that it is offered now, or after those that are good for it beside each other."""
    offered = _offered(state.compilation)
    if not offered:
        return state
    together = _with(state, offered, loader, name)
    if is_better(state.compilation, together.compilation):
        return together
    best: Mended = state
    kept: list[_Offered] = []
    for each in offered[:MAX_SINGLE]:
        tried = _with(state, [*kept, each], loader, name)
        if is_better(best.compilation, tried.compilation):
            best, kept = tried, [*kept, each]
    return best


def _offered(found: Compilation) -> list[_Offered]:
    """The fixes that are safe and can be made together, in the order of their places."""
    own = [module.source for name, module in found.modules.items() if not (name and compile.standard_library(name))]
    taken: list[Edit] = []
    chosen: list[_Offered] = []
    for each in found.diagnostics:
        if len(each.fixes) != 1 or not all(any(edit.span.source is source for source in own)
                                           for edit in each.fixes[0].edits):
            continue
        edits = each.fixes[0].edits
        if edits in [other.fix.edits for other in chosen] or not any(_overlap(*pair) for pair in _pairs(edits, taken)):
            chosen.append(_Offered(each, each.fixes[0]))
            taken += [edit for edit in edits if edit not in taken]
    return chosen


def _pairs(edits: Iterable[Edit], taken: Sequence[Edit]) -> Iterator[tuple[Edit, Edit]]:
    return ((edit, other) for edit in edits for other in taken)


def _overlap(one: Edit, other: Edit) -> bool:
    a, b = one.span, other.span
    return a.source is b.source and ((a.start < b.end and b.start < a.end) or a.start == b.start)


def _with(state: Mended, chosen: Sequence[_Offered], loader: Loader, name: str) -> Mended:
    """The program after some of the fixes, compiled."""
    edits = dict.fromkeys(edit for each in chosen for edit in each.fix.edits)
    texts = dict(state.texts)
    for module in state.compilation.modules.values():
        here = [edit for edit in edits if edit.span.source is module.source]
        if here:
            texts[module.name] = Source(module.source.name, edited(module.source.text, here))
    found = compile.compile_source(texts[""], lambda wanted: texts.get(wanted) or loader(wanted), name)
    made = [Made(each.diagnostic.code, each.fix.title, each.diagnostic.labels[0].span.place) for each in chosen]
    return Mended(texts, (*state.made, *made), found)
