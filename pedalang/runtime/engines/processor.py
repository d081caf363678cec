"""The processor, as engines that compute in this process use it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

WAITS = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
"""Variables by which a user says how threads wait for each other."""
SPINS = "1000"
"""How often an idle thread looks for work before it sleeps. OpenMP's own millions make a model 10 to 100 times slower
where something else wants a core."""


def cores() -> int:
    """The cores that this process may use; a container or `taskset` may leave it fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def short_waits(environment: Mapping[str, str]) -> Iterator[None]:
    """For loading a library with OpenMP, which reads then how its threads wait; what the user set counts."""
    if set(WAITS) & environment.keys():
        yield
        return
    os.putenv("GOMP_SPINCOUNT", SPINS)
    try:
        yield
    finally:
        os.unsetenv("GOMP_SPINCOUNT")
