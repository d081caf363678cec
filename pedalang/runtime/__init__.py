"""From plan to journal: dialogues are played through engines. The ways in: `run.py`, and `session.py` turn by turn."""
