"""Values of the arm column as labels, and which of them are the arms of the experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.features.design import Design

MANY_ARMS: Final = 100


def label(value: object) -> str | None:
    """How a value of the arm or a segment is called; None where there is none.

    >>> label(True), label(1.0), label(" "), label("B")
    ('true', '1', None, 'B')
    """
    if value is None or value != value:  # noqa: PLR0124  NaN
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if str(value).strip() else None


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels as a reader expects them: numbers by size, then words."""
    return tuple(sorted(labels, key=lambda x: (not _numeric(x), float(x) if _numeric(x) else 0, x)))


def check_arms(found: set[str], design: Design) -> tuple[str, ...]:
    """The arms, control first, others in the order of the split or of their labels.

    Raises:
        DataError: with fewer than two arms or implausibly many, without the control, or where arms
            and split name different arms.
    """
    control = control_among(found, design.control)
    if not found:
        raise DataError(
            f"no rows are left to compare{_asked(design)}",
            remedy="check experiment, window and arm against the data",
        )
    if len(found) > MANY_ARMS:
        raise DataError(
            f"column {design.arm!r} has {len(found):,} values, expected at most {MANY_ARMS} arms",
            remedy="is this the arm? it looks like an identifier",
        )
    if control is None:
        raise DataError(
            f"control {design.control!r} is not among the arms of {design.arm!r}",
            remedy=nearest(design.control, found),
        )
    for arm in design.split or ():
        if arm not in found:
            raise DataError(
                f"arm {arm!r} of the split is empty: no rows have it in {design.arm!r}",
                remedy=f"the data have {', '.join(in_order(found))}",
            )
    if len(found) < 2:
        raise DataError(
            f"only one arm, {control!r}, in {design.arm!r}, expected two or more",
            remedy="check the filters; is this the column of the arm?",
        )
    planned = tuple(design.split or in_order(found))
    for arm in in_order(found):
        if arm not in planned:
            raise DataError(
                f"arm {arm!r} has rows but no share in the split",
                remedy=f"add it to the split, which has {', '.join(planned)}",
            )
    return (control, *(arm for arm in planned if arm != control))


def _asked(design: Design) -> str:
    """What was asked of the rows, where that may be why there are none."""
    asked = [f"experiment {design.experiment!r}"] if design.experiment else []
    if design.window is not None:
        ends = [str(day) if day else "…" for day in (design.window.start, design.window.end)]
        asked.append(f"days {ends[0]} to {ends[1]}")
    return f" for {' and '.join(asked)}" if asked else ""


def control_among(found: set[str], control: str) -> str | None:
    """The control as the data spell it: `True` and `true` are one, and so are 0 and `0`."""
    if control in found:
        return control
    folded = control.casefold()
    return folded if folded in {"true", "false"} and folded in found else None


def _numeric(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return number == number  # noqa: PLR0124  NaN is no number to sort by
