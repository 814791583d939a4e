"""Alerts that were raised, in one file of the project: each incident once, whatever is re-run.

`alerts.json` lies beside the audit log. Its records have the columns of the table `alerts`, and
what else is known of them. What a program saw (`since`, `size`, …) is brought up to date by each
run; what a person said (`acknowledged_at`, `muted`, `note`) is never touched by one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError, ProjectError, nearest
from assay.workbench.files import json_text, read_json, write_atomically, writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from assay.workbench.project import Project

STORE_FILE: Final = "alerts.json"
VERSION: Final = 1
ADDED: Final = "alerts"
"""Of a version's result, and of its manifest: what it says of alerts."""

Alert = dict[str, Any]
Look = dict[str, Any]

_SAID: Final = {
    "acknowledged_at": None,
    "acknowledged_note": "",
    "muted": False,
    "muted_until": None,
    "mute_note": "",
}
"""What persons say of an alert, before anybody did."""
_FOREVER: Final = "9999"
_WHEN_OPENED: Final = ("alert_id", "opened", "opened_at", *_SAID)
"""What stays as it was when an alert was opened, or is a person's."""


def store_path(project: Project) -> Path:
    """Where the alerts of a project lie."""
    return project.audit.with_name(STORE_FILE)


def read_alerts(project: Project) -> list[Alert]:
    """All alerts, in the order in which they were opened; none where there is no file.

    Raises:
        ProjectError: where the file cannot be understood.
    """
    return read_store(project)[0]


def read_store(project: Project) -> tuple[list[Alert], Look]:
    """All alerts, and the last look at what is watched; empty where nobody has looked yet.

    Raises:
        ProjectError: where the file cannot be understood.
    """
    path = store_path(project)
    if not path.exists():
        return [], {}
    content = read_json(path)
    alerts = content.get("alerts")
    if content.get("version") != VERSION or not isinstance(alerts, list):
        raise ProjectError(
            f"{path} has version {content.get('version')!r}, expected {VERSION} and alerts",
            remedy="it was written by another version of Assay; move it away to begin anew",
        )
    return alerts, content.get("look") or {}


@contextmanager
def changing(project: Project, look: Look | None = None) -> Iterator[list[Alert]]:
    """The alerts, to be changed in place; written in one step, if anything changed.

    Other processes that change them wait. Where the body raises, nothing is written.

    Args:
        project: whose alerts they are.
        look: at what is watched, where the change comes from one: `at` (the moment), `series`,
            `budget`, and `names`, each with its `data`, `series` and `through`.

    Raises:
        ProjectError: where the file cannot be read or written.
    """
    with writing(project.state):
        project.state.mkdir(parents=True, exist_ok=True)
        lock = (project.state / "alerts.lock").open("a+", encoding="utf-8")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        alerts, last = read_store(project)
        before = json.dumps([alerts, last])
        yield alerts
        alerts.sort(key=lambda alert: (alert["opened_at"], alert["alert_id"]))
        if json.dumps([alerts, look or last]) != before:
            content = {"version": VERSION, "look": look or last, "alerts": alerts}
            write_atomically(store_path(project), json_text(content))


