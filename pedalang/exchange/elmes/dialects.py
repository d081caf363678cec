"""Which dialect a configuration is written in, and what it says. What is missing, stops the original, or is of no
effect there is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pedalang.diagnostic import Report, did_you_mean
from pedalang.exchange.elmes import routes
from pedalang.exchange.elmes.config import Agent, Config, Dialect, Item, Judgement, Model, Prompt, Tasks
from pedalang.exchange.elmes.reading import Value

TURNS: Mapping[Dialect, int] = {"0.1": 25, "1.0": 50}
"""`recursion_limit`, where a configuration does not say."""
KEPT_TURNS = 3
"""`keep_turns` of 0.1.x, likewise."""
MOST_TASKS = 10_000
_SCORED = ("int", "float", "bool")
_CARRIED = ("temperature", "top_p", "seed", "max_tokens")


def read(root: Value, report: Report) -> Config | None:
    """The configuration; None after an error."""
    dialect = of(root)
    agents = {key: _agent(key, each, dialect, report) for key, each in _entries(root, "agents", report)}
    models = {key: _model(key, each, dialect, report) for key, each in _entries(root, "models", report)}
    for agent in agents.values():
        if agent.model not in models:
            report.error("PED1004", agent.span, f"the agent `{agent.key}` speaks by the model `{agent.model}`, which "
                         "is not there", help=did_you_mean(agent.model, models, "the models are"))
    found = routes.read(root.get("directions"), agents, dialect, report)
    tasks = _tasks(root.get("tasks"), root, dialect, report)
    judgement = _judgement(root.get("evaluation"), models, dialect, report)
    _ignored(root, dialect, report)
    if found is None or tasks is None or report.errors:
        return None
    limit = root.at("globals", "recursion_limit")
    turns = int(limit.number() or 0) if limit is not None else 0
    return Config(dialect, models, agents, found.start, found.after, tasks, judgement,
                  turns if turns > 0 else TURNS[dialect])


def of(root: Value) -> Dialect:
    """The dialect that most of a configuration's keys belong to."""
    agents = [agent for _, agent in (root.get("agents") or root).items()]
    newer = sum(agent.get("system_prompt") is not None for agent in agents) \
        + sum(root.at("evaluation", key) is not None for key in ("fields", "judge_model", "target")) \
        + sum(model.get("base_url") is not None for _, model in (root.get("models") or root).items()) \
        + (root.get("mcps") is not None) + (root.at("globals", "output_dir") is not None)
    older = sum(agent.get("prompt") is not None for agent in agents) \
        + sum(root.at("evaluation", key) is not None for key in ("format", "model", "format_mode")) \
        + sum(model.get("api_base") is not None for _, model in (root.get("models") or root).items()) \
        + sum(root.at("globals", key) is not None for key in ("memory", "retry"))
    return "1.0" if newer > older else "0.1"


def _entries(root: Value, key: str, report: Report) -> Iterator[tuple[str, Value]]:
    found = list((root.get(key) or Value(None, root.span)).items())
    if not found:
        report.error("PED1002", None, f"this configuration has no `{key}:`",
                     help="an ELMES configuration has `models:`, `agents:`, `directions:` and `tasks:`")
    yield from found


def _model(key: str, value: Value, dialect: Dialect, report: Report) -> Model:
    names = ("base_url", "api_base") if dialect == "1.0" else ("api_base", "base_url")
    url, other = value.get(names[0]), value.get(names[1])
    if url is None and other is not None:
        report.warning("PED1022", other.span, f"ELMES {dialect} reads `{names[0]}:`, and not `{names[1]}:`",
                       help=f"write `{names[0]}:`; the program has this address")
        url = other
    address = url.text if url is not None else ""
    if not address.startswith(("http://", "https://")):
        report.note("PED1016", value.span, f"the model `{key}` has no address", help="the program has that of a server "
                    "on this machine: put the right one there")
        address = ""
    kind = value.get("type")
    if kind is not None and kind.text != "openai":
        report.note("PED1016", kind.span, f"`{kind.text}` is reached by OpenAI's protocol, or not at all",
                    help="name another engine for the model: `ped engines`")
    given = value.get("kargs")
    settings = dict(given.items()) if given is not None else {}
    for name, each in settings.items():
        if name not in _CARRIED:
            report.note("PED1016", each.span, f"the setting `{name}` of the model `{key}` is not carried over")
    name = value.get("model")
    return Model(key, address, name.text if name is not None else key, settings, value.span)


