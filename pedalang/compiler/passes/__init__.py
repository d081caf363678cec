"""Rewrites of the graph, one a file: `rewrite(graph) -> Graph`. Each keeps what a learner would notice."""

from __future__ import annotations

from pedalang.compiler.passes import drop_unreachable, fold_constants

PIPELINE = (drop_unreachable.rewrite, fold_constants.rewrite)
"""In this order: what is dropped need not be folded."""
