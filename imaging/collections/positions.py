"""The arithmetic of an order in which moving one thing changes one number."""

from collections.abc import Sequence

STEP = 2**32
"""How far apart things are that are put at an end: room for thirty-two halvings."""

LIMIT = 2**62


def between(left: int | None, right: int | None, count: int) -> Sequence[int] | None:
    """Return positions for so many things behind `left` and before `right`, None for an end.

    The answer is None when there is no room: then all are to be given new positions first.
    """
    if left is not None and right is not None:
        gap = (right - left) // (count + 1)
        return [left + gap * place for place in range(1, count + 1)] if gap else None
    if right is not None:
        found = range(right - STEP * count, right, STEP)
    else:
        begin = 0 if left is None else left + STEP
        found = range(begin, begin + STEP * count, STEP)
    return found if not found or (found[0] > -LIMIT and found[-1] < LIMIT) else None
