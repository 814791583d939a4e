"""The same behaviours in the days before, for what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from assay.core.errors import DataError
from assay.features.behaviour.observed import Behaviour, behaviour

if TYPE_CHECKING:
    import polars as pl


def behaviour_before(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    now: Behaviour,
    **options: Any,  # noqa: ANN401  as they were given to `behaviour`
) -> tuple[Behaviour | None, str]:
    """Behaviours in as many days right before those of `now`; None with a reason.

    The two periods share no day, so that who moved did so by other rows.

    Args:
        rows: interactions.
        now: the later period.
        options: as `now` was made, but for `as_of` and `days`.
    """
    last = now.span.first - timedelta(days=1)
    options = {**options, "as_of": last, "days": now.span.days}
    try:
        found = behaviour(rows, now.entity, **options)
    except DataError as error:
        return None, f"nothing is known of the {now.span.days} days before: {error.message}"
    if found.span.days < now.span.days:
        return None, (
            f"the data begin on {found.span.first}, so that the {now.span.days} days before are "
            "not whole"
        )
    if not found.frame.height:
        return None, "enough is known of nobody in the days before"
    return found, ""
