"""Weights that learn from dialogues: the one place of TRL and PEFT's training. In process; nothing is served."""
