"""DSPy's optimizers over a task of tuning. They change predictors and ask what a dialogue is worth; dialogues are
played and scored as those of all candidates are. What a method asks for is in `study/optimizers`, a file each."""
