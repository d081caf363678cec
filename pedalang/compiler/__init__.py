"""From text to plan. Pure: files only through a loader, no clock, no network, no models. The way in is `compile.py`."""
