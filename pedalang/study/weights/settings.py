"""How weights learn, and what came of it. No torch here."""

from __future__ import annotations

from msgspec import Struct


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
