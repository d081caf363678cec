"""What watched over a candidate whose weights had changed."""

from __future__ import annotations

from msgspec import Struct

from pedalang.study.tuning.ability import Kept
from pedalang.study.tuning.hacking import Parted


class Checked(Struct, frozen=True):
    """General ability by member of the cast, and the metric beside its witnesses, each compared with the program as it
    was written. `broken` says why the candidate may not be taken; empty where nothing speaks against it."""

    ability: dict[str, Kept]
    metric: Parted
    broken: str = ""
