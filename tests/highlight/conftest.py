"""What the tests of colours share: the programs of the repository and of its pages."""

from __future__ import annotations

import pytest

from tests import corpus


@pytest.fixture(scope="session")
def written() -> dict[str, str]:
    return corpus.programs()
