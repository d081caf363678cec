"""People rate the dialogues of a run: sheets that are blind and in an order of chance, and what comes back of them."""
