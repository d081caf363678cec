"""How a judge is asked: how often, in which orders, with what words and quotes beside the level; when it abstains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree

FIELDS = ("votes", "orders", "reason", "limit", "evidence", "several", "abstain", "pairwise")
MOST_VOTES = 99
TOKENS, MOST_TOKENS = 80, 1000
"""Of a reason: where nothing is said, and at most."""
_REASONS: Mapping[str, plan.Reason] = {"none": "", "before": "before", "after": "after"}

Known = Mapping[str, tree.Field]


class Asking(NamedTuple):
    """What a criterion says of how its judge is asked."""

    votes: int
    orders: int
    reason: plan.Reason
    limit: int
    evidence: bool
    several: bool
    abstain: float
    pairwise: bool


def asking(known: Known, scope: Scope) -> Asking:
    """The fields, each for itself."""
    reason = _REASONS[fields.word(known.get("reason"), scope, tuple(_REASONS), "none")]
    limit = known.get("limit")
    tokens = fields.whole(limit.value, scope, "a limit", "Tokens") if limit is not None else None
    if limit is not None and tokens is not None and tokens > MOST_TOKENS:
        scope.error("PED0305", limit.value, f"{tokens} tokens are more than {MOST_TOKENS:,}", "a reason is a few words")
    if limit is not None and not reason:
        scope.error("PED0722", limit.key, "`limit:` is the length of a reason, and none is asked for",
                    "write `reason: before` or `reason: after`, or leave it out")
    return Asking(_times("votes", known, scope), _times("orders", known, scope), reason,
                  tokens or TOKENS, _evidence(known, scope),
                  fields.truth(known.get("several"), scope), fields.share(known.get("abstain"), scope) or 0.0,
                  fields.truth(known.get("pairwise"), scope))


def _evidence(known: Known, scope: Scope) -> bool:
    return fields.word(known.get("evidence"), scope, ("none", "required"), "none") == "required"


def _times(key: str, known: Known, scope: Scope) -> int:
    """A number of answers; 1 where none is said, or after a mistake."""
    if key not in known:
        return 1
    count = fields.whole(known[key].value, scope, f"`{key}:`")
    if count is not None and count > MOST_VOTES:
        scope.error("PED0305", known[key].value, f"{count} {key} are more than {MOST_VOTES}",
                    f"more {key} than that change no answer")
    return count or 1


def followed(judge: plan.Judge, made: Asking, name: tree.Word, known: Known, scope: Scope) -> plan.Judge:
    """The judge, asked so; what does not fit its scale is reported."""
    if made.several and (judge.kind != "nominal" or not judge.desired):
        scope.error("PED0721", known["several"].key, f"`{name.text}` may have several labels, and nothing says "
                    "which of them are wanted" if judge.kind == "nominal" else
                    f"the levels of an {judge.kind} scale exclude each other",
                    "write `desired: [LABEL, LABEL]`" if judge.kind == "nominal" else
                    "leave `several:` out, or declare the scale `nominal`")
    offered = 2 if made.several else len(judge.levels)
    there_are = 2 if offered == 2 else 2 * offered
    if made.orders > there_are:
        scope.error("PED0720", known["orders"].value, f"there are {there_are} orders of {offered} labels to ask in",
                    f"write `orders: {there_are}`: each label then stands in each place equally often")
    if "abstain" in known and offered * made.abstain <= 1:
        scope.warning("PED0723", known["abstain"].value, f"the likeliest of {offered} labels always has a share of "
                      f"{1 / offered:.0%} or more, so the judge of `{name.text}` never abstains",
                      "write for example `abstain: 60%`")
    return replace(judge, votes=made.votes, orders=made.orders, reason=made.reason, limit=made.limit,
                   evidence=made.evidence, several=made.several, abstain=made.abstain,
                   pairwise=made.pairwise)


def numbered(criteria: Mapping[str, plan.Criterion]) -> dict[str, plan.Criterion]:
    """The criteria of a rubric, where one of them needs quotes with the lines of the transcript numbered for all: they
    read the same transcript, so an engine reads it once."""
    judges = [each.judge for each in criteria.values() if each.judge is not None]
    if not any(judge.evidence for judge in judges):
        return dict(criteria)
    return {name: replace(each, judge=replace(each.judge, numbered=True)) if each.judge is not None else each
            for name, each in criteria.items()}
