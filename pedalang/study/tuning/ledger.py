"""All candidates that were put to the test, with their scores, in a file to which is only added: a line is durable
before the search goes on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from pedalang import reading
from pedalang.overlay import Tuned
from pedalang.runtime.errors import RunError
from pedalang.study.statistics import Estimate
from pedalang.study.tuning.checked import Checked
from pedalang.study.tuning.spending import Cost

FILE_NAME = "ledger.jsonl"
MOST_BYTES = 500_000_000


class Candidate(Struct, frozen=True):
    """What was tried: its number, what it is, how it came about and from which others, what came of it on the dev set,
    and what that took. `scores` has a dialogue each, None where it has no value; `tokens` is the mean of a dialogue,
    `broken_hard` and `broken_soft` count clauses, `rejected` dialogues. `accepted` says that it was the best up to
    then, `checked` what watched over it, where its weights are others."""

    number: int
    tuned: Tuned
    how: str
    parents: tuple[int, ...]
    score: Estimate
    scores: tuple[float | None, ...]
    tokens: float
    broken_hard: int
    broken_soft: int
    rejected: int
    accepted: bool
    cost: Cost
    digest: str
    checked: Checked | None = None

    @property
    def refused(self) -> bool:
        """Whether something speaks against it, so that it is never taken."""
        return self.checked is not None and bool(self.checked.broken)


class Ledger:
    """The candidates of a search, in the order in which they are tried. Where the search was stopped before, those of
    then are known, and become candidates again when they are tried again: so it goes the way that it went."""

    def __init__(self, folder: Path) -> None:
        """Raises `RunError` PED1321 for a file that is no ledger. A last line that was cut off is left out."""
        self._path = folder / FILE_NAME
        self.candidates: list[Candidate] = []
        self._before: dict[str, Candidate] = {}
        kept = b""
        if self._path.exists():
            text = reading.regular(self._path, MOST_BYTES)
            lines = text[:text.rfind(b"\n") + 1].splitlines(keepends=True)
            try:
                self._before = {each.digest: each for each in (msgspec.json.decode(line, type=Candidate)
                                                               for line in lines)}
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise RunError("PED1321", f"`{self._path}` is no list of candidates: {error}",
                               help="tune into another folder: `--out DIR`") from None
            kept = b"".join(lines)
        folder.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("r+b" if self._path.exists() else "w+b")
        self._file.truncate(len(kept))
        self._file.seek(len(kept))

    def known(self, digest: str) -> Candidate | None:
        """The candidate of a digest that was tried in this search."""
        return next((each for each in self.candidates if each.digest == digest), None)

    def recall(self, digest: str) -> Candidate | None:
        """The candidate of a digest that was tried before the search was stopped, as this one's next."""
        found = self._before.get(digest)
        return found and msgspec.structs.replace(found, number=len(self.candidates), accepted=False)

    def keep(self, candidate: Candidate) -> None:
        """Adds a candidate; durable when this returns."""
        if self._before.get(candidate.digest) != candidate:
            self._file.write(msgspec.json.encode(candidate, order="deterministic") + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        self.candidates.append(candidate)

    def close(self) -> None:
        self._file.close()


def digest(tuned: Tuned) -> str:
    """SHA-256 of what was found, in hexadecimal."""
    return hashlib.sha256(msgspec.json.encode(tuned, order="deterministic")).hexdigest()
