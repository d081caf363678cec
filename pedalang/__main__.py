"""The command line: `ped`, and the same as `python -m pedalang`."""

from __future__ import annotations

from pedalang.cli import main

if __name__ == "__main__":
    main()
