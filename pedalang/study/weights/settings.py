"""How weights learn, and what came of it. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`rank` and `alpha` of LoRA (its changes count `alpha / rank`-fold), the learning `rate` at first (it falls to 0
    in a line), `steps` of `batch` lessons, `beta`: how strongly DPO and KTO hold to the weights before."""

    rank: int = 16
    alpha: int = 32
    rate: float = 2e-4
    steps: int = 60
    batch: int = 4
    beta: float = 0.1
    tokens: int = 2048
    """The longest lesson; a longer one is left out."""
    device: str = ""
    """Where it is computed: `cpu`, `cuda`; by default a GPU where there is one, in bfloat16."""


class Learnt(Struct, frozen=True):
    """An adapter in `folder` (a record leaves it out), the SHA-256 of its tensors, and how the loss went: on the same
    lessons before and after, and in each step. `left_out` are lessons that were too long."""

    folder: str
    sha256: str
    base: str
    method: str
    lessons: int
    left_out: int
    before: float
    after: float
    losses: tuple[float, ...]
    device: str


class Practice(Struct, frozen=True):
    """`rounds` of dialogues, learning and a test; in each every dialogue is played `tries` times more, with one other
    answer each time."""

    rounds: int
    tries: int
    learning: Settings


BY_EFFORT = {
    "light": Practice(2, 2, Settings(steps=40)),
    "medium": Practice(4, 4, Settings(steps=120)),
    "heavy": Practice(8, 8, Settings(steps=400)),
}
"""What `auto:` stands for."""


def of(effort: Literal["light", "medium", "heavy"], said: Mapping[str, float]) -> Practice:
    """How much is done, as a program asks for it: `said` are its `settings:`, checked when it was compiled."""
    usual = BY_EFFORT[effort]
    known = {name: value if name in ("rate", "beta") else int(value) for name, value in said.items()}
    learning = {name: value for name, value in known.items() if name in Settings.__struct_fields__}
    rounds = {name: value for name, value in known.items() if name in ("rounds", "tries")}
    return replace(replace(usual, **rounds), learning=replace(usual.learning, **learning))
