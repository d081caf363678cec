"""Lines that ask, tell or praise, and a classifier that tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.evaluate import Evaluator
from pedalang.study.classifiers import examples
from pedalang.study.classifiers.examples import Examples, Source

WORDS = ("why", "how", "did", "you", "get", "that", "tell", "me", "the", "sum", "of", "both", "is", "so", "next", "two")
LABELS = ("asks", "tells", "praises")


def attribute(name: str) -> nodes.Expr:
    return nodes.Attr(nodes.Name("row"), name)


def declared(**more: object) -> plan.Classifier:
    of = plan.Classifier(
        "move", plan.Selection("rows"), "row",
        (plan.Feature("text", attribute("text"), "text"), plan.Feature("long", attribute("long"), "number")),
        attribute("label"), LABELS, (plan.Figure("f1", "macro_f1"), plan.Figure("kappa", "cohens_kappa")),
        group=attribute("problem"), folds=3)
    return msgspec.structs.replace(of, **more)


def rows(count: int = 90, seed: int = 0) -> list[Source]:
    draw = np.random.default_rng(seed)
    found = []
    for at in range(count):
        label = LABELS[int(draw.integers(3))]
        said = [*draw.choice(WORDS, size=int(draw.integers(1, 9))), {"asks": "?", "tells": "=", "praises": "!"}[label]]
        if draw.random() < 0.3:
            said.append("well done" if label == "praises" else "why")
        found.append(Source({"text": " ".join(said), "long": len(said), "label": label, "problem": f"p{at % 12}"}))
    return found


def gathered(of: plan.Classifier, sources: Sequence[Source]) -> Examples:
    return examples.gather(of, sources, Evaluator())


PROGRAM = plan.Plan("p", {}, datasets={"rows": plan.Dataset("rows", "rows.csv", "Row", {}, licence="CC0-1.0")})
