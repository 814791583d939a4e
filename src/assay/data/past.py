"""The project's past experiments, as estimates that a prior can be fitted from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from assay.core.errors import DataError
from assay.core.project import resolve_path
from assay.data.read import scan

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("metric", "log_lift", "se")


def read_past(path: str | None) -> Mapping[str, tuple[tuple[float, float], ...]]:
    """Metric → (log lift, standard error) of each past experiment; nothing without a file.

    Args:
        path: CSV, JSON (a list), JSON lines or Parquet with the columns metric, log_lift and se.

    Raises:
        DataError: where a column is missing, or a number is not finite or an error not positive.
    """
    if not path:
        return {}
    frame = _archive(path) if Path(path).suffix == ".json" else scan(path).collect()
    if not frame.width:
        return {}
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise DataError(
            f"{path} has no column {', '.join(missing)}, expected {', '.join(COLUMNS)}",
            remedy="one row per past experiment and metric",
        )
    frame = frame.select(pl.col("metric").cast(pl.String), pl.col("log_lift", "se").cast(float))
    wrong = frame.filter(
        ~(pl.col("log_lift").is_finite() & pl.col("se").is_finite() & (pl.col("se") > 0)).fill_null(
            value=False
        )
    )
    if wrong.height:
        raise DataError(
            f"{path}: {wrong.height} of {frame.height} past estimates are not usable, expected a "
            "finite log_lift and a positive se"
        )
    return {
        str(metric): tuple((float(lift), float(se)) for _, lift, se in rows.iter_rows())
        for (metric,), rows in frame.group_by("metric", maintain_order=True)
    }


def _archive(path: str) -> pl.DataFrame:
    """A list of estimates, as `assay experiment archive` writes it; no column where it is empty."""
    try:
        return pl.read_json(resolve_path(path))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"{path} cannot be read: {error}",
            remedy="assay experiment archive --output FILE writes one",
        ) from None
