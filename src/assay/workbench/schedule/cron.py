"""When a schedule is due: a cron expression in a time zone, as moments in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from assay.core.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS: Final = 5
_SHIFT: Final = timedelta(hours=3)
"""Longer than any clock is put forward or back by."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression in a time zone.

    A fixed time of day that the clock skips is due at the moment of the jump; one that the clock
    shows twice is due the first time. An expression whose minute or hour begins with `*` follows
    the time that passes: it is due in both of the doubled hours, and never in the skipped one.
    """

    expression: str
    zone: str

    @classmethod
    def of(cls, text: str, zone: str) -> Self:
        """Five fields (minute, hour, day, month, weekday), or an alias such as `@daily`.

        Raises:
            ValueError: where it is neither, or never due.

        >>> Cron.of("@daily", "UTC").expression
        '0 0 * * *'
        """
        expression = " ".join(text.split())
        if expression.startswith("@"):
            if expression.lower() not in ALIASES:
                raise ValueError(
                    f"expected five fields, or one of {', '.join(ALIASES)}; "
                    f"{nearest(expression, ALIASES)}"
                )
            expression = ALIASES[expression.lower()]
        fields = expression.split()
        if len(fields) != _FIELDS:
            raise ValueError(
                "expected five fields: minute hour day-of-month month day-of-week, "
                f"found {len(fields)}"
            )
        try:
            found = next(CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC)), None)
        except CronSimError as error:
            if _is_sound(fields):
                found = None
            else:
                reason = str(error).removeprefix("Bad ")
                raise ValueError(f"the field {reason} is not understood") from None
        if found is None:
            raise ValueError("it is never due: there is no such day")
        return cls(expression, zone)

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Due times later than a moment, in UTC, each once."""
        return self._each(moment, back=False)

    def until(self, moment: datetime) -> Iterator[datetime]:
        """Due times up to a moment, in UTC, the newest first, each once."""
        return self._each(moment, back=True)

    def _each(self, moment: datetime, *, back: bool) -> Iterator[datetime]:
        start = moment.astimezone(UTC) + (_SHIFT if back else -_SHIFT)
        last = None
        for found in CronSim(self.expression, start.astimezone(ZoneInfo(self.zone)), reverse=back):
            due = found.astimezone(UTC)
            wanted = due <= moment if back else due > moment
            if wanted and due != last:
                last = due
                yield due


def _is_sound(fields: list[str]) -> bool:
    """Whether each field is understood by itself."""
    for place, field in enumerate(fields):
        alone = ["*"] * _FIELDS
        alone[place] = field
        try:
            CronSim(" ".join(alone), datetime(2000, 1, 1, tzinfo=UTC))
        except CronSimError:
            return False
    return True
