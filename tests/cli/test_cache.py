"""`--cache`: the same run twice asks the second time nothing; without it nothing is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import api, journal
from tests.cli.conftest import Ped
from tests.engines.conftest import Stub


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stub:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return Stub()


def forms(*folders: str) -> list[list[bytes]]:
    found = []
    for folder in folders:
        _, events = api.read_run(Path(folder))
        found.append(list(journal.canonical(events)))
        events.close()
    return found


def test_the_same_run_twice_asks_nothing_the_second_time(ped: Ped, server: Stub, tmp_path: Path) -> None:
    def run(out: str, *more: str) -> int:
        before = len(server.seen)
        ped("run", "first/main.ped", "--engine", f"openai:{server.url}#model", "-n", "2", "--out", out, *more)
        return len(server.seen) - before

    try:
        assert run("plain") > 0
        assert not (tmp_path / "home").exists(), "nothing is kept unless it is asked for"
        assert run("kept", "--cache") > 0
        assert (tmp_path / "home" / ".cache" / "pedalang" / "answers.sqlite").is_file()
        assert run("again", "--cache") == 0
        assert run("anew", "--no-cache") > 0
    finally:
        server.close()
    plain, *others = forms("plain", "kept", "again", "anew")
    assert others == [plain] * 3
