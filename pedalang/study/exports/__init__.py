"""A run in the forms of other programs, a form a file: `NAME`, how its file or folder is called; `PROMPTS` and
`SCORES`, whether it needs what the cast was asked, or what the dialogues are worth; and `write(run, path)`.
"""
