"""What happened when, from a calendar that somebody keeps and from tables of what was changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assay.core.errors import DataError, ParameterError
from assay.core.project import resolve_path
from assay.data.read import scan
from assay.features.faults import check_columns
from assay.features.happenings import (
    Happening,
    in_order,
    of_configurations,
    of_prices,
    of_versions,
)

if TYPE_CHECKING:
    import polars as pl

_PASSES = frozenset({"incident", "holiday"})


class CalendarEntry(BaseModel):
    """One line of the calendar."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    day: date | None = Field(None, description="the day, where it is one")
    start: date | None = Field(None, alias="from", description="first day")
    end: date | None = Field(None, alias="to", description="last day, which counts")
    kind: Literal["deploy", "incident", "holiday", "campaign", "other"]
    what: str = Field(min_length=1, max_length=120)
    about: dict[str, str] = Field(default_factory=dict, description="column to value it concerns")

    @model_validator(mode="after")
    def _one_span(self) -> Self:
        span = (self.start, self.end)
        if (self.day is None) == (span == (None, None)):
            raise ValueError("expected either `day`, or `from` and `to`")
        if self.day is None and None in span:
            raise ValueError("expected `from` and `to` together")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"ends on {self.end}, before it begins on {self.start}")
        return self

    def told(self) -> Happening:
        """As analyses take it."""
        first, last = self.start or self.day, self.end or self.day
        if first is None or last is None:  # pragma: no cover  the validator has seen to it
            raise ParameterError(f"event {self.what!r} has no day")
        return Happening(
            first=first,
            last=last,
            kind=self.kind,
            what=self.what,
            about=tuple(self.about.items()),
            passes=self.kind in _PASSES,
        )


class Calendar(BaseModel):
    """A file of events."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    events: list[CalendarEntry]


def read_calendar(path: str | None) -> tuple[Happening, ...]:
    """The deploys, incidents and holidays of a YAML file, in order; nothing without a file.

    Raises:
        ParameterError: where the file is no calendar; the message names the entry and the field.
    """
    if not path:
        return ()
    try:
        given = yaml.safe_load(resolve_path(path).read_text(encoding="utf-8"))
        calendar = Calendar.model_validate(given)
    except OSError as error:
        raise ParameterError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is not YAML: {str(error).splitlines()[0]}") from None
    except ValidationError as error:
        raise ParameterError(f"{path}: {_told(error)}", remedy=_REMEDY) from None
    return in_order(entry.told() for entry in calendar.events)


_REMEDY = (
    "an entry is {day: 2026-08-18, kind: deploy, what: planner 2.1, about: {agent_id: planner}}; "
    "kinds are deploy, incident, holiday, campaign and other"
)


def read_changes(
    *,
    versions: str | None = None,
    configurations: str | None = None,
    prices: str | None = None,
    time_zone: str = "UTC",
) -> tuple[Happening, ...]:
    """What the tables versions, configurations and prices say was changed, in order.

    Raises:
        DataError: where a table cannot be read, or lacks a column.
    """
    found: list[Happening] = []
    if versions:
        columns = ["subject", "subject_id", "version", "activated_at"]
        found += of_versions(_rows(versions, columns, "versions"), time_zone=time_zone)
    if configurations:
        rows = _rows(configurations, ["agent_id", "changed_at"], "configurations")
        found += of_configurations(rows, time_zone=time_zone)
    if prices:
        columns = ["provider", "model", "tier", "valid_from"]
        found += of_prices(_rows(prices, columns, "prices"))
    return in_order(found)


def _rows(path: str, columns: list[str], table: str) -> list[dict[str, object]]:
    import narwhals as nw  # noqa: PLC0415  only where a table is given

    frame = scan(path)
    check_columns(nw.from_native(frame), columns, table=table)
    chosen: pl.DataFrame = frame.select(columns).collect()
    rows = chosen.to_dicts()
    for column in columns:
        if column in {"changed_at", "valid_from"}:
            for i, row in enumerate(rows):
                if not isinstance(row[column], date | datetime):
                    raise DataError(
                        f"{table}: row {i + 1} has no time in {column!r}, expected one in each row"
                    )
    return rows


def _told(error: ValidationError) -> str:
    """The first fault: which entry (from 1), which field, and what is wrong with it."""
    first = error.errors()[0]
    place = list(first["loc"])
    if len(place) > 1 and place[0] == "events":
        place[:2] = [f"event {int(place[1]) + 1}"]
    said = first["msg"].removeprefix("Value error, ")
    more = error.error_count() - 1
    rest = f" (and {more} more)" if more else ""
    return f"{', '.join(str(part) for part in place) or 'the file'}: {said}{rest}"
