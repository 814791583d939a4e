"""Where satisfaction is taken from: ratings of interactions, of sessions, or scores of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.features.personal_weeks import rated_rows

if TYPE_CHECKING:
    from collections.abc import Callable

FROM: Final = ("rating", "session", "score")


def opinions_of(  # noqa: PLR0913  the kind, and the tables it may be in
    satisfaction: str,
    interactions: pl.LazyFrame,
    *,
    sessions: str | None,
    scores: str | None,
    score: str,
    read: Callable[[str], pl.LazyFrame],
) -> tuple[pl.LazyFrame | None, str]:
    """Rows of `rated_rows` and what satisfaction is, in words; None for the rows' own rating.

    Args:
        satisfaction: rating, session or score.
        interactions: what users did.
        sessions: path of the table with `satisfaction`, needed for session.
        scores: path of the table of scores, needed for score.
        score: name of the scores that count.
        read: makes a frame of a path.

    Raises:
        ParameterError: where the kind is none, or its table is not given.
        DataError: where the table lacks a column, or no score has the name.
    """
    if satisfaction == "rating":
        return None, "rating"
    if satisfaction == "session":
        if sessions is None:
            raise ParameterError(
                "satisfaction='session', and no table of sessions is given",
                remedy="name it as sessions, or take satisfaction='rating'",
            )
        rows = rated_rows(read(sessions), value="satisfaction", time="started_at")
        return rows, "satisfaction"
    if satisfaction == "score":
        if scores is None:
            raise ParameterError(
                f"satisfaction='score' ({score}), and no table of scores is given",
                remedy="name it as scores, or take satisfaction='rating'",
            )
        table = read(scores)
        _named_so(table, score)
        return rated_rows(table, time="judged_at", scores=score, interactions=interactions), score
    raise ParameterError(f"satisfaction={satisfaction!r}, expected one of {', '.join(FROM)}")


def _named_so(table: pl.LazyFrame, score: str) -> None:
    have = table.collect_schema()
    if "name" not in have:
        raise DataError("the scores have no column 'name'", remedy=nearest("name", have))
    names = table.select(pl.col("name").cast(pl.String).unique()).collect()["name"].drop_nulls()
    if score not in names:
        raise DataError(
            f"score={score!r}, and no score has that name",
            remedy=nearest(score, sorted(names)) if len(names) else "the table of scores is empty",
        )
