"""Engines: whatever answers requests. One file an engine, named as in its address; the folder is the list of them.

An engine's file has `open(options) -> Engine` and `availability() -> Availability`. `engine.py` says what an engine is,
`opening.py` finds and opens one.
"""
