"""Configurations of ELMES, of the dialects 0.1.x and 1.0, as programs. They are data: nothing in them is run."""
