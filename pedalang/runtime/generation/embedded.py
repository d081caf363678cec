"""The embedded model as a folder of safetensors and a tokenizer, for libraries that read no GGUF file.

Made once, from the file whose hash was checked; its 4-bit weights are multiplied out, so nothing is rounded again.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
from safetensors.numpy import save_file

from pedalang.runtime import weights
from pedalang.runtime.errors import EngineError

FORM = 1
"""Counts the forms that the folder had: another one is made anew."""
_NAMES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
          "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
          "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
_CONTROL = 3
"""GGUF's kind of a token that is no text."""


def folder(caches: Path) -> Path:
    """The embedded model's folder under `caches`, made where it is not there yet (4 s, 540 MB). Raises `EngineError`
    PED1103 where the model is not installed, or nothing can be written."""
    source = weights.find()
    if source is None:
        raise EngineError("PED1103", f"the embedded model {weights.NAME} is not installed", help=f"`{weights.FETCH}`")
    found = caches / f"{weights.NAME}-{weights.SHA256[:16]}-{FORM}"
    if found.is_dir():
        return found
    weights.verify(source)
    try:
        caches.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=caches, prefix=f".{weights.NAME}-"))
        try:
            _write(source, making)
            os.replace(making, found)  # whole or not at all, whoever else makes it
        except OSError:
            if not found.is_dir():
                raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as error:
        raise EngineError("PED1103", f"the embedded model cannot be unpacked into {caches}: {error.strerror}",
                          help="540 MB are needed there; XDG_CACHE_HOME names another place") from None
    return found


def _write(source: Path, into: Path) -> None:
    reader = gguf.GGUFReader(source)
    heads = _field(reader, "llama.attention.head_count"), _field(reader, "llama.attention.head_count_kv")
    save_file(dict(_tensors(reader, *heads)), into / "model.safetensors", {"format": "pt"})
    for name, what in (("config.json", _config(reader, *heads)), ("tokenizer.json", _tokenizer(reader)),
                       ("tokenizer_config.json", _tokenizer_config(reader))):
        (into / name).write_text(json.dumps(what, ensure_ascii=False), encoding="utf-8")


def _field(reader: Any, name: str) -> Any:
    return reader.get_field(name).contents()


def _tensors(reader: Any, heads: int, groups: int) -> Iterator[tuple[str, Any]]:
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type).astype("float32")
        name = tensor.name.removesuffix(".weight")
        if name == "token_embd":
            yield "model.embed_tokens.weight", values
        elif name == "output_norm":
            yield "model.norm.weight", values
        else:
            _, block, part = name.split(".")
            if part in ("attn_q", "attn_k"):
                values = _halves(values, heads if part == "attn_q" else groups)
            yield f"model.layers.{block}.{_NAMES[part]}.weight", values


def _halves(values: Any, heads: int) -> Any:
    """Rows of a projection in the order of halves: GGUF has the two that are turned together side by side."""
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns).copy()


def _config(reader: Any, heads: int, groups: int) -> dict[str, Any]:
    base = float(_field(reader, "llama.rope.freq_base"))
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "dtype": "float32", "hidden_act": "silu",
        "hidden_size": int(_field(reader, "llama.embedding_length")),
        "intermediate_size": int(_field(reader, "llama.feed_forward_length")),
        "num_hidden_layers": int(_field(reader, "llama.block_count")),
        "num_attention_heads": int(heads), "num_key_value_heads": int(groups),
        "vocab_size": int(_field(reader, "llama.vocab_size")),
        "max_position_embeddings": int(_field(reader, "llama.context_length")),
        "rms_norm_eps": round(float(_field(reader, "llama.attention.layer_norm_rms_epsilon")), 9),
        "rope_theta": base, "rope_parameters": {"rope_type": "default", "rope_theta": base},
        "tie_word_embeddings": True, "bos_token_id": int(_field(reader, "tokenizer.ggml.bos_token_id")),
        "eos_token_id": int(_field(reader, "tokenizer.ggml.eos_token_id")),
        "pad_token_id": int(_field(reader, "tokenizer.ggml.padding_token_id"))}


def _tokenizer(reader: Any) -> dict[str, Any]:
    """The form of the library `tokenizers`: pairs of bytes, digits by themselves."""
    tokens, kinds = _field(reader, "tokenizer.ggml.tokens"), _field(reader, "tokenizer.ggml.token_type")
    control = [{"id": number, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True}
               for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True)) if kind == _CONTROL]
    bytelevel = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": control, "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True}, bytelevel]},
        "post_processor": None, "decoder": bytelevel,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {token: number for number, token in enumerate(tokens)},
                  "merges": [pair.split(" ") for pair in _field(reader, "tokenizer.ggml.merges")]}}


def _tokenizer_config(reader: Any) -> dict[str, Any]:
    tokens = _field(reader, "tokenizer.ggml.tokens")
    begins, ends = (tokens[int(_field(reader, f"tokenizer.ggml.{which}_token_id"))] for which in ("bos", "eos"))
    return {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": begins, "eos_token": ends, "pad_token": ends,
            "model_max_length": int(_field(reader, "llama.context_length")), "clean_up_tokenization_spaces": False,
            "chat_template": _field(reader, "tokenizer.chat_template")}
