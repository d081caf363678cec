"""Trained things as folders: written and read again as they were, and refused where they were changed."""

from __future__ import annotations

import json

import msgspec
import pytest

from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.exchange.trained import Artefact

np = pytest.importorskip("numpy")
pytest.importorskip("safetensors", reason="pip install 'pedalang[study]'")

JUDGE = Artefact("judges", "guidance", {"slope": 1.5}, "0" * 64, {"rows": "1" * 64}, 7, measures={"kappa": 0.5})


def refused(folder):
    with pytest.raises(DataError) as raised:
        trained.load(folder)
    return raised.value.code


def test_it_is_read_as_it_was_written(tmp_path):
    arrays = {"weights": np.array([[1.0, 2.0]]), "bias": np.array([3], dtype=np.int32)}
    digest = trained.save(tmp_path / "made", JUDGE, arrays)
    found = trained.load(tmp_path / "made")
    assert found.sha256 == digest
    assert msgspec.structs.replace(found.artefact, files={}, digest="") == JUDGE
    assert {name: each.tolist() for name, each in found.arrays.items()} == {"weights": [[1.0, 2.0]], "bias": [3]}
    assert trained.content(found, "judges", dict[str, float]) == {"slope": 1.5}


def test_the_same_is_the_same_bytes_and_takes_the_place_of_what_was_there(tmp_path):
    first = trained.save(tmp_path / "a", JUDGE, {"b": np.zeros(2), "a": np.ones(1)})
    trained.save(tmp_path / "b", JUDGE)
    assert trained.save(tmp_path / "b", JUDGE, {"a": np.ones(1), "b": np.zeros(2)}) == first
    for name in (trained.ARTEFACT, trained.WEIGHTS):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_what_was_changed_is_refused(tmp_path):
    folder = tmp_path / "made"
    trained.save(folder, JUDGE, {"a": np.ones(3)})
    weights, text = (folder / trained.WEIGHTS).read_bytes(), (folder / trained.ARTEFACT).read_text()
    (folder / trained.WEIGHTS).write_bytes(weights[:-1] + b"\x01")
    assert refused(folder) == "PED1317"
    (folder / trained.WEIGHTS).unlink()
    assert refused(folder) == "PED1316"
    (folder / trained.WEIGHTS).write_bytes(weights)
    (folder / trained.ARTEFACT).write_text(text.replace("1.5", "1.50"))
    assert refused(folder) == "PED1317"
    for wrong in ("{", "[]", json.dumps({**json.loads(text), "more": 1}), text.replace('"version": 1', '"version": 2')):
        (folder / trained.ARTEFACT).write_text(wrong)
        assert refused(folder) == "PED1316"
    described = json.loads(text)
    described["files"]["../else"] = "0" * 64
    sorted_by_name = msgspec.json.encode(described, order="sorted")
    (folder / trained.ARTEFACT).write_bytes(msgspec.json.format(sorted_by_name, indent=1) + b"\n")
    assert refused(folder) == "PED1317"


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DataError) as raised:
        trained.save(tmp_path, JUDGE)
    assert raised.value.code == "PED1315"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["notes.txt"]


def test_what_it_is_has_to_be_what_was_asked_for(tmp_path):
    trained.save(tmp_path / "made", JUDGE)
    found = trained.load(tmp_path / "made")
    for kind, shape in (("classifier", dict[str, float]), ("judges", dict[str, str])):
        with pytest.raises(DataError) as raised:
            trained.content(found, kind, shape)
        assert raised.value.code == "PED1316"
