"""What happened on which day (deploys, incidents, holidays, new versions, prices), as one list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import narwhals as nw

from assay.features.clock import moment_of, with_microseconds
from assay.features.faults import check_columns, collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.features.faults import Frame

MOST_VALUES: Final = 200
"""Values of a column beyond which it names no versions, and its new values no changes."""
_TIME: Final = "assay_seen"
_SUBJECTS: Final = {"agent": "agent_id", "template": "template_id", "workflow": "workflow_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that is known to have happened.

    Attributes:
        first, last: days, both counted.
        kind: `deploy`, `incident`, `holiday`, `version`, `configuration`, `price`, `new value` …
        what: in a few words.
        about: column and value of the rows that it concerns; none means all.
        passes: whether what it does ends with its last day, as of an incident or a holiday.
    """

    first: date
    last: date
    kind: str
    what: str
    about: tuple[tuple[str, str], ...] = ()
    passes: bool = False

    def concerns(self, group: Iterable[tuple[str, str]]) -> bool:
        """Whether it may bear on the rows of a group; where that cannot be told, it may."""
        of_group = dict(group)
        return all(of_group.get(column, value) == value for column, value in self.about)


def first_seen(
    rows: Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    columns: Sequence[str],
    *,
    time: str,
    by: Sequence[str] = (),
    time_zone: str = "UTC",
) -> tuple[Happening, ...]:
    """Values of the columns that came up after the first day of the rows, as changes of that day.

    A value is new within each group of `by`, so that a version which one agent takes from another
    is new to it. A column of more than `MOST_VALUES` values tells nothing.

    Raises:
        DataError: where a column is missing.
    """
    source: Frame = nw.from_native(rows).lazy()
    check_columns(source, [time, *columns, *by], table="the data")
    source = with_microseconds(source, time, _TIME)
    zone = ZoneInfo(time_zone)
    found: list[Happening] = []
    for column in columns:
        keys = [*dict.fromkeys([*(name for name in by if name != column), column])]
        seen = collect(
            source.filter(~nw.col(column).is_null())
            .group_by(keys)
            .agg(nw.col(_TIME).min().alias("first"))
        )
        values = {row[column] for row in seen}
        if len(values) > MOST_VALUES or not seen:
            continue
        begin = min(_day_of(row["first"], zone) for row in seen)
        for row in seen:
            day = _day_of(row["first"], zone)
            if day > begin:
                about = tuple((key, str(row[key])) for key in keys if row[key] is not None)
                named = f"{_spoken(column)} {row[column]}"
                others = ", ".join(value for key, value in about if key != column)
                found.append(
                    Happening(
                        first=day,
                        last=day,
                        kind=_spoken(column),
                        what=f"{named} ({others})" if others else named,
                        about=about[:-1] if column not in by else about,
                    )
                )
    return in_order(found)


def of_versions(rows: Iterable[dict[str, Any]], *, time_zone: str = "UTC") -> tuple[Happening, ...]:
    """Versions of agents, templates and workflows that became active, from the table versions."""
    zone, found = ZoneInfo(time_zone), []
    for row in rows:
        at = row.get("activated_at")
        if at is None:
            continue
        day = _day_of(at, zone)
        subject, name = str(row["subject"]), str(row["subject_id"])
        column = _SUBJECTS.get(subject)
        found.append(
            Happening(
                first=day,
                last=day,
                kind="version",
                what=f"{subject} {name} {row['version']}",
                about=((column, name),) if column else (),
            )
        )
    return in_order(found)


def of_configurations(
    rows: Iterable[dict[str, Any]], *, time_zone: str = "UTC"
) -> tuple[Happening, ...]:
    """Days on which an agent was configured anew, from the table configurations."""
    zone = ZoneInfo(time_zone)
    days = Counter((_day_of(row["changed_at"], zone), str(row["agent_id"])) for row in rows)
    return in_order(
        Happening(
            first=day,
            last=day,
            kind="configuration",
            what=f"configuration of {agent}" + (f", {n} changes" if n > 1 else ""),
            about=(("agent_id", agent),),
        )
        for (day, agent), n in days.items()
    )


def of_prices(rows: Iterable[dict[str, Any]]) -> tuple[Happening, ...]:
    """Days from which a model had another price than before, from the table prices."""
    found, seen = [], set()
    for row in sorted(rows, key=lambda row: row["valid_from"]):
        key = (row["provider"], row["model"], row["tier"])
        if key in seen:
            found.append(
                Happening(
                    first=row["valid_from"],
                    last=row["valid_from"],
                    kind="price",
                    what=f"price of {row['model']}",
                    about=(("provider", str(row["provider"])), ("model", str(row["model"]))),
                )
            )
        seen.add(key)
    return in_order(found)


def in_order(happenings: Iterable[Happening]) -> tuple[Happening, ...]:
    """By day, then by what they are; what is told twice is told once."""
    return tuple(sorted(set(happenings), key=lambda one: (one.first, one.kind, one.what)))


def _day_of(moment: int | datetime, zone: ZoneInfo) -> date:
    at = moment if isinstance(moment, datetime) else moment_of(moment / 1e6)
    return at.astimezone(zone).date()


def _spoken(column: str) -> str:
    return column.removesuffix("_id").replace("_", " ")