def _agent(key: str, value: Value, dialect: Dialect, report: Report) -> Agent:
    model = value.get("model")
    system, listed, memory = value.get("system_prompt"), value.get("prompt"), value.get("memory")
    prompts = tuple(_prompts(listed, report))
    if (dialect == "1.0" and system is not None) or (dialect == "0.1" and not prompts and system is not None):
        prompts = (Prompt("system", system),)
    if not prompts:
        report.warning("PED1002", value.span, f"the agent `{key}` has no prompt",
                       help="it would know nothing of its part")
    if memory is not None and dialect == "1.0":
        report.warning("PED1015", memory.span, "ELMES 1.0 ignores `memory:`: each agent is sent all that it heard",
                       help="the program sends all too; `window: 7 turns` in its role would keep three turns of each")
    for tools in filter(None, (value.get("tools"),)):
        if tools.list():
            report.note("PED1016", tools.span, f"the tools of `{key}` are not carried over: no engine calls any")
    keep = value.at("memory", "keep_turns")
    kept = KEPT_TURNS if keep is None else max(0, int(keep.number() or 0))
    return Agent(key, model.text if model is not None else "", prompts, 2 * kept + 1 if dialect == "0.1" else None,
                 value.span)


def _prompts(listed: Value | None, report: Report) -> Iterator[Prompt]:
    system = 0
    for number, each in enumerate(listed.list() if listed is not None else ()):
        role, content = each.get("role"), each.get("content")
        if role is None or content is None or role.text not in ("system", "user", "assistant"):
            report.error("PED1003", each.span, "a message of a prompt has a `role:` (system, user, assistant) and a "
                         "`content:`")
            continue
        system += role.text == "system"
        if role.text == "system" and (number > 0 or system > 1):
            report.note("PED1016", each.span, "a system message behind the first message is sent before it: here all "
                        "system messages are one, and the first")
        yield Prompt(role.text, content)


def _tasks(value: Value | None, root: Value, dialect: Dialect, report: Report) -> Tasks | None:
    content = value.get("content") if value is not None else None
    if value is None or content is None:
        report.error("PED1002", None, "this configuration has no `tasks:` with a `content:`",
                     help="say what the dialogues are about")
        return None
    start = value.get("start_prompt")
    if start is None and dialect == "1.0":
        report.warning("PED1022", value.span, "ELMES 1.0 wants a `start_prompt:`, and stops here",
                       help="the program begins with the first agent")
    mode = value.get("mode")
    word = mode.text.lower() if mode is not None else "union"
    if word not in ("union", "iter"):
        report.error("PED1003", mode.span if mode is not None else None, f"`{word}` is no mode of tasks",
                     help="write `union` or `iter`")
        return None
    start = start.get("content") if start is not None and start.get("content") is not None else start
    return _grid(content, start, report) if word == "union" else _rows(content, start, report)


def _grid(content: Value, start: Value | None, report: Report) -> Tasks | None:
    """All combinations; a variable that has no list has no values."""
    grid = {name: each.list() for name, each in content.items()}
    size = 1
    for name, values in grid.items():
        size *= len(values)
        if not values:
            report.error("PED1003", content.span, f"`{name}` has no list of values, so there is no task")
        _texts(values, report)
    if not grid or size > MOST_TASKS:
        what = f"{size:,} tasks: more than {MOST_TASKS:,}" if grid else "there is no task"
        report.error("PED1003", content.span, what, help="write `content:` as variables, each with a list of values")
    return None if report.errors else Tasks(tuple(grid), start, grid, ())


