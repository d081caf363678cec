"""A plan as a DSPy module, one predictor a step. The only place that meets DSPy; prompts are those of `prompt.py`."""
