"""The three raters' levels of an uptake record, as far as they can be told from what the data keep: their mean, how
many agreed, and the majority's level. Who gave which is not kept, so only figures that do not ask who rated have a
meaning.

`PEDALANG_DATA=DIR python -m tests.study.uptake_raters` prints them.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from pedalang.study import agreement

LEVELS = (0, 1, 2)


def levels(row: Mapping[str, str]) -> tuple[float, ...] | None:
    """The levels that were given; None where none, or several sets of levels, would fit."""
    if not row["uptake"] or not row["uptake_num_agree"]:
        return None
    mean, agreed = float(row["uptake"]), int(float(row["uptake_num_agree"]))
    fits = [said for said in _sets() if abs(sum(said) / len(said) - mean) < 1e-6
            and max(map(said.count, said)) == agreed
            and (not row["uptake_majority"] or said.count(float(row["uptake_majority"])) == agreed)]
    return fits[0] if len(fits) == 1 else None


def _sets() -> list[tuple[float, ...]]:
    two = [(float(a), float(b)) for a in LEVELS for b in LEVELS if a <= b]
    return [*two, *((*pair, float(c)) for pair in two for c in LEVELS if c >= pair[1])]


def main() -> None:
    """Prints how far the raters agree, units drawn by lesson."""
    with (Path(os.environ["PEDALANG_DATA"]) / "uptake" / "uptake_data.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = [(row["obs_id"], said) for row in rows if (said := levels(row)) is not None]
    print(f"{len(known)} of {len(rows)} exchanges of {len({lesson for lesson, _ in known})} lessons")
    table = [[*said, *[None] * (3 - len(said))] for _, said in known]
    for name in ("krippendorff_alpha", "fleiss_kappa", "gwets_ac1", "gwets_ac2"):
        found = agreement.agreement(name, table, LEVELS, "ordinal", [lesson for lesson, _ in known])
        print(f"{name}: {found.value:.3f} ({found.low:.3f} to {found.high:.3f}), n {found.n}")


if __name__ == "__main__":
    main()