def _rows(content: Value, start: Value | None, report: Report) -> Tasks | None:
    rows = tuple(dict(each.items()) for each in content.list())
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    if not rows or not names or len(rows) > MOST_TASKS:
        report.error("PED1003", content.span, "there is no task, or there are more than 10,000",
                     help="write `content:` as a list of tasks, each with its variables")
        return None
    for row, each in zip(rows, content.list(), strict=True):
        lacking = [name for name in names if name not in row]
        if lacking:
            report.warning("PED1018", each.span, f"this task has no {', '.join(f'`{name}`' for name in lacking)}",
                           help="the program shows an empty text there")
        _texts(tuple(row.values()), report)
    return Tasks(names, start, {}, rows)


def _texts(values: tuple[Value, ...], report: Report) -> None:
    for each in values:
        if not isinstance(each.data, str):
            report.warning("PED1018", each.span, f"`{each.text}` is no text to YAML, and ELMES stops at it",
                           help=f'write `"{each.text}"`; the program takes it as it is written')


def _judgement(value: Value | None, models: Mapping[str, Model], dialect: Dialect, report: Report) -> Judgement | None:
    if value is None:
        return None
    model = value.get("judge_model") or value.get("model")
    name = model.text if model is not None else ""
    if name not in models:
        report.error("PED1004", value.span, f"the judge is the model `{name}`, which is not there",
                     help=did_you_mean(name, models, "the models are"))
    fields = value.get("fields") or value.get("format")
    listed = fields.list() if fields is not None else ()
    items = tuple(_newer_items(listed) if dialect == "1.0" else _older_items(listed))
    reasons = any(each.get("reason") is not None for each in listed) or any(_reasons(each) for each in listed)
    return Judgement(name, tuple(_prompts(value.get("prompt"), report)), items, reasons, value.span) if items else None


def _newer_items(listed: tuple[Value, ...]) -> Iterator[Item]:
    for each in listed:
        name, rubric = each.get("name"), each.get("rubric") or each.get("description")
        if name is not None:
            yield Item(name.text, rubric or name)


def _older_items(listed: tuple[Value, ...], before: str = "", about: Value | None = None) -> Iterator[Item]:
    """The marks; what is inside a `dict` bears its name. Texts are reasons, and no marks."""
    for each in listed:
        field, kind = each.get("field"), each.get("type")
        if field is None or kind is None:
            continue
        said = each.get("description") or about or field
        inside = each.get("items")
        if kind.text == "dict" and inside is not None:
            yield from _older_items(inside.list(), f"{before}{field.text}_", said)
        elif kind.text in _SCORED:
            most = each.get("max")
            yield Item(before + field.text, said, most.number() if most is not None else None, kind.text == "bool")


def _reasons(each: Value) -> bool:
    kind, inside = each.get("type"), each.get("items")
    return (kind is not None and kind.text == "str") or any(map(_reasons, inside.list() if inside is not None else ()))


def _ignored(root: Value, dialect: Dialect, report: Report) -> None:
    """What has no effect in the original, and what is not carried over."""
    for key in ("concurrency", "recursion_limit"):
        found = root.at("globals", key)
        if found is not None and dialect == "1.0":
            what = "a dialogue of the program has at most so many turns" if key == "recursion_limit" else \
                "`ped run --concurrency N` says it for a run"
            report.warning("PED1015", found.span, f"ELMES 1.0 ignores `{key}:` when it generates", help=what)
    for path, why in ((("globals", "retry"), "engines try again by their own rules"),
                      (("globals", "memory"), "a run has a folder of its own"),
                      (("globals", "output_dir"), "a run has a folder of its own"),
                      (("mcps",), "no engine calls tools"),
                      (("evaluation", "format_mode"), "a judge answers with a level of a scale, and nothing is parsed"),
                      (("evaluation", "target"), "a run says which models spoke")):
        found = root.at(*path)
        if found is not None:
            report.note("PED1016", found.span, f"`{'.'.join(path)}` is not carried over: {why}")
    if any(model.get("api_key") is not None for _, model in (root.get("models") or root).items()):
        report.note("PED1016", None, "keys are not carried over", help="put the key into the variable `OPENAI_API_KEY`")
