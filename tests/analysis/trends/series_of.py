"""Watched series for tests, and the question that is asked of them."""

from datetime import datetime, timedelta

import numpy as np

from assay.features.watched import Watched


def watched_of(values, *, metric="m", group=(), unit="1", start=None, errors=None, **more):
    """A daily series with a hundred units behind every value that there is."""
    values = np.asarray(values, dtype=float)
    first = start or datetime(2026, 1, 5)  # noqa: DTZ001  a local calendar's day
    at = tuple(first + timedelta(days=i) for i in range(values.size))
    given = np.full(values.size, np.nan) if errors is None else np.asarray(errors, dtype=float)
    return Watched(
        **{
            "metric": metric,
            "unit": unit,
            "better": "up",
            "group": group,
            "labels": tuple(day.date().isoformat() for day in at),
            "at": at,
            "values": values,
            "errors": given,
            "n": np.where(np.isfinite(values), 100, 0),
            "missing": 0,
            "unfinished": None,
            "low": None,
            "high": None,
        }
        | more
    )
