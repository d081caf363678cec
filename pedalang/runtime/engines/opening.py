"""Finds an engine by the name before the colon of its address. The folder is the list: one file an engine.

Names are read without importing; asking for an engine imports its one file, and that loads its library when it opens.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Collection, Mapping
from types import ModuleType

from pedalang.diagnostic import did_you_mean
from pedalang.runtime import engines
from pedalang.runtime.engines.engine import Availability, Engine, Options
from pedalang.runtime.errors import EngineError

NOT_ENGINES = frozenset({"chat_protocol", "endpoint", "engine", "opening", "places", "processor", "scoring", "workers"})
"""What in the folder is no engine: what servers are told, how they are reached, what an engine is, several behind one,
this file, the slots of llama.cpp and how it is asked, and the processor."""

_SETTINGS = re.compile(r"[a-z_]+=[^&#?]*(&[a-z_]+=[^&#?]*)*")


def names() -> list[str]:
    """The names of all engines, sorted."""
    return sorted(entry.name for entry in pkgutil.iter_modules(engines.__path__) if entry.name not in NOT_ENGINES)


def open_engine(uri: str, environment: Mapping[str, str]) -> Engine:
    """The engine at an address, `NAME:TARGET` or `NAME:TARGET?SETTING=VALUE&…`, ready to answer. `environment` holds
    the keys. An engine's file names its settings in `SETTINGS`; where that is None, it reads its whole address itself.

    Raises `EngineError`: PED1101 for a name that no engine has, PED1102 where its library is missing, PED1112 for a
    setting that it has not, and what its file says about the target.
    """
    name, rest = known(uri)
    try:
        file = _file(name)
        has: Collection[str] | None = getattr(file, "SETTINGS", ())
        if has is None:
            return file.open(Options(rest, environment))
        target, said = _split(rest)
        return file.open(Options(target, environment, settings(name, said, has)))
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pedalang":
            raise
        raise _missing(name, error) from None


def known(uri: str) -> tuple[str, str]:
    """The name of an address's engine, and the rest of the address. Raises `EngineError` PED1101."""
    name, _, rest = uri.partition(":")
    if name not in names():
        raise EngineError("PED1101", f"there is no engine `{name}`" if name else "an engine's address is empty",
                          help=did_you_mean(name.lower(), names()) or f"the engines are {', '.join(names())}")
    return name, rest


def settings(name: str, said: str, has: Collection[str]) -> dict[str, str]:
    """Settings as an address says them, `SETTING=VALUE&…`. Raises `EngineError` PED1112 for one that is not in `has`.
    """
    if said and not _SETTINGS.fullmatch(said):
        raise EngineError("PED1112", f"`{said}` are no settings of an engine",
                          help="write them `NAME=VALUE&NAME=VALUE`")
    found = dict(each.split("=", 1) for each in said.split("&") if each)
    for each in found:
        if each not in has:
            raise EngineError("PED1112", f"the engine `{name}` has no setting `{each}`",
                              help=did_you_mean(each, has, "its settings are") or "it has none")
    return found


def variables(uri: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Those of the environment that the engine at an address reads: its file's `READS`. Raises `EngineError` PED1101.
    """
    reads = getattr(_file(known(uri)[0]), "READS", ())
    return {name: environment[name] for name in reads if name in environment}


def available() -> list[tuple[str, Availability]]:
    """Whether each engine can be used here; no library is loaded to find out."""
    return [(name, _file(name).availability()) for name in names()]


def _split(rest: str) -> tuple[str, str]:
    """The target of an address, and its settings. A question mark before a `#` is part of the target."""
    target, mark, last = rest.rpartition("?")
    return (target, last) if mark and _SETTINGS.fullmatch(last) else (rest, "")


def _file(name: str) -> ModuleType:
    return importlib.import_module(f"{engines.__name__}.{name}")


def _missing(name: str, error: ImportError) -> EngineError:
    if isinstance(error, ModuleNotFoundError):
        seen = f"the engine `{name}` needs the library `{error.name}`, which is not installed"
    else:
        seen = f"the library of the engine `{name}` cannot be loaded: {error}"
    return EngineError("PED1102", seen, help=f"pip install 'pedalang[{name}]'")
