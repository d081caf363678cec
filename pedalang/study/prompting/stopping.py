"""How a search ends before its end."""

from __future__ import annotations


class Stop(BaseException):
    """Ends an optimizer: the budget is used up, or an engine failed. It is no `Exception`, for DSPy counts those as bad
    answers and goes on. Its cause is what happened."""
