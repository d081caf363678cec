"""What a clause means, shown by dialogues that keep it and dialogues that break it.

`course` says which turns can follow one another, `search` finds dialogues, `meaning` has the words, `readings` the
formulas that a clause is mistaken for; `clauses` puts them together.
"""
