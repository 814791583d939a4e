"""Times as numbers, and the days of a time zone, on engines that keep zones in their session.

DuckDB and Spark know one time zone per session and none per column, so that local days cannot be
asked of them. Times become seconds since 1970-01-01 UTC instead, to which the zone's offsets are
added by comparing with the moments at which its clocks change: a handful for years of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import floor
from typing import TYPE_CHECKING, Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import narwhals as nw

from assay.core.errors import DataError, ParameterError
from assay.features.faults import check_columns, collect

if TYPE_CHECKING:
    from assay.features.faults import Frame

DAY: Final = 86_400
"""Seconds of a day on which no clock changes."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = 1_000_000
_NEVER: Final = -(2**40)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name.

    Raises:
        ParameterError: where there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError(
            f"time zone {name!r} is unknown",
            remedy="expected a name such as UTC or Europe/Berlin",
        ) from error


def with_microseconds(rows: Frame, time: str, name: str) -> Frame:
    """The rows with a column of microseconds since 1970-01-01 UTC.

    Times without a zone, and days (their midnight), are taken to be UTC.

    Raises:
        DataError: where the column is missing or holds neither times nor days.
    """
    check_columns(rows, [time], table="the data")
    kind = rows.collect_schema()[time]
    if not isinstance(kind, nw.Date | nw.Datetime):
        raise DataError(
            f"time column {time!r} holds {kind}, expected dates or times",
            remedy="store it as a date or timestamp (ISO 8601 in text files)",
        )
    native: Any = rows.to_native()
    if rows.implementation.is_duckdb():
        quoted = time.replace('"', '""')
        made = native.project(f'*, epoch_us("{quoted}") AS "{name}"')
    elif rows.implementation.is_pyspark() or rows.implementation.is_pyspark_connect():
        made = native.selectExpr("*", f"{_spark_microseconds(native, time, kind)} AS `{name}`")
    else:
        column = nw.col(time)
        if isinstance(kind, nw.Date):
            column = column.cast(nw.Datetime("us"))
        return rows.with_columns(column.dt.timestamp("us").alias(name))
    found: Frame = nw.from_native(made).lazy()
    return found


def _spark_microseconds(native: Any, time: str, kind: nw.dtypes.DType) -> str:  # noqa: ANN401
    quoted = f"`{time.replace('`', '``')}`"
    if isinstance(kind, nw.Date):
        return f"unix_date({quoted}) * {DAY * _MICRO}L"
    if native.schema[time].dataType.typeName() == "timestamp_ntz":
        return f"timestampdiff(MICROSECOND, timestamp_ntz'1970-01-01 00:00:00', {quoted})"
    return f"unix_micros({quoted})"


def seconds(microseconds: str) -> nw.Expr:
    """Whole seconds of a column of microseconds, rounded down."""
    return whole(nw.col(microseconds), _MICRO)


def whole(value: nw.Expr, by: int) -> nw.Expr:
    """How often `by` goes into a number, rounded down also below zero, on every engine alike."""
    return (value / nw.lit(float(by))).floor().cast(nw.Int64)


def moment_of(at: float) -> datetime:
    """The time, UTC, so many seconds after 1970-01-01."""
    return _EPOCH + timedelta(seconds=at)


def seconds_of(moment: datetime) -> int:
    """Whole seconds from 1970-01-01 UTC to a time."""
    return floor((moment - _EPOCH) / timedelta(seconds=1))


def day_number(day: date) -> int:
    """Days from 1970-01-01 to a day."""
    return (day - _EPOCH.date()).days


def day_of_number(number: int) -> date:
    """The day so many days after 1970-01-01."""
    return _EPOCH.date() + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Clock:
    """What clocks of a zone show between two moments.

    Attributes:
        zone: the time zone.
        changes: (second at which it begins, seconds by which clocks are ahead of UTC), ascending;
            the first holds from the start.
    """

    zone: ZoneInfo
    changes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, zone: ZoneInfo, first: int, last: int) -> Self:
        """The clock of a zone from a day before one second since 1970-01-01 UTC to another."""
        first -= DAY
        found = [(first, _ahead(zone, first))]
        at = first
        while at < last:
            ahead, after = found[-1][1], min(at + DAY, last)
            if _ahead(zone, after) != ahead:
                low, high = at, after
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if _ahead(zone, middle) == ahead else (low, middle)
                found.append((high, _ahead(zone, high)))
                after = high
            at = after
        return cls(zone, tuple(found))

    @classmethod
    def over(cls, rows: Frame, microseconds: str, time_zone: str) -> Self:
        """The clock of a zone over the times that rows have: for UTC nothing is read."""
        zone = zone_of(time_zone)
        if time_zone.upper() in {"UTC", "ETC/UTC"}:
            return cls(zone, ((0, 0),))
        column = nw.col(microseconds)
        ends = collect(rows.select(column.min().alias("first"), column.max().alias("last")))[0]
        if ends["first"] is None:
            return cls(zone, ((0, 0),))
        return cls.of(zone, ends["first"] // _MICRO, ends["last"] // _MICRO + 1)

    @property
    def is_utc(self) -> bool:
        """Whether clocks show UTC throughout."""
        return self.changes == ((0, 0),)

    def ahead(self, at: nw.Expr) -> nw.Expr:
        """Seconds by which the zone's clocks are ahead of UTC at a column of seconds."""
        return self._held(at, [ahead for _, ahead in self.changes])

    def since(self, at: nw.Expr) -> nw.Expr:
        """Second at which the clocks were last changed, long ago before the first change known."""
        return self._held(at, [_NEVER, *(begin for begin, _ in self.changes[1:])])

    def day(self, at: nw.Expr) -> nw.Expr:
        """Number of the local day at a column of seconds."""
        return whole(at + self.ahead(at), DAY)

    def _held(self, at: nw.Expr, values: list[int]) -> nw.Expr:
        found = nw.lit(values[0])
        for (begin, _), value in zip(self.changes[1:], values[1:], strict=True):
            found = nw.when(at >= begin).then(nw.lit(value)).otherwise(found)
        return found


def _ahead(zone: ZoneInfo, at: int) -> int:
    offset = moment_of(at).astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
