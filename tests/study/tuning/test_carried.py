"""Adapters in an artefact: named by their digest, verified when they are taken out, and refused where they are others,
whether or not the artefact was signed anew."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from pedalang import overlay, plan
from pedalang.exchange import trained
from pedalang.overlay import Adapter, Tuned
from pedalang.runtime.errors import RunError
from pedalang.study.tuning import keeping
from pedalang.study.weights import adapters
from tests.study.tuning.patience import plan_of, written

BASE = "b" * 64
PART = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"


@pytest.fixture
def of(tmp_path: Path) -> plan.Plan:
    return plan_of(written(tmp_path / "p"))


@pytest.fixture
def adapter(tmp_path: Path) -> Adapter:
    config = adapters.Config(2, 4, ("q_proj",), f"sha256:{BASE}")
    tensors = {PART.format("A"): np.ones((2, 6), "float32"), PART.format("B"): np.ones((4, 2), "float32")}
    return Adapter(adapters.write(tmp_path / "learnt", config, tensors), BASE, str(tmp_path / "learnt"))


def kept(of: plan.Plan, folder: Path, adapter: Adapter) -> bytes:
    found = keeping.content(of, "lesson", "sft", Tuned(weights={"teacher": adapter}), {"teacher": BASE})
    keeping.keep(folder, "better", of, found, data={}, licences={}, seed=1, measures={})
    return (folder / trained.ARTEFACT).read_bytes()


def test_a_member_answers_with_the_weights_of_the_artefact(tmp_path: Path, of: plan.Plan, adapter: Adapter) -> None:
    kept(of, tmp_path / "tuned", adapter)
    shutil.rmtree(adapter.folder)
    found = keeping.put_on(of, tmp_path / "tuned")
    role = found.flows["lesson"].cast["teacher"]
    assert found.models[role.model].adapter == str(tmp_path / "tuned" / "weights" / "teacher")
    assert found.models[role.model].engine == overlay.EMBEDDED
    assert found.flows["lesson"].cast["student"] == of.flows["lesson"].cast["student"]


def test_wherever_it_was_learnt_the_artefact_is_the_same(tmp_path: Path, of: plan.Plan, adapter: Adapter) -> None:
    shutil.copytree(adapter.folder, tmp_path / "elsewhere")
    other = msgspec.structs.replace(adapter, folder=str(tmp_path / "elsewhere"))
    text = kept(of, tmp_path / "a", adapter)
    assert text == kept(of, tmp_path / "b", other)
    assert str(tmp_path).encode() not in text


def signed(folder: Path, change: Callable[[trained.Artefact], trained.Artefact]) -> None:
    """Writes a changed description with digests that fit it."""
    before = msgspec.json.decode((folder / trained.ARTEFACT).read_bytes(), type=trained.Artefact)
    after = change(msgspec.structs.replace(before, digest=""))
    canonical = msgspec.json.format(msgspec.json.encode(after, order="sorted"), indent=1) + b"\n"
    after = msgspec.structs.replace(after, digest=hashlib.sha256(canonical).hexdigest())
    (folder / trained.ARTEFACT).write_bytes(
        msgspec.json.format(msgspec.json.encode(after, order="sorted"), indent=1) + b"\n")


def changed(artefact: trained.Artefact, **weights: str) -> trained.Artefact:
    """With other values of the adapter."""
    content = msgspec.to_builtins(artefact.content)
    content["tuned"]["weights"]["teacher"] |= weights
    return msgspec.structs.replace(artefact, content=content)


def moved(artefact: trained.Artefact, to: str) -> trained.Artefact:
    """With its files under other names."""
    return msgspec.structs.replace(artefact, files={name.replace("weights/teacher", to): digest
                                                    for name, digest in artefact.files.items()})


@pytest.mark.parametrize("change", [
    lambda found: changed(found, sha256="0" * 64), lambda found: changed(found, base="0" * 64),
    lambda found: changed(found, folder="/tmp/other"), lambda found: moved(found, "weights/student"),
    lambda found: moved(found, "weights/../learnt"), lambda found: moved(found, "../learnt"),
    lambda found: moved(found, "/weights/teacher"), lambda found: msgspec.structs.replace(found, files={}),
    lambda found: msgspec.structs.replace(found, files=found.files | {"weights/student/adapter_config.json": "0" * 64}),
])
def test_other_weights_than_it_says_are_refused(tmp_path: Path, of: plan.Plan, adapter: Adapter,
                                                change: Callable[[trained.Artefact], trained.Artefact]) -> None:
    kept(of, tmp_path / "tuned", adapter)
    signed(tmp_path / "tuned", lambda found: found)
    keeping.put_on(of, tmp_path / "tuned")
    signed(tmp_path / "tuned", change)
    with pytest.raises(RunError) as error:
        keeping.put_on(of, tmp_path / "tuned")
    assert error.value.code in ("PED1316", "PED1317", "PED1341")


@pytest.mark.parametrize("name", [adapters.CONFIG, adapters.TENSORS])
def test_a_changed_file_is_refused(tmp_path: Path, of: plan.Plan, adapter: Adapter, name: str) -> None:
    kept(of, tmp_path / "tuned", adapter)
    path = tmp_path / "tuned" / "weights" / "teacher" / name
    data = path.read_bytes()
    for at in range(0, len(data), max(1, len(data) // 25)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        with pytest.raises(RunError) as error:
            keeping.put_on(of, tmp_path / "tuned")
        assert error.value.code == "PED1317"


def test_an_adapter_that_was_changed_before_it_was_kept_is_not_kept(tmp_path: Path, of: plan.Plan,
                                                                    adapter: Adapter) -> None:
    path = Path(adapter.folder, adapters.TENSORS)
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(RunError) as error:
        kept(of, tmp_path / "tuned", adapter)
    assert error.value.code == "PED1341"


def test_weights_have_one_place_in_a_program(of: plan.Plan, adapter: Adapter) -> None:
    with pytest.raises(overlay.Unfit, match="nobody is cast as `tutor`"):
        overlay.applied(of, "lesson", Tuned(weights={"tutor": adapter}))
    with pytest.raises(overlay.Unfit, match="lie nowhere"):
        overlay.applied(of, "lesson", Tuned(weights={"teacher": msgspec.structs.replace(adapter, folder="")}))
