"""Which frames a target copies from: the only reference selection in the project."""

from __future__ import annotations


def select_references(target: int, start: int, stop: int, count: int) -> tuple[int, ...]:
    """Near frames on both sides first, then ever sparser far ones (paper section 4: up to 20).

    Args:
        target: position of the frame to be filled, in [start, stop).
        start, stop: the positions that may be chosen from: one shot, as far as it is in memory.
        count: most references to return, at least 1.

    Returns:
        Distinct positions in [start, stop) without ``target``, nearest first; fewer than ``count`` only when there are
        no more. What one side lacks the other side makes up for.
    """
    before, after = target - start, stop - 1 - target
    count = min(count, before + after)
    left = min(before, max(count - count // 2, count - after))
    right = count - left
    chosen = [target + step for step in _spread(right, after)] + [target - step for step in _spread(left, before)]
    return tuple(sorted(chosen, key=lambda position: (abs(position - target), position)))


def _spread(count: int, reach: int) -> list[int]:
    """``count`` distinct distances in 1..reach whose gaps grow with the distance."""
    if count >= reach:
        return list(range(1, reach + 1))
    chosen: list[int] = []
    for index in range(count):
        left = count - index
        share = (index + 1) / count
        # Cubic growth up to the reach, but never nearer than the next free frame nor past what the rest needs.
        wanted = round(index + 1 + (reach - count) * share**3)
        chosen.append(max(chosen[-1] + 1 if chosen else 1, min(wanted, reach - left + 1)))
    return chosen
