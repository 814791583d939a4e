"""What `params/schedules.yaml` says: which reports are due when, and who hears of them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from assay.core.errors import ParameterError, nearest
from assay.core.sections import Section, known_zone
from assay.workbench.declarations import known_names
from assay.workbench.layers import SET_NAME
from assay.workbench.layout import SCHEDULES_FILE
from assay.workbench.lines import line_at, lines_of
from assay.workbench.notify.recipients import Recipient
from assay.workbench.schedule.cron import Cron
from assay.workbench.values import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from pydantic_core import ErrorDetails

    from assay.workbench.project import Project

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_REPORT: Final = re.compile(rf"{_NAME.pattern}(/{SET_NAME})?")
_DURATION: Final = re.compile(r"([1-9]\d{0,4})([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("expected a duration such as '90s', '5m', '2h' or '1d'")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("expected a name of letters, digits, - and _")
    return name


def _report(name: str) -> str:
    if not _REPORT.fullmatch(name):
        raise ValueError("expected the name of a report, or report/set")
    return name


def _not_twice(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"expected each name once, {twice!r} stands there twice")
    return names


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Name = Annotated[str, AfterValidator(_name)]
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(_one_or_more),
    AfterValidator(_not_twice),
    Field(strict=False),
]
Reports = Annotated[
    tuple[Annotated[str, AfterValidator(_report)], ...],
    BeforeValidator(_one_or_more),
    AfterValidator(_not_twice),
    Field(strict=False, min_length=1),
]


class OnFailure(Section):
    """What happens where a report fails: tried again, then told."""

    notify: Names | None = Field(None, description="who is told; by default who hears of success")
    retries: int = Field(0, ge=0, le=20, description="how often it is tried again")
    backoff: Duration = Field(
        timedelta(minutes=5), description="until the first retry; doubled with each"
    )


class Schedule(Section):
    """One entry: reports that are due at the same times."""

    cron: str = Field(description="minute hour day-of-month month day-of-week, or @daily, …")
    reports: Reports = Field(description="names of reports, or report/set; all sets by default")
    time_zone: Annotated[str, AfterValidator(known_zone)] | None = None
    as_of: Literal["due", "today"] = Field(
        "due", description="what relative dates count from: the day it was due, or the day it runs"
    )
    notify: Names = ()
    quiet: bool = Field(default=False, description="tell only where a finding changed")
    on_failure: OnFailure = OnFailure()
    catch_up: Literal["latest", "all", "none"] = "latest"
    at_most: int = Field(10, ge=1, le=1000, description="with catch_up: all, the newest so many")
    grace: Duration = Field(
        timedelta(minutes=15), description="with catch_up: none, how late it may begin"
    )
    enabled: bool = True


class _File(Section):
    recipients: dict[Name, Recipient] = Field(default_factory=dict)
    schedules: dict[Name, Schedule] = Field(default_factory=dict)


class Entry(BaseModel, frozen=True):
    """A schedule with its name, and its times as they are computed."""

    name: str
    told: Schedule
    cron: Cron

    def day_of(self, moment: datetime) -> date:
        """The day that a moment falls on, where the schedule lives."""
        return moment.astimezone(ZoneInfo(self.cron.zone)).date()

    @property
    def failure_recipients(self) -> tuple[str, ...]:
        """Who is told of a failure."""
        named = self.told.on_failure.notify
        return self.told.notify if named is None else named

    @property
    def reports(self) -> dict[str, tuple[str, ...] | None]:
        """The reports, each with its sets; None for all of them."""
        found: dict[str, tuple[str, ...] | None] = {}
        for name in self.told.reports:
            report, _, set_name = name.partition("/")
            before = found.get(report, ())
            found[report] = None if not set_name or before is None else (*before, set_name)
        return found


class Entries(BaseModel, frozen=True):
    """All schedules of a project, and who may be told."""

    schedules: tuple[Entry, ...]
    recipients: dict[str, Recipient]


def read_entries(project: Project) -> Entries:
    """The schedules of a project; none where it has no file.

    Raises:
        ParameterError: where a key, a value or a name is not understood; it names file, line and
            entry, and the nearest name that is known.
    """
    file = project.params / SCHEDULES_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Entries(schedules=(), recipients={})
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{file.name} cannot be read: {error}") from None
    content = read_yaml(text, place=file.name)
    lines = lines_of(text)
    try:
        told = _File.model_validate({} if content is None else content)
    except ValidationError as error:
        raise _mistake(min(error.errors(), key=partial(_order, lines=lines)), lines) from None
    entries = tuple(
        _entry(name, schedule, project, told, lines) for name, schedule in told.schedules.items()
    )
    return Entries(schedules=entries, recipients=told.recipients)


def find_entry(entries: Entries, name: str) -> Entry:
    """The schedule of that name.

    Raises:
        ParameterError: where there is none.
    """
    known = {entry.name: entry for entry in entries.schedules}
    if name not in known:
        raise ParameterError(f"there is no schedule {name!r}", remedy=nearest(name, known))
    return known[name]


def _entry(
    name: str, told: Schedule, project: Project, file: _File, lines: Mapping[tuple[str, ...], int]
) -> Entry:
    at = ("schedules", name)
    try:
        cron = Cron.of(told.cron, told.time_zone or project.settings.project.time_zone)
    except ValueError as error:
        line = _line((*at, "cron"), lines)
        raise ParameterError(
            f"{SCHEDULES_FILE}:{line}: schedule {name!r}: cron = {told.cron!r}: {error}"
        ) from None
    entry = Entry(name=name, told=told, cron=cron)
    named: list[tuple[tuple[str, ...], str]] = [(("notify",), who) for who in told.notify]
    named += [(("on_failure", "notify"), who) for who in told.on_failure.notify or ()]
    for place, who in named:
        if who not in file.recipients:
            raise ParameterError(
                f"{SCHEDULES_FILE}:{_line((*at, *place), lines)}: schedule {name!r}: there is no "
                f"recipient {who!r}",
                remedy=nearest(who, file.recipients),
            )
    return entry


def _order(found: ErrorDetails, lines: Mapping[tuple[str, ...], int]) -> tuple[int, bool, int]:
    """Entry by entry; what is missing is told last, since it may only be misspelt."""
    place = found["loc"]
    return _line(place[:2], lines), found["type"] == "missing", _line(place, lines)


def _line(place: tuple[Any, ...], lines: Mapping[tuple[str, ...], int]) -> int:
    return line_at(tuple(str(part) for part in place if part != "[key]"), lines)


def _mistake(found: ErrorDetails, lines: Mapping[tuple[str, ...], int]) -> ParameterError:
    place = tuple(str(part) for part in found["loc"] if part != "[key]")
    where = f"{SCHEDULES_FILE}:{_line(place, lines)}"
    kinds = {"schedules": "schedule", "recipients": "recipient"}
    key = ".".join(place[2:]) if len(place) > 1 else ".".join(place)
    if len(place) > 1:
        where += f": {kinds.get(place[0], place[0])} {place[1]!r}"
    if found["type"] == "extra_forbidden":
        return ParameterError(
            f"{where}: unknown key {key!r}", remedy=nearest(place[-1], known_names(_File, place))
        )
    if found["type"] == "missing":
        return ParameterError(f"{where}: {place[-1]!r} is missing")
    message = str(found["msg"]).removeprefix("Value error, ")
    message = message.removeprefix("Input should be ").removeprefix("expected ")
    if not place:
        return ParameterError(f"{where}: the file, expected {message}")
    shown = "" if place[0] == "recipients" else f" = {str(found['input'])!r:.80}"
    return ParameterError(f"{where}: {key or 'the entry'}{shown}, expected {message}")
