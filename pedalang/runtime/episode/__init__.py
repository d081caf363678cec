"""One dialogue: who speaks, which move is made, which words are said, how the cast's state changes.

An episode is `state, event -> state`; only `turns.py` waits for engines, and it waits by asking whoever drives it.
"""
