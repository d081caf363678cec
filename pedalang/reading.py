"""Reads files that somebody names: whole, of a bounded size, and only where they are files."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

LARGEST = 64 << 20
"""Bytes of a program's file; the largest program that anybody writes is a thousandth of that."""


def regular(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file. Raises `OSError`, also for a folder, a device, a pipe (which need never end) and a
    file that is larger than `largest`."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        if found.st_size > largest:
            raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB")
        return file.read(largest)
