"""One recorded event, its key, and numbers that are counted without a lock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final, TypeAlias

Event: TypeAlias = tuple[int, object, str, dict[str, Any], Mapping[str, Any] | None]
"""When (microseconds since 1970), the key of the row, its table, its fields as they were given,
and what the enclosing session says. Never changed once it was taken."""

KEYS: Final[Mapping[str, str]] = {
    "interactions": "interaction_id",
    "sessions": "session_id",
    "scores": "score_id",
    "attempts": "attempt_id",
    "calls": "call_id",
    "recommendations": "recommendation_id",
    "actions": "action_id",
    "alerts": "alert_id",
    "predictions": "prediction_id",
}
"""The tables whose rows have a key that can be made up, and what it is called."""


class Names:
    """Keys of 32 hexadecimal digits that sort by time, in the layout of a UUID of version 7.

    Within a process no two are equal, whatever the clock does, before 2³² were made. Those of two
    processes are equal only where millisecond, counter and 42 random bits are.

    Attributes:
        next: the key of what happened at a moment, microseconds since 1970.
    """

    def __init__(self) -> None:
        drawn = os.urandom(6).hex()
        middle = f"7{drawn[:3]}{'89ab'[int(drawn[3], 16) % 4]}{drawn[4:11]}"
        numbers = count(int.from_bytes(os.urandom(3), "big")).__next__

        def made(at: int) -> str:
            return "%012x%s%08x" % (at // 1000, middle, numbers())  # noqa: UP031  half the time

        self.next: Callable[[int], str] = made


class Tally:
    """A number that threads, and handlers of signals, count up without a lock.

    While several read it at the same moment it may seem lower by as many.
    """

    def __init__(self) -> None:
        self._counted = count()
        self._looked = count()
        self.add = self._counted.__next__

    @property
    def value(self) -> int:
        """How many so far."""
        looked = next(self._looked)
        return next(self._counted) - looked


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000
