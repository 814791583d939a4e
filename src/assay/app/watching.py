"""The series that a project watches, from its data."""

from __future__ import annotations

from datetime import timedelta
from math import nan
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from assay.analysis.alerts import PERIODS, Threshold, WatchedSeries
from assay.core.errors import DataError, ParameterError
from assay.core.units import SHARE
from assay.data.read import scan
from assay.features.series import series
from assay.params import Metric
from assay.stats.watching import even_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    import polars as pl

    from assay.workbench.alerts.watchlist import WatchedMetric, Watching, Watchlist

KINDS: Final = ("rate", "mean", "count", "ratio", "quantile")
EVEN: Final = frozenset({"rate", "mean", "ratio"})
"""Kinds whose error is a spread of units over the root of their number."""
MOST: Final = 100
"""Values of a column that are watched, those with the most rows first."""
RARE: Final = 0.01
"""Share of all rows from which a label of a mix is watched by itself; others go together."""
_ROWS: Final = Metric(name="rows", kind="count")


def watched_series(
    watchlist: Watchlist, *, today: date, time_zone: str, given: bool
) -> list[WatchedSeries]:
    """All that is watched, period by period up to yesterday; incomplete periods do not count.

    Args:
        watchlist: what params/alerts.yaml says.
        today: the day on which this is asked, in `time_zone`.
        time_zone: whose days they are.
        given: whether somebody asked as of that day, so that later rows are not to be seen.

    Raises:
        DataError: where data cannot be read or lack a column; it names what is watched.
        ParameterError: where a metric's kind cannot be watched.
    """
    found: list[WatchedSeries] = []
    for name, watching in watchlist.watched.items():
        end = today - timedelta(days=1) if given or watching.until == "today" else None
        try:
            found += _Reading(name, watching, watchlist, end, time_zone).all()
        except DataError as error:
            raise DataError(f"watched {name!r}: {error.message}", remedy=error.remedy) from None
    return found


