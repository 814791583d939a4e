"""Alerts of a project: brought up to date, listed, acknowledged, muted."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from assay.app.console import aligned, print_json, say, warn
from assay.app.place import this_project
from assay.core.errors import ParameterError
from assay.present.alerts import cost, sentences, told
from assay.workbench.alerts import store
from assay.workbench.alerts.looking import Lookout, state_of
from assay.workbench.alerts.watchlist import read_watchlist
from assay.workbench.runs import digests_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.alerts import Alarm, Alarms
    from assay.workbench.alerts.store import Alert
    from assay.workbench.alerts.watchlist import Mute, Watchlist
    from assay.workbench.project import Project

_LEVEL: Final = frozenset({"degradation", "improvement", "change", "anomaly"})
AGENT: Final = "agent_id"
_COMMAND: Final = "from assay.app.cli import main; main()"


def lookout() -> Lookout:
    """`assay alerts update` in a process of its own; what goes wrong is warned of."""
    command = (sys.executable, "-P", "-c", _COMMAND, "alerts", "update", "--json")
    return Lookout(command=command, tell=lambda text: warn(f"assay: {text}"))


def update_alerts(*, as_of: str | None, as_json: bool) -> None:
    """Looks at all that is watched, and keeps what it says."""
    project = this_project()
    watchlist = read_watchlist(project)
    if not watchlist.watched:
        raise ParameterError(
            "nothing is watched", remedy="params/alerts.yaml says what is (docs/alerts.md)"
        )
    today = _day(as_of, project)
    state = "" if as_of else state_of(project, watchlist, digests_of(project), today)
    seen = _detected(project, watchlist, today, given=as_of is not None)
    records = _records(seen, watchlist.mutes, today)
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    with store.changing(project, _look(seen, watchlist, now, state)) as alerts:
        before = {alert["alert_id"]: dict(alert) for alert in alerts}
        _refuse_earlier(alerts, today, project)
        gone = {alert["watched"] for alert in alerts} - set(watchlist.watched)
        looked = {name for name, _ in seen.through} | gone
        alerts[:] = store.taken_in(alerts, records, dict.fromkeys(looked, now))
        after = {alert["alert_id"]: alert for alert in alerts}
    opened = [alert for name, alert in after.items() if name not in before]
    closed = [
        alert
        for name, alert in after.items()
        if name in before and not store.is_open(alert) and store.is_open(before[name])
    ]
    changed = [
        alert
        for name, alert in after.items()
        if name in before and store.is_open(alert) and alert != before[name]
    ]
    told_now = [alert for alert in after.values() if store.is_open(alert)]
    if as_json:
        unwatched = [_unwatched(each) for each in seen.unwatched]
        print_json(
            {
                "through": dict(seen.through),
                "series": seen.series,
                "budget": seen.budget,
                "opened": opened,
                "updated": changed,
                "closed": closed,
                "unwatched": unwatched,
            }
        )
        return
    for name, through in seen.through:
        say(f"{name}: up to {through}")
    say(
        f"{seen.series} series watched; {len(opened)} opened, {len(changed)} updated, "
        f"{len(closed)} closed, {len(told_now)} open now"
    )
    for each in seen.unwatched:
        where = "".join(f", {column} {value}" for column, value in each.by)
        warn(f"assay: not watched: {each.subject}{where}: {each.reason}")
    _list(told_now, today)


def list_alerts(*, everything: bool, as_json: bool, exit_code: bool) -> int:
    """Tells what is open; 1 where the exit code is asked for and somebody has to look."""
    project = this_project()
    today = _day(None, project)
    alerts = store.read_alerts(project)
    shown = [
        alert | {"status": store.status_of(alert, today)}
        for alert in alerts
        if everything or (store.is_open(alert) and not store.is_muted(alert, today))
    ]
    if as_json:
        print_json({"alerts": shown})
    elif not alerts:
        say("No alerts yet: `assay alerts update` looks at what params/alerts.yaml watches.")
    else:
        _list(shown, today)
        if not shown:
            say(f"No alert is open; {len(alerts)} in all (--all shows them).")
    waiting = any(store.status_of(alert, today) == "open" for alert in alerts)
    return int(exit_code and waiting)


def acknowledge_alert(name: str, *, note: str, as_json: bool) -> None:
    """Somebody has seen it."""
    project = this_project()
    with store.changing(project) as alerts:
        alert = store.find_alert(alerts, name)
        store.acknowledge(alert, note=note, now=datetime.now(UTC))
    _said(alert, "acknowledged", as_json=as_json)


def mute_alert(name: str, *, note: str, until: str | None, undo: bool, as_json: bool) -> None:
    """It is not told any more, or it is again."""
    project = this_project()
    last = None if until is None else _parsed(until)
    with store.changing(project) as alerts:
        alert = store.find_alert(alerts, name)
        if undo:
            store.unmute(alert)
        else:
            store.mute(alert, note=note, until=last)
    _said(alert, "told again" if undo else "muted", as_json=as_json)


def _detected(project: Project, watchlist: Watchlist, today: date, *, given: bool) -> Alarms:
    from assay.analysis.alerts import detect  # noqa: PLC0415  Polars and SciPy are slow
    from assay.analysis.alerts.severity import Grades  # noqa: PLC0415
    from assay.app.watching import watched_series  # noqa: PLC0415

    zone = project.settings.project.time_zone
    series = watched_series(watchlist, today=today, time_zone=zone, given=given)
    grades = Grades(warning=watchlist.severity.warning, critical=watchlist.severity.critical)
    return detect(series, budget=watchlist.budget, grades=grades)


def _look(seen: Alarms, watchlist: Watchlist, now: str, state: str) -> store.Look:
    """What reports tell of the last look, beside the alerts themselves."""
    series, through = dict(seen.each), dict(seen.through)
    return {
        "at": now,
        "state": state,
        "series": seen.series,
        "budget": seen.budget,
        "names": {
            name: {
                "data": watching.data,
                "series": series.get(name, 0),
                "through": through.get(name, ""),
            }
            for name, watching in watchlist.watched.items()
        },
    }


def _records(seen: Alarms, mutes: Sequence[Mute], today: date) -> list[Alert]:
    """Alarms as the store keeps them: with the columns of the table `alerts`, and their key."""
    from assay.analysis.alerts import finding_of  # noqa: PLC0415
    from assay.core.result import record  # noqa: PLC0415

    def claim(plain: Alert, alarm: Alarm) -> Alert:
        finding = finding_of(alarm, key="").told(**sentences(plain))
        return {
            name: value
            for name, value in record(finding, kind="finding").items()
            if name not in {"schema", "units"}
        }

    whole = record(seen, kind="alerts")
    return [
        _stored(plain, alarm, mutes, today) | {"cost": cost(plain), "claim": claim(plain, alarm)}
        for plain, alarm in zip(whole["alarms"], seen.alarms, strict=True)
    ]


def _stored(plain: Alert, alarm: Alarm, mutes: Sequence[Mute], today: date) -> Alert:
    by = dict(alarm.by)
    family = "level" if alarm.kind in _LEVEL else alarm.kind
    way = ""
    if family == "level":
        way = "up" if (alarm.size or 0) > 0 else "down"
    elif family == "threshold":
        way = f"{'above' if (alarm.size or 0) > 0 else 'below'} {alarm.threshold}"
    return {
        "opened_at": plain["opened_at"],
        "closed_at": plain["closed_at"],
        "agent_id": by.get(AGENT),
        "finding": told(plain),
        "severity": alarm.severity,
        "metric": alarm.subject,
        "value": alarm.seen,
        "threshold": alarm.threshold,
        "key": [alarm.watched, family, alarm.subject, *(f"{k}={v}" for k, v in alarm.by)],
        "way": way,
        "muted_by_rule": any(_mutes(mute, alarm.subject, by, today) for mute in mutes),
        **{name: value for name, value in plain.items() if name != "severity"},
    }


def _mutes(mute: Mute, subject: str, by: dict[str, str], today: date) -> bool:
    return (
        (mute.metric is None or mute.metric == subject)
        and all(by.get(column) == value for column, value in mute.by.items())
        and (mute.until is None or today <= mute.until)
    )


def _refuse_earlier(alerts: Sequence[Alert], today: date, project: Project) -> None:
    """What was opened later would not be seen, and be closed for it."""
    zone = ZoneInfo(project.settings.project.time_zone)
    latest = max((datetime.fromisoformat(alert["opened_at"]) for alert in alerts), default=None)
    if latest is not None and today < latest.astimezone(zone).date():
        raise ParameterError(
            f"as of {today}, but an alert of {latest.astimezone(zone).date()} is kept",
            remedy="name that day or a later one",
        )


def _unwatched(each: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "watched": each.watched,
        "metric": each.subject,
        "by": dict(each.by),
        "reason": each.reason,
    }


def _list(alerts: Sequence[Alert], today: date) -> None:
    rows = [
        (
            alert["alert_id"],
            store.status_of(alert, today),
            alert["severity"],
            cost(alert),
            alert["finding"],
        )
        for alert in sorted(alerts, key=lambda alert: alert["opened_at"], reverse=True)
    ]
    if rows:
        for line in aligned([("ID", "STATUS", "SEVERITY", "PER DAY", "WHAT"), *rows]):
            say(line)


def _said(alert: Alert, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(alert)
    else:
        say(f"{alert['alert_id']} {what}: {alert['finding']}")


def _day(as_of: str | None, project: Project) -> date:
    if as_of is not None:
        return _parsed(as_of)
    return datetime.now(ZoneInfo(project.settings.project.time_zone)).date()


def _parsed(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{text!r} is no day, expected one such as 2026-11-01") from None
