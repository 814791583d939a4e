"""Token counts made disjoint, whatever a source means by its input."""

from __future__ import annotations

from typing import Final, Literal

from assay.data.adapters.values import Given, whole

Habit = Literal["inside", "beside"]

BESIDE: Final = (
    "some records report more cached tokens than input tokens; there the input was taken as what "
    "was not cached"
)
"""A warning where a source breaks its habit."""


def disjoint(  # noqa: D417, PLR0913, PLR0917  counts, by position: called once per record
    given: Given,
    read: Given,
    written: Given,
    output: Given = None,
    total: Given = None,
    habit: Habit = "inside",
    *,
    sure: bool = False,
) -> tuple[Given, bool]:
    """The input tokens that were neither read from nor written to the provider's cache.

    A total tells where the cached tokens are, whatever the habit; so does an input that is smaller
    than what it should include.

    Args:
        sure: whether the user said the habit, so that a total does not change it.

    Returns:
        The count (what was given, where it is no count), and whether the record breaks the habit
        of having them inside.
    """
    count = whole(given)
    cached = (_count(whole(read)) if read is not None else 0) + (
        _count(whole(written)) if written is not None else 0
    )
    if type(count) is not int or cached == 0 or count < 0:
        return count, False
    if not sure and total is not None:
        habit = _by_total(count, cached, whole(output), whole(total)) or habit
    if habit == "beside":
        return count, False
    return (count - cached, False) if cached <= count else (count, True)


def _by_total(count: int, cached: int, output: Given, total: Given) -> Habit | None:
    if type(total) is not int or type(output) is not int:
        return None
    if total == count + output:
        return "inside"
    return "beside" if total == count + cached + output else None


def _count(value: Given) -> int:
    return value if type(value) is int and value > 0 else 0
