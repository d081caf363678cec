"""A learning curve in characters: each candidate a point, the best so far a line."""

from __future__ import annotations

from collections.abc import Sequence

HEIGHT = 8
NARROWEST, WIDEST = 20, 72
_POINT, _LINE, _BEST, _NONE = "·", "─", "●", "×"


def best_so_far(scores: Sequence[float | None]) -> list[float | None]:
    """The best of those up to each place; None before the first that is known."""
    found: list[float | None] = []
    for score in scores:
        last = found[-1] if found else None
        found.append(last if score is None else score if last is None else max(last, score))
    return found


def drawn(scores: Sequence[float | None], width: int = WIDEST, height: int = HEIGHT) -> list[str]:
    """Lines of at most `width` characters, the highest score on top; empty where no score is known. `●` is a candidate
    that was better than all before it, `·` another one, `×` one without a score. Where there are more candidates than
    columns, each column shows the best of its own."""
    known = [score for score in scores if score is not None]
    if not known:
        return []
    low, high = min(known), max(known)
    labels = [f"{value:.3f}" for value in (high, low)]
    margin = max(map(len, labels)) + 2
    columns = _columns(scores, max(1, min(WIDEST, max(NARROWEST, width)) - margin))
    height = height if high > low else 1
    grid = [[" "] * len(columns) for _ in range(height)]
    for at, (score, best, new) in enumerate(columns):
        if best is not None:
            grid[_row(best, low, high, height)][at] = _LINE
        if score is None:
            grid[-1][at] = _NONE if grid[-1][at] == " " else grid[-1][at]
        else:
            grid[_row(score, low, high, height)][at] = _BEST if new else _POINT
    said = {0: labels[0], height - 1: labels[-1]}
    return [f"{said.get(row, ''):>{margin - 2}} ┤{''.join(cells).rstrip()}" if row in said else
            f"{'':>{margin - 2}} │{''.join(cells).rstrip()}" for row, cells in enumerate(grid)]


def _row(value: float, low: float, high: float, height: int) -> int:
    """The line of a value, 0 on top."""
    return 0 if high <= low else round((high - value) / (high - low) * (height - 1))


def _columns(scores: Sequence[float | None], most: int) -> list[tuple[float | None, float | None, bool]]:
    """What stands in each column: the best score there, the best so far, whether that is new."""
    best = best_so_far(scores)
    size = max(1, -(-len(scores) // most))
    found: list[tuple[float | None, float | None, bool]] = []
    for start in range(0, len(scores), size):
        here = [score for score in scores[start:start + size] if score is not None]
        so_far = best[min(start + size, len(scores)) - 1]
        before = best[start - 1] if start else None
        found.append((max(here) if here else None, so_far,
                      so_far is not None and (before is None or so_far > before)))
    return found
