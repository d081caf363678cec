"""Opens an engine by its address `NAME:TARGET`, and says which engines can be used here.

The engines are the files of this folder. Their names are listed without importing them; opening one imports one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from pedalang.diagnostic import did_you_mean
from pedalang.runtime import engines
from pedalang.runtime.engines.engine import Availability, Engine, Options
from pedalang.runtime.errors import EngineError

NOT_ENGINES = ("engine", "opening")
"""Files of the folder that say what an engine is and open one."""


def names() -> list[str]:
    """The names of all engines, in order."""
    return sorted(found.name for found in pkgutil.iter_modules(engines.__path__) if found.name not in NOT_ENGINES)


def open_engine(address: str, environment: Mapping[str, str]) -> Engine:
    """The engine at an address. `environment` holds the variables that it may read (keys).

    Raises `EngineError`: PED1101 for an engine that does not exist, PED1102 for one whose library is missing.
    """
    name, colon, target = address.partition(":")
    if name not in names():
        raise EngineError("PED1101", f"unknown engine `{name}`",
                          help=did_you_mean(name, names()) or f"the engines are {', '.join(names())}")
    if not colon:
        raise EngineError("PED1101", f"`{address}` is no address of an engine", help=f"write `{name}:`, or "
                          f"`{name}:` and what is to be opened")
    try:
        module = importlib.import_module(f"{engines.__name__}.{name}")
    except ModuleNotFoundError as error:
        raise EngineError("PED1102", f"the engine `{name}` needs the library {error.name}",
                          help=f"install it: pip install 'pedalang[{name}]'") from None
    engine: Engine = module.open(Options(target, environment))
    return engine


def available() -> list[tuple[str, Availability]]:
    """Each engine's name, and whether it can be used here."""
    found = []
    for name in names():
        try:
            found.append((name, importlib.import_module(f"{engines.__name__}.{name}").availability()))
        except ModuleNotFoundError as error:
            missing = Availability(False, f"the library {error.name} is missing", f"pip install 'pedalang[{name}]'")
            found.append((name, missing))
    return found
