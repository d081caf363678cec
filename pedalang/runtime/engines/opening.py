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

NOT_ENGINES = frozenset({"chat_protocol", "endpoint", "engine", "opening"})
"""What in the folder is no engine: what servers are told, how they are reached, what an engine is, and this file."""

_SETTINGS = re.compile(r"[a-z_]+=[^&#?]*(&[a-z_]+=[^&#?]*)*")


def names() -> list[str]:
    """The names of all engines, sorted."""
    return sorted(entry.name for entry in pkgutil.iter_modules(engines.__path__) if entry.name not in NOT_ENGINES)


def open_engine(uri: str, environment: Mapping[str, str]) -> Engine:
    """The engine at an address, `NAME:TARGET` or `NAME:TARGET?SETTING=VALUE&…`, ready to answer. `environment` holds
    the keys. An engine's file names its settings in `SETTINGS`.

    Raises `EngineError`: PED1101 for a name that no engine has, PED1102 where its library is missing, PED1112 for a
    setting that it has not, and what its file says about the target.
    """
    name, _, rest = uri.partition(":")
    known = names()
    if name not in known:
        raise EngineError("PED1101", f"there is no engine `{name}`" if name else "an engine's address is empty",
                          help=did_you_mean(name.lower(), known) or f"the engines are {', '.join(known)}")
    target, settings = _settings(rest)
    try:
        file = _file(name)
        has: Collection[str] = getattr(file, "SETTINGS", ())
        for each in settings:
            if each not in has:
                raise EngineError("PED1112", f"the engine `{name}` has no setting `{each}`",
                                  help=did_you_mean(each, has, "its settings are") or "it has none")
        return file.open(Options(target, environment, settings))
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pedalang":
            raise
        raise _missing(name, error) from None


def available() -> list[tuple[str, Availability]]:
    """Whether each engine can be used here; no library is loaded to find out."""
    return [(name, _file(name).availability()) for name in names()]


def _settings(rest: str) -> tuple[str, dict[str, str]]:
    """The target of an address, and its settings. A question mark before a `#` is part of the target."""
    target, mark, last = rest.rpartition("?")
    if not mark or not _SETTINGS.fullmatch(last):
        return rest, {}
    return target, dict(each.split("=", 1) for each in last.split("&"))


def _file(name: str) -> ModuleType:
    return importlib.import_module(f"{engines.__name__}.{name}")


def _missing(name: str, error: ImportError) -> EngineError:
    if isinstance(error, ModuleNotFoundError):
        seen = f"the engine `{name}` needs the library `{error.name}`, which is not installed"
    else:
        seen = f"the library of the engine `{name}` cannot be loaded: {error}"
    return EngineError("PED1102", seen, help=f"pip install 'pedalang[{name}]'")
