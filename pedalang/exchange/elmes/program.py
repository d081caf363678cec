"""A configuration as a program and its data files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pedalang.diagnostic import Diagnostic, Report
from pedalang.exchange.elmes import dialects, judging, marks, phases, reading, templates
from pedalang.exchange.elmes.config import END, Agent, Config, Dialect, Model, Route
from pedalang.exchange.elmes.reading import Value
from pedalang.exchange.elmes.templates import Piece, Shown
from pedalang.exchange.elmes.text import Code, Names, Part, comment, literal, trimmed
from pedalang.source import Source

HOT = 1.0
"""The temperature of OpenAI's protocol, where a request says none."""
MOST_TOKENS = 4096
"""Of a turn, where a configuration says nothing."""
LOCAL = "http://localhost:8000/v1"


class Imported(NamedTuple):
    """`program` is not formatted yet, and empty after an error; `files` are its data, name to text."""

    dialect: Dialect
    program: str
    files: Mapping[str, str]
    found: list[Diagnostic]


def convert(source: Source, stem: str) -> Imported:
    """The program of a configuration. Its data files begin with `stem`."""
    report = Report()
    root = reading.read(source, report)
    config = dialects.read(root, report) if root is not None else None
    if root is None or config is None:
        return Imported(dialects.of(root) if root is not None else "0.1", "", {}, report.in_order())
    writer = _Writer(config, source.name, stem, report)
    program = "\n".join(writer.lines()) + "\n"
    return Imported(config.dialect, program, writer.files, report.in_order())


