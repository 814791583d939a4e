"""Seconds or milliseconds: told by the user, or by what lies between start and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from assay.data.adapters.records import between, scaled
from assay.data.adapters.values import Given, number

if TYPE_CHECKING:
    from assay.data.adapters.records import Account

Unit = Literal["s", "ms"]

_FACTOR: Final[dict[Unit, float]] = {"s": 1.0, "ms": 0.001}
_NAMES: Final[dict[Unit, str]] = {"s": "seconds", "ms": "milliseconds"}
_CLOSE: Final = 0.2
"""Share by which a latency may differ from the time between start and end to be the same."""


class Durations:
    """The unit of a source's durations, learnt from record to record."""

    def __init__(self, said: Unit | None, usual: Unit) -> None:
        self._said = said
        self._last: Unit = said or usual
        self._known = said is not None

    def unit(self, latency: Given, start: Given, end: Given, account: Account) -> Unit:
        """The unit of one record's durations.

        What the user said counts, with a warning where the values tell otherwise; a record that
        does not tell is as the ones before it.
        """
        told = _told(latency, between(start, end))
        if self._said is not None:
            if told is not None and told != self._said:
                account.warn(
                    f"latency was taken as {_NAMES[self._said]}, as you said, but the time between "
                    f"start and end says {_NAMES[told]}"
                )
            return self._said
        if told is not None:
            self._last, self._known = told, True
            account.warn(f"latency is in {_NAMES[told]}: it is the time between start and end")
        elif not self._known and latency is not None:
            account.warn(
                f"latency was taken as {_NAMES[self._last]}: no start and end tell its unit; "
                "give the unit of latency if it is another"
            )
        return self._last

    @staticmethod
    def seconds(value: Given, unit: Unit) -> Given:
        """A duration in seconds."""
        return scaled(number(value), _FACTOR[unit])


def _told(latency: Given, seconds: float | None) -> Unit | None:
    value = number(latency)
    if not isinstance(value, float) or seconds is None or seconds <= 0 or value <= 0:
        return None
    if abs(value - seconds) <= _CLOSE * seconds + 0.002:
        return "s" if abs(value / 1000 - seconds) > _CLOSE * seconds + 0.002 else None
    return "ms" if abs(value / 1000 - seconds) <= _CLOSE * seconds + 0.002 else None
