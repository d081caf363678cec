"""Finds the folders that travel with the package: `grammar`, `stdlib`, `diagnostics`, `templates`.

In a wheel they lie inside the package; in a checkout they are the folders that people edit.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_CHECKOUT = {
    "grammar": "grammar", "stdlib": "stdlib", "diagnostics": "docs/diagnostics", "templates": "programs/templates",
}


def folder(name: str) -> Path:
    """The folder of that name. Raises `FileNotFoundError` if the installation lacks it."""
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / _IN_CHECKOUT[name]):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of pedalang lacks its folder {name!r}: install it again")
