"""A plain format of dialogues: each row an object with `turns`, `{"speaker", "text", "move", "start", "end"}` each.

`{"id": "a1", "turns": [{"speaker": "Teacher", "text": "What is 1/2 + 1/4?", "move": "probing"}]}`; `move` may be left
out, and so may `start` and `end`, seconds from the beginning of the recording. Other fields of a row or a turn are not
looked at.
"""

from __future__ import annotations

from pedalang.exchange import plain

ENDS = (".jsonl", ".json", ".parquet")

read = plain.utterances
