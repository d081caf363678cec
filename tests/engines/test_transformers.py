"""The engine `transformers:` on tiny models with random weights: the library's own results are what counts.

Runs where torch, transformers and peft are installed: `make test-transformers`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pedalang.prompt import Message
from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from tests import late
from tests.engines.conftest import LEVELS, SAYINGS, TALK, answers, asked, failed, replied
from tests.tiny import saved

torch, transformers, peft = (late.library(name, "transformers") for name in ("torch", "transformers", "peft"))

SIZES = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 6,
         "num_key_value_heads": 2, "vocab_size": 320, "max_position_embeddings": 2048, "initializer_range": 0.3,
         "eos_token_id": 257, "bos_token_id": 256, "pad_token_id": 257}
SCHEMA = {"type": "object", "properties": {"answer": {"enum": ["one half", "two fifths"]}}, "required": ["answer"],
          "additionalProperties": False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("tiny") / "llama", transformers.LlamaConfig(**SIZES))


@pytest.fixture(scope="module")
def adapter(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("adapters") / "other"
    torch.manual_seed(2)
    config = peft.LoraConfig(r=4, lora_alpha=64, target_modules=["q_proj", "v_proj", "down_proj"],
                             init_lora_weights=False, task_type="CAUSAL_LM")
    peft.get_peft_model(transformers.AutoModelForCausalLM.from_pretrained(folder), config).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    yield from opened(folder)


def opened(folder: Path, settings: str = "") -> Iterator[Engine]:
    """On one thread: several wait for each other longer than they compute so little."""
    engine = opening.open_engine(f"transformers:{folder}?threads=1{settings and '&'}{settings}", {})
    yield engine
    asyncio.run(engine.close())


def prompts() -> list[Request]:
    """Of different lengths, some of them with the same beginning."""
    return [asked(messages=(*TALK[:2], *TALK[2:] * times, Message("user", "Hm. " * number)), max_tokens=9 + number)
            for times in (0, 1, 3) for number in range(4)]


def tokens(folder: Path, messages: Sequence[Message]) -> Any:
    chat = transformers.AutoTokenizer.from_pretrained(folder)
    told = [{"role": message.role, "content": message.text} for message in messages]
    text = chat.apply_chat_template(told, tokenize=False, add_generation_prompt=True)
    return chat, chat(text, add_special_tokens=False, return_tensors="pt").input_ids


def generated(folder: Path, request: Request, model: Any) -> str:
    """What the library itself says, one prompt at a time."""
    chat, prompt = tokens(folder, request.messages)
    out = model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=request.max_tokens,
                         do_sample=False, pad_token_id=257)
    return chat.decode(out[0, prompt.shape[1]:], skip_special_tokens=True)


def test_many_at_once_say_what_the_library_says_one_by_one(engine: Engine, folder: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    asks = prompts()
    said = answers(engine, *asks)
    assert [reply.text for reply in said if isinstance(reply, Reply)] == [generated(folder, ask, model) for ask in asks]
    assert len({reply.text for reply in said if isinstance(reply, Reply)}) > 6, "they do not all say the same"


@pytest.mark.parametrize("kind", ["Qwen2Config", "Qwen3Config", "MistralConfig", "GemmaConfig", "Olmo2Config"])
def test_models_of_other_kinds_too(tmp_path: Path, kind: str) -> None:
    more = {"head_dim": 8} if kind in ("GemmaConfig", "Qwen3Config", "MistralConfig") else {}
    folder = saved(tmp_path / kind, getattr(transformers, kind)(**SIZES, **more))
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    for engine in opened(folder):
        asks = prompts()[3:9]
        assert [reply.text for reply in answers(engine, *asks) if isinstance(reply, Reply)] == [
            generated(folder, ask, model) for ask in asks]


def test_a_choice_is_weighed_as_a_plain_pass_weighs_it(engine: Engine, folder: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    choices = (*SAYINGS, "How", "How did you get 2/5? And why?", "1", "10")
    reply = replied(engine, asked(choices=choices))
    chat, prompt = tokens(folder, TALK)
    for choice, score, total in zip(choices, reply.scores, reply.totals, strict=True):
        word = chat(choice, add_special_tokens=False, return_tensors="pt").input_ids
        with torch.inference_mode():
            known = torch.log_softmax(model(torch.cat([prompt, word], 1)).logits[0, prompt.shape[1] - 1 : -1], -1)
        expected = known.gather(1, word[0][:, None]).sum().item()
        assert total == pytest.approx(expected, abs=2e-3)
        assert score == pytest.approx(expected / word.shape[1], abs=2e-3)
    assert reply.choice == reply.scores.index(max(reply.scores))


def test_what_prompts_begin_with_is_computed_once(folder: Path) -> None:
    asks = prompts()
    for engine in opened(folder):
        first = answers(engine, *asks)
        again = answers(engine, *asks)
        beginning = len(tokens(folder, TALK[:1])[1][0])
        assert beginning > 60
        computed = [reply.computed for reply in first if isinstance(reply, Reply) and reply.computed is not None]
        read = [reply.tokens_in for reply in first if isinstance(reply, Reply)]
        assert len(computed) == len(asks)
        assert sum(read) - sum(computed) > (len(asks) - 1) * (beginning - 16), "the system message once"
        assert all(isinstance(reply, Reply) and reply.computed is not None and 0 < reply.computed <= 16
                   for reply in again), "of a prompt that was read before, less than a block"


def test_a_reply_follows_from_its_request_alone(engine: Engine) -> None:
    asks = [asked(messages=TALK[: 2 + number % 3], temperature=0.9, top_p=0.8 if number % 2 else None, seed=number,
                  max_tokens=6 + number) for number in range(8)]
    alone = [replied(engine, ask).text for ask in asks]
    together = [reply.text for reply in answers(engine, *asks[::-1], *prompts())[:8] if isinstance(reply, Reply)]
    assert together[::-1] == alone
    assert len(set(alone)) == len(alone)
    one, other = (replied(engine, asked(temperature=0.9, seed=seed)).text for seed in (98, 99))
    assert one != other


def test_little_top_p_is_the_most_probable(engine: Engine) -> None:
    assert replied(engine, asked(temperature=1.0, top_p=1e-6, seed=4)).text == replied(engine, asked()).text


@pytest.mark.parametrize("settings", ["slots=1", "slots=3&context=1024", "memory=1"])
def test_room_changes_nothing_in_what_is_said(engine: Engine, folder: Path, settings: str) -> None:
    asks = [*prompts(), asked(choices=SAYINGS), asked(choices=LEVELS)]
    for other in opened(folder, settings):
        for reply, expected in zip(answers(other, *asks), answers(engine, *asks), strict=True):
            assert isinstance(reply, Reply)
            assert isinstance(expected, Reply)
            assert (reply.text, reply.choice) == (expected.text, expected.choice)
            assert reply.scores == pytest.approx(expected.scores, abs=2e-3)


def test_a_little_at_a_time_says_the_same(engine: Engine, folder: Path) -> None:
    """Prompts read a few tokens a pass, and room for few that are kept."""
    from pedalang.runtime.generation import batch, loading

    model = loading.load(folder, torch.device("cpu"), torch.float32)
    small = batch.Batch(model.network, model.shape, frozenset({257}), slots=3, memory=model.shape.bytes * 16 * 40,
                        most=7, use=model.use)
    asks = prompts()
    found = [small.ask(batch.Asked(tuple(tokens(folder, ask.messages)[1][0].tolist()), most=ask.max_tokens))
             for ask in asks]
    chat, _ = tokens(folder, TALK)
    said = [chat.decode(list(each.result(60).tokens), skip_special_tokens=True) for each in found]
    small.close()
    assert said == [replied(engine, ask).text for ask in asks]


def test_replies_are_held_to_their_form(engine: Engine) -> None:
    pytest.importorskip("llguidance")
    schema, grammar, free, broken = answers(
        engine, asked(schema=SCHEMA, max_tokens=200), asked(grammar='start: /[ab]{3}/ "!"', temperature=0.9, seed=2),
        asked(), asked(grammar='start: "a'))
    assert isinstance(schema, Reply)
    assert json.loads(schema.text)["answer"] in ("one half", "two fifths")
    assert isinstance(grammar, Reply)
    assert len(grammar.text) == 4
    assert set(grammar.text[:3]) <= {"a", "b"}
    assert isinstance(free, Reply)
    assert isinstance(broken, EngineError)
    assert broken.code == "PED1110"
    assert failed(engine, asked(schema=SCHEMA, max_tokens=3)).code == "PED1106"


def test_a_reply_ends_before_a_stop(engine: Engine) -> None:
    said = replied(engine, asked(max_tokens=30)).text
    stop = said[7:9]
    reply = replied(engine, asked(max_tokens=30, stop=(stop, "never said")))
    assert reply.text == said[: said.index(stop)]
    assert reply.finish == "stop"


def test_an_adapter_answers_as_if_it_were_part_of_the_model(engine: Engine, folder: Path, adapter: Path) -> None:
    plain = transformers.AutoModelForCausalLM.from_pretrained(folder)
    changed = peft.PeftModel.from_pretrained(transformers.AutoModelForCausalLM.from_pretrained(folder), adapter)
    asks = [asked(max_tokens=12, messages=TALK[: 2 + number % 2], adapter=str(adapter) if number % 2 else "")
            for number in range(4)]
    said = answers(engine, *asks)
    for reply, ask in zip(said, asks, strict=True):
        assert isinstance(reply, Reply)
        assert reply.text == generated(folder, ask, changed if ask.adapter else plain)
        assert (reply.model == "") == (not ask.adapter), "which weights answered is said where they are others"
    for named in opened(folder, f"adapter={adapter}"):
        assert replied(named, asks[0]).text == generated(folder, asks[0], changed)
        assert named.model.startswith(f"{engine.model}+")
        assert "adapter" in named.abilities.honours


def test_an_adapter_that_is_not_there(engine: Engine, tmp_path: Path) -> None:
    assert failed(engine, asked(adapter=str(tmp_path / "none"))).code == "PED1103"
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.bin").write_bytes(b"\x80\x04.")
    error = failed(engine, asked(adapter=str(tmp_path)))
    assert error.code == "PED1103"
    assert "adapter_model.bin" in error.message
    (tmp_path / "adapter_model.safetensors").write_bytes(b"nothing")
    first, second = answers(engine, asked(adapter=str(tmp_path)), asked())
    assert isinstance(first, EngineError)
    assert first.code == "PED1103"
    assert isinstance(second, Reply), "the others are answered"


def test_a_request_that_is_given_up_leaves_the_others(engine: Engine) -> None:
    async def half() -> Reply | EngineError:
        given_up = asyncio.ensure_future(engine.answer([asked(max_tokens=1900)] * 2))
        kept = asyncio.ensure_future(engine.answer([asked(max_tokens=20)]))
        await asyncio.sleep(0)
        given_up.cancel()
        return (await kept)[0]

    kept = asyncio.run(half())
    assert isinstance(kept, Reply)
    assert kept.text == replied(engine, asked(max_tokens=20)).text


def test_after_the_end_it_says_so(folder: Path) -> None:
    for engine in opened(folder):
        asyncio.run(engine.close())
        assert failed(engine, asked()).code == "PED1104"


def test_a_prompt_that_is_too_long(engine: Engine) -> None:
    assert failed(engine, asked(messages=(Message("user", "a" * 3000),))).code == "PED1111"


@pytest.mark.parametrize(("setting", "code"), [
    ("dtype=int8", "PED1112"), ("device=tpu", "PED1112"), ("device=cuda:99", "PED1112"), ("slots=0", "PED1112"),
    ("slot=3", "PED1112"), ("adapter=nowhere", "PED1103")])
def test_settings_that_cannot_be(folder: Path, setting: str, code: str) -> None:
    with pytest.raises(EngineError) as caught:
        opening.open_engine(f"transformers:{folder}?{setting}", {})
    assert caught.value.code == code
    assert caught.value.help


def test_weights_that_may_hold_programs_are_not_read(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(EngineError) as caught:
        opening.open_engine(f"transformers:{tmp_path}", {})
    assert caught.value.code == "PED1103"
    assert "pytorch_model.bin" in caught.value.message


@pytest.mark.parametrize("target", ["nowhere", "model.gguf", ""])
def test_a_folder_that_is_none(tmp_path: Path, target: str) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EngineError) as caught:
        opening.open_engine(f"transformers:{tmp_path / (target or 'empty')}", {})
    assert caught.value.code == "PED1103"
    assert caught.value.help


@pytest.mark.parametrize("kind", ["MambaConfig", "Gemma2Config"])
def test_a_model_that_attends_in_another_way_is_refused(tmp_path: Path, kind: str) -> None:
    """One without attention, and one that bends its scores."""
    few = {name: SIZES[name] for name in ("hidden_size", "num_hidden_layers", "vocab_size")}
    sizes = few if kind == "MambaConfig" else {**SIZES, "head_dim": 8}
    folder = saved(tmp_path / kind, getattr(transformers, kind)(**sizes))
    with pytest.raises(EngineError) as caught:
        opening.open_engine(f"transformers:{folder}", {})
    assert caught.value.code in ("PED1110", "PED1103")


def test_states_to_learn_from_are_the_library_s_own(folder: Path) -> None:
    from pedalang.runtime.generation import hidden

    texts = ["How did you get that?", "So.", "How did you get this?", "", "So."]
    found = hidden.states(folder, texts)
    network = transformers.AutoModel.from_pretrained(folder).eval()
    known = transformers.AutoTokenizer.from_pretrained(folder)
    for text, row in zip(texts, found, strict=True):
        tokens = known(text)["input_ids"] or [known.eos_token_id]
        with torch.inference_mode():
            layers = network(input_ids=torch.tensor([tokens]), output_hidden_states=True).hidden_states
        wanted = torch.cat([layers[round(depth * (len(layers) - 1))].mean(dim=1)[0] for depth in hidden.DEPTHS])
        torch.testing.assert_close(torch.tensor(row).float(), wanted, atol=1e-5, rtol=1e-4)
    assert (found[1] == found[4]).all()


def test_texts_are_seen_after_what_stands_before_them(folder: Path) -> None:
    """As the library has their states; what begins alike is read once, and that changes nothing."""
    from pedalang.runtime.generation import hidden

    rows = [("What is 2 + 3?", "six", "Why?"), ("What is 2 + 3?", "six", "Why?\nno idea", "Count on."),
            ("a", "", "Why?")]
    model, words = transformers.AutoModel.from_pretrained(folder), transformers.AutoTokenizer.from_pretrained(folder)

    def mean(before: str, text: str) -> Any:
        tokens = torch.tensor([words(before + text)["input_ids"]])
        with torch.inference_mode():
            found = model(input_ids=tokens, output_hidden_states=True).hidden_states
        return torch.cat([found[1], found[2]], dim=2)[0, len(before):].mean(dim=0)

    short = [row[-3:] for row in rows]
    found = hidden.after(folder, short, 2)
    for row, states in zip(short, found, strict=True):
        before = "".join(f"{text}\n" for text in row[:2] if text)
        wanted = [mean(f"{row[0]}\n", row[1]) if row[1] else torch.zeros(96), mean(before, row[2])]
        assert torch.allclose(torch.tensor(states), torch.cat(wanted).double(), atol=1e-5)
    each = torch.cat([torch.tensor(hidden.after(folder, [row], 1)) for row in rows])
    assert torch.allclose(torch.tensor(hidden.after(folder, rows, 1)), each, atol=1e-5)
    assert torch.allclose(torch.tensor(hidden.states(folder, ["Why?"])[0]), mean("", "Why?").double(), atol=1e-5)
