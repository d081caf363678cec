"""Formats of recorded dialogues, one file a format, called by the file's name.

Each has `read(row) -> list[Utterance]`, where `row` is a row of a data file. It raises `Unreadable`, and nothing else,
for a row of another shape. A format in which no row of a data file is a dialogue also has `rows(path, columns)`: the
dialogues of a file (or folder) in the plain form, each with what else the file says of it; `columns` is what the author
calls things in it. It raises `DataError` or `OSError`. `ENDS` are the ends of its files' names.
"""