class _Reading:
    """One entry's rows, read column by column."""

    def __init__(
        self, name: str, watching: Watching, watchlist: Watchlist, end: date | None, zone: str
    ) -> None:
        self.name, self.watching, self.watchlist = name, watching, watchlist
        self.end, self.zone = end, zone
        self.rows = scan(watching.data)

    def all(self) -> Iterator[WatchedSeries]:
        """Of all rows, of each value of each column, and the mixes."""
        for column in (None, *self.watching.by):
            by = () if column is None else (column,)
            counts = _grouped(self._series(_ROWS, by), by)
            kept = _kept(counts)
            for each in self.watching.metrics:
                yield from self._metric(each, by, {group: counts[group] for group in kept})
        for column in self.watching.mix:
            yield from self._mix(column)

    def _series(self, metric: Metric, by: Sequence[str]) -> pl.DataFrame:
        quantile, unit = None, self.watching.unit
        if metric.kind == "quantile":
            quantile, unit = metric.quantile, None
            metric = Metric(
                name=metric.name, kind="mean", value=metric.value, missing=metric.missing
            )
        frame = series(
            self.rows,
            metric,
            every=self.watching.every,
            time=self.watching.time,
            by=by,
            unit=None if metric is _ROWS else unit,
            quantile=quantile,
            time_zone=self.zone,
            end=self.end,
        )
        return frame.filter(frame["complete"]) if len(frame) else frame

    def _metric(
        self, each: WatchedMetric, by: Sequence[str], counts: dict[str | None, pl.DataFrame]
    ) -> Iterator[WatchedSeries]:
        metric = self.watchlist.metrics[each.metric]
        if metric.kind not in KINDS:
            raise ParameterError(
                f"watched {self.name!r}: metric {metric.name!r} is a {metric.kind}, expected "
                f"one of {', '.join(KINDS)}"
            )
        frames = _grouped(self._series(metric, by), by)
        relative = each.difference is None
        fewest = 1 if metric.kind == "count" else self.watching.fewest
        for group, rows in counts.items():
            trimmed = self._trimmed(rows, counts)
            if not trimmed or group not in frames:
                continue
            frame = frames[group].head(trimmed)
            yield WatchedSeries(
                watched=self.name,
                data=self.watching.data,
                subject=metric.name,
                by=tuple((column, group or "none") for column in by),
                is_share=False,
                unit=metric.unit or "1",
                better=metric.better,
                every=self.watching.every,
                labels=tuple(frame["label"]),
                ends=_ends(frame),
                values=tuple(
                    value if n >= fewest else nan
                    for value, n in zip(_numbers(frame["value"]), frame["n"], strict=True)
                ),
                errors=self._errors(frame, metric, relative=relative),
                n=tuple(frame["n"]),
                rows=tuple(rows["n"].head(trimmed)),
                smallest=each.difference or each.smallest or self.watching.smallest,
                relative=relative,
                usd=each.usd,
                thresholds=self._thresholds(metric.name),
            )

    def _errors(self, frame: pl.DataFrame, metric: Metric, *, relative: bool) -> tuple[float, ...]:
        """Of each value; those of means and shares by the spread that units show in all weeks.

        Where ratios of amounts are watched it is the spread over the mean that stays alike.
        """
        own = _numbers(frame["standard_error"])
        if metric.kind not in EVEN:
            return own
        amounts = relative and not _is_share(metric)
        size = np.abs(_numbers(frame["value"])) if amounts else np.ones(len(own))
        size = np.where(size > 0, size, nan)
        period = PERIODS[self.watching.every]
        return tuple((even_errors(np.array(own) / size, frame["n"], period=period) * size).tolist())

    def _thresholds(self, metric: str) -> tuple[Threshold, ...]:
        return tuple(
            Threshold(
                value=limit.above if limit.above is not None else limit.below or 0.0,
                above=limit.above is not None,
                probability=limit.probability,
            )
            for limit in self.watchlist.thresholds
            if limit.metric == metric and limit.watched in {None, self.name}
        )

    def _trimmed(self, rows: pl.DataFrame, counts: dict[str | None, pl.DataFrame]) -> int:
        """Periods that count: with `until: data`, up to the last in which there were any rows."""
        if self.watching.until == "today":
            return len(rows)
        sums = [sum(each) for each in zip(*(frame["n"] for frame in counts.values()), strict=True)]
        return max((place + 1 for place, n in enumerate(sums) if n), default=0)

    def _mix(self, column: str) -> Iterator[WatchedSeries]:
        """Shares of rows: a series per label, the rare ones together."""
        counts = _grouped(self._series(_ROWS, (column,)), (column,))
        if not counts:
            return
        first = next(iter(counts.values()))
        end = self._trimmed(first, counts)
        whole = [sum(each) for each in zip(*(frame["n"] for frame in counts.values()), strict=True)]
        total = sum(whole)
        labels: dict[str, list[int]] = {}
        for group, frame in counts.items():
            n = list(frame["n"])
            label = (group or "none") if sum(n) >= RARE * total else "others"
            labels[label] = [a + b for a, b in zip(labels.get(label, [0] * len(n)), n, strict=True)]
        if len(labels) < 2 or not end:
            return
        for label, n in labels.items():
            shares = [k / of if of else nan for k, of in zip(n, whole, strict=True)]
            errors = [
                ((k + 1) * (of - k + 1) / (of + 2) ** 3) ** 0.5
                for k, of in zip(n, whole, strict=True)
            ]
            yield WatchedSeries(
                watched=self.name,
                data=self.watching.data,
                subject=column,
                by=((column, label),),
                is_share=True,
                unit="share",
                better=None,
                every=self.watching.every,
                labels=tuple(first["label"].head(end)),
                ends=_ends(first.head(end)),
                values=tuple(shares[:end]),
                errors=tuple(errors[:end]),
                n=tuple(n[:end]),
                rows=tuple(whole[:end]),
                smallest=self.watching.smallest_share,
                relative=False,
            )


def _grouped(frame: pl.DataFrame, by: Sequence[str]) -> dict[str | None, pl.DataFrame]:
    if not len(frame):
        return {}
    if not by:
        return {None: frame}
    parts: dict[Any, Any] = frame.partition_by(by[0], as_dict=True, maintain_order=True)
    return {key[0]: part for key, part in parts.items()}


def _kept(counts: dict[str | None, pl.DataFrame]) -> list[str | None]:
    order = sorted(counts, key=lambda group: (-int(counts[group]["n"].sum()), group or ""))
    return order[:MOST]


def _ends(frame: pl.DataFrame) -> tuple[datetime, ...]:
    pairs = zip(frame["start"], frame["hours"], strict=True)
    return tuple(start + timedelta(hours=hours) for start, hours in pairs)


def _numbers(column: pl.Series) -> tuple[float, ...]:
    return tuple(nan if value is None else float(value) for value in column)


def _is_share(metric: Metric) -> bool:
    return metric.kind == "rate" or metric.unit == SHARE
