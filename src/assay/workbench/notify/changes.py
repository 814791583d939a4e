"""What is different between the findings of two versions, in words and only where it counts."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """One sentence for each finding that appeared, vanished, was judged anew, or has moved.

    A number has moved where each version's estimate lies outside of the other's interval.
    """
    return tuple(_changes(before, now))


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old, new = _by_key(before), _by_key(now)
    for key, finding in new.items():
        if key not in old:
            yield f"New: {_name(finding)} ({finding.get('state', '')})"
        elif old[key].get("state") != finding.get("state"):
            yield f"{_name(finding)}: {old[key].get('state', '')} → {finding.get('state', '')}"
        elif old[key].get("needs_decision") != finding.get("needs_decision"):
            wanted = "now needs" if finding.get("needs_decision") else "no longer needs"
            yield f"{_name(finding)}: {wanted} a decision"
        elif _has_moved(old[key].get("size"), finding.get("size")):
            yield f"{_name(finding)}: has moved by more than its uncertainty"
    for key, finding in old.items():
        if key not in new:
            yield f"Gone: {_name(finding)} (was {finding.get('state', '')})"
    states = [(result.get("brief") or {}).get("state", "") for result in (before, now)]
    if not new and not old and states[0] != states[1]:
        yield f"{states[0] or 'no verdict'} → {states[1] or 'no verdict'}"


def _by_key(result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(finding.get("key")): finding for finding in result.get("findings") or ()}


def _name(finding: Mapping[str, Any]) -> str:
    return str(finding.get("what") or finding.get("title") or finding.get("key"))


def _has_moved(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> bool:
    if before is None or now is None:
        return (before is None) != (now is None)
    return not _holds(before, now.get("value")) and not _holds(now, before.get("value"))


def _holds(interval: Mapping[str, Any], value: float | None) -> bool:
    if value is None:
        return True
    low, high = interval.get("low"), interval.get("high")
    return (-inf if low is None else low) <= value <= (inf if high is None else high)