class _Writer:
    """What is known while a program is written: how things are called."""

    def __init__(self, config: Config, file: str, stem: str, report: Report) -> None:
        self._config, self._file, self._report = config, file, report
        self._phases = phases.of(config)
        self._unused = phases.unused(config)
        types = Names(("Task", "Start", "Quality"))
        tasks = config.tasks
        self.files: dict[str, str] = {}
        self._stem = stem
        self._grid = len(tasks.grid) > 1
        names = Names(("start", "opening", "ended", "main", *(() if self._grid else ("task", "tasks"))))
        fields = names if self._grid else Names()
        self._fields = {name: fields.name(name, "field") for name in tasks.names}
        self._types = {name: types.type(name, "Field") for name in tasks.names} if self._grid else {}
        self._sets = {name: names.name(f"{self._fields[name]}s", "values") for name in tasks.names}
        self._models = {key: names.name(key, "model") for key in config.models}
        self._cast = {key: names.name(key, "agent") for key in config.agents}
        self._roles = {key: types.type(key, "Agent") for key in config.agents}
        self._ends = {key: names.name(f"{self._cast[key]}_ends", "ends") for key in config.agents}
        self._start_ends = names.name("start_ends", "ends")
        self._phase_names = {phase.agents[0]: names.name(f"{self._cast[phase.agents[0]]}_speaks", "phase")
                             for phase in self._phases.found}
        if len(self._phases.found) == 1:
            self._phase_names = dict.fromkeys(self._phase_names, names.name("talk", "phase"))
        self._starts = tasks.start is not None and bool(tasks.start.text.strip())

    @property
    def _params(self) -> str:
        if self._grid:
            return ", ".join(f"{self._fields[name]}: {self._types[name]}" for name in self._config.tasks.names)
        return "task: Task"

    @property
    def _arguments(self) -> str:
        return ", ".join(self._fields.values()) if self._grid else "task"

    def _parts(self, pieces: Sequence[Piece]) -> list[Part]:
        return [self._shown(piece) if isinstance(piece, Shown) else piece for piece in pieces]

    def _shown(self, piece: Shown) -> Code:
        field = self._fields[piece.name]
        return Code(f"{field}.text" if self._grid else f"task.{field}")

    def _text(self, value: Value) -> list[Part]:
        return self._parts(templates.pieces(value, self._fields, self._config.dialect, self._report))

    # ------------------------------------------------------------ the program, part by part

    def lines(self) -> Iterator[str]:
        dialect = "0.1.x" if self._config.dialect == "0.1" else "1.0"
        yield "pedalang 1\n"
        file = self._file.rsplit("/", 1)[-1]
        yield f"//! The ELMES configuration `{file}` (dialect {dialect}), by `ped import elmes`."
        yield "//! Generation requests are those of ELMES, message for message."
        yield ""
        yield from self._data()
        for model in self._config.models.values():
            yield from self._model(model)
        if self._starts:
            yield from self._start()
        for key, agent in self._config.agents.items():
            if key in self._unused:
                self._report.warning("PED1021", agent.span, f"no direction leads to the agent `{key}`",
                                     help="it is left out of the program")
            else:
                yield from self._role(agent)
        yield from self._predicates()
        yield from self._flow()
        found = self._config.judgement
        if found is not None:
            kept = marks.of(found, self._config.dialect, self._report)
            judge = judging.Writing(self._models[found.model], self._params, self._arguments, self._params_names())
            about = [self._parts(templates.judged(prompt.text, self._fields, self._report)) for prompt in found.prompts]
            yield from judging.lines(found, self._config, kept, judge, about, self._report)
        yield from self._run()

    def _params_names(self) -> tuple[str, ...]:
        return tuple(self._fields.values()) if self._grid else ("task",)

    def _data(self) -> Iterator[str]:
        tasks = self._config.tasks
        if self._grid:
            yield "// All combinations of these are played: the matrix below. Say under which licence they may be used."
            for name, values in tasks.grid.items():
                file = self._keep(self._fields[name], [{"text": each.text} for each in values])
                yield f"type {self._types[name]} {{ text: Text }}"
                yield f"dataset {self._sets[name]} from {json.dumps(file)} as {self._types[name]} {{}}\n"
            return
        rows = tasks.rows or tuple({name: each} for name, values in tasks.grid.items() for each in values)
        file = self._keep("tasks", [{self._fields[name]: row[name].text if name in row else "" for name in tasks.names}
                                    for row in rows])
        yield "// A row is a dialogue. Say under which licence they may be used."
        yield "type Task { " + " ".join(f"{field}: Text" for field in self._fields.values()) + " }"
        yield f"dataset tasks from {json.dumps(file)} as Task {{}}\n"

    def _keep(self, what: str, rows: Sequence[Mapping[str, str]]) -> str:
        name = f"{self._stem}.{what}.jsonl"
        self.files[name] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return name

    def _model(self, model: Model) -> Iterator[str]:
        yield f"model {self._models[model.key]} {{"
        yield "  engine: openai"
        if not model.url:
            yield "  // The configuration has no address that can be used."
        yield f"  url: {literal([f'{model.url or LOCAL}#{model.name}'])}"
        heat = _setting(model, "temperature")
        if heat is None:
            yield "  // The configuration says none; this is the default of OpenAI's protocol."
        yield f"  temperature: {min(heat if heat is not None else HOT, 2.0):g}"
        share, seed = _setting(model, "top_p"), _setting(model, "seed")
        yield from [f"  top_p: {share:g}"] if share is not None and 0 <= share <= 1 else []
        yield from [f"  seed: {int(seed)}"] if seed is not None and seed >= 0 else []
        yield "}\n"

    def _start(self) -> Iterator[str]:
        start = self._config.tasks.start
        assert start is not None
        yield "/// Says what the dialogue begins with: the `start_prompt`."
        yield f"role Start({self._params}) {{"
        yield f"  sees: [{self._arguments}]"
        yield "  speak: grounded\n  layout: plain"
        yield f"  act opens {{ say: [{literal(self._text(start), '    ')}] }}"
        yield "}\n"

    def _role(self, agent: Agent) -> Iterator[str]:
        model = self._config.models[agent.model]
        yield f"role {self._roles[agent.key]}({self._params}) {{"
        yield f"  model: {self._models[agent.model]}"
        yield f"  sees: [{self._arguments}, history]"
        yield "  speak: free\n  layout: plain"
        if self._config.dialect == "1.0":
            yield "  hears: previous"
        elif agent.window is not None:
            yield f"  // `keep_turns: {agent.window // 2}`: so many pairs of turns, and the one to answer."
            yield f"  window: {agent.window} turns"
        most = _setting(model, "max_tokens")
        if most is None:
            yield "  // ELMES asks for no limit; a turn needs one."
        yield f"  limit: {int(most) if most is not None and most >= 1 else MOST_TOKENS} tokens"
        system = [prompt.text for prompt in agent.prompts if prompt.role == "system"]
        voice: list[Part] = []
        for each in system:
            voice += [*(["\n\n"] if voice else []), *self._text(each)]
        if self._config.dialect == "1.0":
            yield from [f"  voice: {trimmed(voice, '    ')}"] if voice else []
        else:
            yield from [f"  voice: {literal(voice, '    ')}"] if voice else []
        others = [prompt for prompt in agent.prompts if prompt.role != "system"]
        if others:
            said = ", ".join(f"{{ {each.role}: {literal(self._text(each.text), '    ')} }}" for each in others)
            yield f"  opening: [{said}]"
        yield "}\n"

    def _predicates(self) -> Iterator[str]:
        for key, name in ((*((key, self._ends[key]) for key in self._cast if key not in self._unused),
                           ("START", self._start_ends))):
            route = self._route(key)
            if route.keywords and route.found != route.other:
                said = "lower(turn.text)" if self._config.dialect == "0.1" else "turn.text"
                tests = [f"includes({said}, {literal([word])})" for word in route.keywords]
                yield f"/// What sends the dialogue to `{route.found}` after `{key}`, wherever in the text it stands."
                yield f"predicate {name}() by code {{ holds: {(' and ' if route.every else ' or ').join(tests)} }}\n"

    def _route(self, key: str) -> Route:
        return self._config.start if key == "START" else self._config.routes.get(key, Route(END))

    def _goto(self, target: str) -> str:
        return "ended" if target == END else self._phase_names[target]

    def _flow(self) -> Iterator[str]:
        config = self._config
        yield f"flow dialogue({self._params}) {{"
        cast = {self._cast[key]: self._roles[key] for key in self._cast if key not in self._unused}
        for who, role in {**({"start": "Start"} if self._starts else {}), **cast}.items():
            yield f"  cast {who}: {role}({self._arguments})"
        extra = " and the start prompt" if self._starts else ""
        yield from comment(f"`recursion_limit`: {config.turns} turns of agents{extra}."
                           + (" ELMES 1.0 would go on." if config.dialect == "1.0" else ""), "  //")
        yield f"  max: {config.turns + self._starts} turns"
        if self._starts:
            yield "  phase opening start {\n    turn start"
            yield from self._leaves("START", self._start_ends)
            yield f"    -> {self._goto(config.start.other)}\n  }}"
        for phase in self._phases.found:
            yield from self._phase(phase)
        yield "  phase ended final {}\n}\n"

    def _phase(self, phase: phases.Phase) -> Iterator[str]:
        name = self._phase_names[phase.agents[0]]
        begins = not self._starts and phase.agents[0] == self._config.start.other
        endless = not self._phases.ends and phase is self._phases.found[-1]
        if endless:
            self._report.warning("PED1019", None, "no direction leads to the end: each dialogue goes on to the "
                                 "`recursion_limit`",
                                 help="end it with a router, or in the program with `-> ended when …`")
        limit = f" max {self._config.turns} turns" if endless else ""
        yield f"  phase {name}{' start' if begins else ''}{limit} {{"
        for key in phase.agents:
            yield f"    turn {self._cast[key]}"
            yield from self._leaves(key, self._ends[key])
        if endless:
            yield "    -> ended at max"
        if phase.then != phase.agents[0]:
            yield f"    -> {self._goto(phase.then)}"
        yield "  }"

    def _leaves(self, key: str, predicate: str) -> Iterator[str]:
        route = self._route(key)
        if route.keywords and route.found != route.other:
            yield f"    -> {self._goto(route.found)} when {predicate}()"

    def _run(self) -> Iterator[str]:
        score = ["  score: Quality"] if self._config.judgement is not None else []
        if not self._grid:
            yield from ["run main {", "  flow: dialogue", "  data: tasks", *score, "}"]
            return
        yield from ["matrix main {", f"  run: dialogue({self._arguments})", *score]
        for name in self._config.tasks.names:
            yield f"  vary {self._fields[name]} in {self._sets[name]}"
        if score:
            yield f"  report: {{ rows: {next(iter(self._fields.values()))}, columns: criterion }}"
        yield "}"


def _setting(model: Model, name: str) -> float | None:
    found = model.settings.get(name)
    return found.number() if found is not None else None
