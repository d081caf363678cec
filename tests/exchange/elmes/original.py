"""What ELMES sends, written down once more from what it is seen to send: for tests, without any code of the importer.

0.1.x: an agent is sent its own prompts, values in place of `{name}`, one after the other in the order of the task; then
the dialogue so far, the start prompt first: its own words as the assistant's, all others as the user's, without
thoughts, of these the last `2 * keep_turns + 1`. A keyword is looked for in the last words, in small letters. At most
`recursion_limit` turns.

1.0: an agent is sent its system prompt and the start prompt formatted as Python formats, the former without space at
its ends; then what it answered before, each answer behind the words that came right before it. The first agent hears
the start prompt. A keyword is looked for in the last words as they are. Nothing ends a dialogue but the end; here
`most` turns do.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

Sent = tuple[tuple[str, str], ...]
"""Roles and texts of a request's messages."""
Say = Callable[[str, int], str]
"""What an agent says in its turn: its name, and the number of the turn."""
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


def tasks(config: Mapping[str, Any]) -> list[dict[str, str]]:
    content = config["tasks"]["content"]
    if config["tasks"]["mode"] == "iter":
        return [dict(task) for task in content]
    return [dict(zip(content, values, strict=True)) for values in itertools.product(*content.values())]


def older(text: str, say: Say) -> list[list[Sent]]:
    config = yaml.safe_load(text)
    return [_older_dialogue(config, task, say) for task in tasks(config)]


def _older_dialogue(config: Mapping[str, Any], task: Mapping[str, str], say: Say) -> list[Sent]:
    def filled(template: str) -> str:
        for name, value in task.items():
            template = template.replace("{" + name + "}", value)
        return template

    start = config["tasks"].get("start_prompt")
    said = [("", filled(start["content"]))] if start else []
    sent: list[Sent] = []
    who = next(line.split("->")[1].strip() for line in config["directions"] if line.startswith("START"))
    while who != "END" and len(sent) < config["globals"]["recursion_limit"]:
        agent = config["agents"][who]
        window = 2 * agent.get("memory", {}).get("keep_turns", 3) + 1
        prompts = [(each["role"], filled(each["content"])) for each in agent["prompt"]]
        told = [("assistant" if name == who else "user", _THOUGHT.sub("", words)) for name, words in said]
        sent.append((*prompts, *told[-window:]))
        said.append((who, say(who, len(sent) - 1)))
        who = _after(config, who, _THOUGHT.sub("", said[-1][1]).lower())
    return sent


def newer(text: str, say: Say, most: int) -> list[list[Sent]]:
    config = yaml.safe_load(text)
    return [_newer_dialogue(config, task, say, most) for task in tasks(config)]


def _newer_dialogue(config: Mapping[str, Any], task: Mapping[str, str], say: Say, most: int) -> list[Sent]:
    heard: dict[str, list[tuple[str, str]]] = {}
    query = config["tasks"]["start_prompt"].format(**task)
    sent: list[Sent] = []
    who = next(line.split(" -> ")[1] for line in config["directions"] if line.startswith("START"))
    while who != "END" and len(sent) < most:
        own = heard.setdefault(who, [])
        own.append(("user", query))
        sent.append((("system", config["agents"][who]["system_prompt"].format(**task).strip()), *own))
        query = _THOUGHT.sub("", say(who, len(sent) - 1))
        own.append(("assistant", query))
        who = _after(config, who, query)
    return sent


def _after(config: Mapping[str, Any], who: str, words: str) -> str:
    """Who comes next, by the one direction of an agent."""
    for line in config["directions"]:
        origin, target = (part.strip() for part in line.split("->", 1))
        if origin != who:
            continue
        if not target.startswith("router:"):
            return target
        keywords = re.findall(r'"([^"]*)"', target[target.index("[") : target.index("]")])
        wanted = all if "all_keyword" in target else any
        found = re.search(r'exists_to="?(\w+)', target)
        other = re.search(r'else_to="?(\w+)', target)
        assert found is not None
        assert other is not None
        return found[1] if wanted(word in words for word in keywords) else other[1]
    return "END"
