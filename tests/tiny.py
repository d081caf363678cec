"""A chat model of a few thousand random weights, with a tokenizer of its own: what is learnt by it is real, and takes
no time. For tests that need torch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TEMPLATE = ("{% for message in messages %}<|start|>{{ message['role'] }}\n{{ message['content'] }}<|end|>\n{% endfor %}"
            "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}")
SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
         "num_key_value_heads": 1, "vocab_size": 258, "max_position_embeddings": 4096, "initializer_range": 0.3,
         "eos_token_id": 257, "bos_token_id": 256, "pad_token_id": 257}
"""Of a model of the kind `llama`: 9,000 weights."""


def model(folder: Path, seed: int = 1, **sizes: Any) -> Path:
    """A folder with a model of the kind `llama` and its tokenizer."""
    import transformers

    return saved(folder, transformers.LlamaConfig(**SIZES | sizes), seed)


def saved(folder: Path, config: Any, seed: int = 1) -> Path:
    """A model of this kind with random weights, and its tokenizer."""
    import torch
    import transformers

    torch.manual_seed(seed)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer()), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|start|>", "eos_token": "<|end|>",
        "chat_template": TEMPLATE}), encoding="utf-8")
    return folder


def tokenizer() -> dict[str, Any]:
    """One token a byte, and two control words."""
    from tokenizers import pre_tokenizers

    bytelevel = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    control = [{"id": 256 + place, "content": word, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for place, word in enumerate(("<|start|>", "<|end|>"))]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": control, "normalizer": None,
            "pre_tokenizer": bytelevel, "post_processor": None, "decoder": bytelevel,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                      "vocab": {letter: place for place, letter in enumerate(letters)}, "merges": []}}