def taken_in(stored: Sequence[Alert], seen: Sequence[Alert], now: Mapping[str, str]) -> list[Alert]:
    """What is stored with what was seen since: updated, closed, opened; the arguments stay.

    An alert that was seen is a stored one if it is of the same series and goes the same way, and
    their times overlap; one that begins on the same day goes first. So a run that sees the same
    changes nothing, and a later run that dates an incident anew has no second alert of it. A stored
    alert that is still open and was not seen again is closed: later data, or other rules, have
    taken its grounds away.

    Args:
        stored: alerts of the store.
        seen: of this run, of all series, with `key` (of the series), `way`, `since`, `until`.
        now: the moment up to which each of what is watched was seen; of others nothing was seen,
            and their alerts stay as they are.
    """
    left = [dict(alert) for alert in stored]
    taken: list[Alert] = []
    matched: set[int] = set()
    waiting = list(seen)
    for fits in (_same_day, _overlap):
        still = []
        for each in waiting:
            free = [place for place, _ in enumerate(left) if place not in matched]
            place = next((place for place in free if fits(left[place], each)), None)
            if place is None:
                still.append(each)
                continue
            matched.add(place)
            old = left[place]
            taken.append(each | {name: old[name] for name in _WHEN_OPENED})
        waiting = still
    ids = {alert["alert_id"] for alert in left}
    for each in waiting:
        new = {"alert_id": _identity(each, ids)} | each | _SAID
        ids.add(new["alert_id"])
        taken.append(new)
    for place, old in enumerate(left):
        if place in matched:
            continue
        if old["closed_at"] is None and old["watched"] in now:
            closed_at = max(now[old["watched"]], old["opened_at"])
            old |= {"closed_at": closed_at, "until": old["since"], "ending": "not seen any more"}
        taken.append(old)
    return taken


def _same_day(old: Alert, new: Alert) -> bool:
    return _alike(old, new) and old["since"] == new["since"]


def _overlap(old: Alert, new: Alert) -> bool:
    """Times that meet; a point that turns out to be the first day of a shift meets it, too."""
    return (
        _alike(old, new)
        and new["since"] < (old["until"] or _FOREVER)
        and old["since"] < (new["until"] or _FOREVER)
    )


def _alike(old: Alert, new: Alert) -> bool:
    return bool(old["key"] == new["key"] and old["way"] == new["way"])


def _identity(alert: Alert, known: set[str]) -> str:
    text = json.dumps([alert["key"], alert["way"], alert["since"]])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return next(
        name for end in range(8, len(digest)) if (name := f"al-{digest[:end]}") not in known
    )


def find_alert(alerts: Sequence[Alert], name: str) -> Alert:
    """The alert of that id, or whose id begins so, where there is one only.

    Raises:
        ParameterError: where there is none, or there are several.
    """
    found = [alert for alert in alerts if alert["alert_id"].startswith(name)] if name else []
    exact = [alert for alert in found if alert["alert_id"] == name]
    if exact or len(found) == 1:
        return (exact or found)[0]
    if found:
        names = ", ".join(alert["alert_id"] for alert in found)
        raise ParameterError(f"{name!r} may be each of {names}", remedy="write more of the id")
    remedy = nearest(name, [alert["alert_id"] for alert in alerts])
    raise ParameterError(f"there is no alert {name!r}", remedy=remedy)


def acknowledge(alert: Alert, *, note: str, now: datetime) -> None:
    """Somebody has seen it; it stays open until it ends. Said again, the first time counts."""
    if alert["acknowledged_at"] is None:
        alert["acknowledged_at"] = max(now.isoformat(), alert["opened_at"])
    if note:
        alert["acknowledged_note"] = note


def mute(alert: Alert, *, note: str, until: date | None) -> None:
    """It is not told any more, or not until that day."""
    alert["muted"] = True
    alert["muted_until"] = None if until is None else until.isoformat()
    if note:
        alert["mute_note"] = note


def unmute(alert: Alert) -> None:
    """It is told again."""
    alert |= {name: _SAID[name] for name in ("muted", "muted_until", "mute_note")}


def is_open(alert: Alert) -> bool:
    """Whether it goes on."""
    return alert["closed_at"] is None


def is_muted(alert: Alert, today: date) -> bool:
    """Whether somebody, or `mutes` of the watchlist, keeps it from being told."""
    if alert.get("muted_by_rule"):
        return True
    until = alert["muted_until"]
    return bool(alert["muted"]) and (until is None or today.isoformat() <= until)


def status_of(alert: Alert, today: date) -> str:
    """In a word: closed, muted, acknowledged or open."""
    if not is_open(alert):
        return "closed"
    if is_muted(alert, today):
        return "muted"
    return "open" if alert["acknowledged_at"] is None else "acknowledged"
