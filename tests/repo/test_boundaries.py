"""What the package never does, and what it does in one place only: the environment, the clock, chance, the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator

NEVER_CALLED = {"eval", "exec", "__import__"}
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "requests", "urllib.request", "yaml"}
READS_YAML = "pedalang/exchange/elmes/reading.py", "yaml"
"""Composes nodes, which makes nothing of them; the names below are all that it uses."""
OF_YAML = {"SafeLoader", "compose_all", "constructor", "Node", "MappingNode", "SequenceNode", "ScalarNode", "YAMLError",
           "MarkedYAMLError"}
CLOCKS = {"time", "datetime", "uuid", "secrets"}

MAY_ASK_THE_TIME = ("pedalang/cli/", "pedalang/runtime/course.py", "pedalang/runtime/run.py",
                    "pedalang/runtime/session.py")
"""Where a clock is taken up, to be handed on; everything below is given one."""

MAY_READ_THE_ENVIRONMENT = ("pedalang/cli/", "pedalang/runtime/engines/ray.py", "pedalang/runtime/engines/vllm.py")
"""vLLM's engine sets variables: some things vLLM can be told in no other way."""
"""The command line; and the engine whose library can be told by nothing else to keep to the loopback: it sets that."""

GENERATORS = {"Random", "SystemRandom"}


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def attributes(module: ast.Module, of: str) -> Iterator[ast.Attribute]:
    """Uses of `of.something`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == of:
            yield node


def test_text_is_never_run_and_data_never_unpickled(modules: dict[str, ast.Module]) -> None:
    called = [f"{path}:{node.lineno} {node.func.id}()" for path, module in modules.items() for node in ast.walk(module)
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NEVER_CALLED]
    brought = [f"{path}: {name}" for path, module in modules.items() for name in imported(module)
               if name in NEVER_IMPORTED and (path, name) != READS_YAML]
    found = called + brought
    assert not found, "\n".join(found)


def test_yaml_is_composed_and_never_loaded(modules: dict[str, ast.Module]) -> None:
    assert {use.attr for use in attributes(modules[READS_YAML[0]], "yaml")} <= OF_YAML


def test_only_commands_read_the_environment(modules: dict[str, ast.Module]) -> None:
    found = [f"{path}:{use.lineno} os.{use.attr}" for path, module in modules.items()
             if not path.startswith(MAY_READ_THE_ENVIRONMENT)
             for use in attributes(module, "os") if use.attr in ("environ", "getenv", "environb")]
    assert not found, "\n".join(map(str, found))


def test_the_clock_is_taken_up_in_one_place(modules: dict[str, ast.Module]) -> None:
    found = [f"{path}: {name}" for path, module in modules.items() if not path.startswith(MAY_ASK_THE_TIME)
             for name in imported(module) if name.split(".")[0] in CLOCKS]
    assert not found, "\n".join(map(str, found))


def test_chance_comes_from_seeds(modules: dict[str, ast.Module]) -> None:
    found = [f"{path}:{use.lineno} random.{use.attr}" for path, module in modules.items()
             for use in attributes(module, "random") if use.attr not in GENERATORS - {"SystemRandom"}]
    assert not found, "\n".join(map(str, found))


def test_imports_stand_at_the_top_but_for_commands_and_engines(modules: dict[str, ast.Module]) -> None:
    """What is loaded late is a library or a stage that most commands do without."""
    late = {"pedalang/compiler/syntax/tables.py", "pedalang/__init__.py"}
    found = [f"{path}:{node.lineno} {function.name}" for path, module in modules.items()
             if path not in late and not path.startswith(("pedalang/cli/", "pedalang/runtime/engines/"))
             for function in ast.walk(module) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
             for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not found, "\n".join(map(str, found))
