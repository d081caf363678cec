"""Formats of recorded dialogues, one file a format, called by the file's name.

Each has `read(row) -> list[Utterance]`, where `row` is a row of a data file. It raises `Unreadable`, and nothing else,
for a row of another shape.
"""
