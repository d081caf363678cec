"""Colours for programs where no compiler runs: one set of rules, read by Pygments here and written out for editors.

`words.py` takes the grammar's words from the parse tables, `rules.py` says what they look like in a line of text,
`lexer.py` and `textmate.py` speak the dialect of their readers. An editor with a language server knows more.
"""
