"""What a reader takes away of an alarm: since when, expected and seen, its interval, how grave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.core.finding import Estimate, Finding

if TYPE_CHECKING:
    from assay.analysis.alerts.result import Alarm
    from assay.core.finding import Tone

CONFIDENCE: Final = 0.95
"""Of the intervals that the detectors give."""
_TONES: Final[dict[str, Tone]] = {"critical": "bad", "warning": "attention", "info": "neutral"}
_ACTIONS: Final = {
    "silence": "see why no rows arrive",
    "improvement": "nothing to do",
    "change": "see whether it was meant",
    "mix": "see whether it was meant",
}


def finding_of(alarm: Alarm, *, key: str) -> Finding:
    """The finding of an alarm, its sentences still to be told.

    Args:
        alarm: as it stands.
        key: of its alert, the same from one look to the next.
    """
    where = "".join(f", {column} {value}" for column, value in alarm.by)
    going_on = alarm.closed_at is None
    return Finding(
        key=key,
        what=f"{alarm.subject}{where}",
        state=alarm.kind if going_on else alarm.ending,
        tone="good" if alarm.kind == "improvement" else _TONES[alarm.severity],
        needs_decision=going_on and alarm.severity != "info",
        evidence="rule" if alarm.kind == "threshold" else "before-after",
        unit=alarm.unit,
        size=_change(alarm),
        lift=_ends(alarm, 1.0) if alarm.relative else None,
        n=alarm.n,
        confidence=CONFIDENCE,
        action=_ACTIONS.get(alarm.kind, f"find what happened on {alarm.since}"),
        reason=_reason(alarm),
        since=alarm.since,
        expected=alarm.expected,
        seen=alarm.seen,
        severity=alarm.severity,
    )


def _change(alarm: Alarm) -> Estimate | None:
    """In the metric's unit, whichever scale the change was watched on."""
    return _ends(alarm, (alarm.expected or 0.0) if alarm.relative else 1.0)


def _ends(alarm: Alarm, scale: float) -> Estimate | None:
    if alarm.size is None:
        return None
    low, high = (None if end is None else end * scale for end in (alarm.size_low, alarm.size_high))
    return Estimate(value=alarm.size * scale, low=low, high=high)


def _reason(alarm: Alarm) -> str:
    if alarm.kind == "silence":
        return "the gap is longer than the series' own"
    if alarm.kind == "anomaly":
        return "a single point is far from what was expected"
    if alarm.kind == "threshold":
        return "the present level is surely beyond the threshold"
    return "the level is surely not what it was"
