"""What the clock does for experiments: starts, ends and concludes them, and tells of every step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from assay.app.console import say, warn
from assay.core.errors import AssayError
from assay.workbench.experiments import life
from assay.workbench.experiments.experiment import experiments
from assay.workbench.experiments.results import (
    advice_of,
    conclusion_of,
    latest,
    look_of,
    units_of,
)
from assay.workbench.lease import shared_clock
from assay.workbench.notify.outbox import Outbox
from assay.workbench.notify.send import send
from assay.workbench.notify.story import link_to
from assay.workbench.notify.tell import Teller, base_of
from assay.workbench.notify.word import Word
from assay.workbench.schedule.entries import read_entries
from assay.workbench.schedule.ledger import ledger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.workbench.experiments.experiment import Experiment
    from assay.workbench.notify.tell import Delivery
    from assay.workbench.project import Project
    from assay.workbench.versions import Version

_NEWS: Final = timedelta(days=14)
"""Older steps are no news: whoever was not told by then has read of them."""
_FINAL: Final = frozenset({"ship", "keep"})


def tend_experiments(project: Project, now: datetime, *, quiet: bool = False) -> bool:
    """What the scheduler does for experiments at each tick; whether everybody could be told."""
    for line in tend(project, now=now):
        if not quiet:
            say(f"experiment {line}")
    return tell_news(project, now, quiet=quiet)


def tell_news(project: Project, now: datetime, *, quiet: bool) -> bool:
    """Tells of every step that was not told yet, and says so; whether all messages were taken."""
    well = True
    for one in announce(project, now=now):
        well = well and one.state != "failed"
        if one.state == "failed":
            warn(f"{one.recipient} was not told: {one.note}")
        elif not quiet:
            say(f"  {one.state}  {one.recipient}")
    return well


def experiments_due(project: Project, now: datetime) -> list[tuple[str, str]]:
    """The experiments that the clock has something to do about, and what."""
    found = [(one.id, due_of(project, one, now=now)) for one in experiments(project)]
    return [(name, what) for name, what in found if what]


def tend(project: Project, *, now: datetime) -> list[str]:
    """Does what is due for every experiment; what was done, in sentences."""
    done: list[str] = []
    for one in experiments(project):
        try:
            done += _tend(project, one, now)
        except AssayError as error:
            done.append(f"{one.id}: {error.message}")
    return done


def due_of(project: Project, one: Experiment, *, now: datetime) -> str:
    """What the clock would do about an experiment: start, end, conclude or "" for nothing."""
    told, day = one.standing, _day(project, now)
    if told is None:
        return ""
    if one.state == "draft":
        is_time = told.start is not None and told.start <= day
        return "start" if is_time and not (told.end is not None and told.end < day) else ""
    if one.state not in {"running", "paused"}:
        return ""
    version = latest(project, one)
    if version is not None and (stopped_by(one, version) or _may_conclude(one, version, day)):
        return "conclude"
    is_over = told.decision.conclude != "by hand" and _is_over(one, version, day)
    return "end" if one.state == "running" and is_over else ""


def announce(
    project: Project, *, now: datetime, hand_over: Callable[..., str] = send
) -> list[Delivery]:
    """Tells of every change of state and every conclusion, each recipient once.

    Raises:
        ParameterError: where params/schedules.yaml, which names the recipients, has a mistake.
    """
    known = read_entries(project).recipients
    ledger, settings = ledger_of(project), project.settings
    teller = Teller(
        project=project,
        recipients=known,
        outbox=Outbox(
            folder=ledger.outbox,
            span=timedelta(seconds=max(settings.schedules.lease, 4 * settings.notify.timeout)),
            now=shared_clock(ledger.folder),
        ),
        changes=lambda _before, _now: (),
        guard=lambda: None,
        hand_over=hand_over,
    )
    found = []
    for one in experiments(project):
        for event in one.events:
            recent = now - datetime.fromisoformat(event["at"]) <= _NEWS
            for who in event.get("notify", ()) if recent else ():
                if who in known:
                    delivery = teller.word(_word(project, one, event), who)
                    if delivery.state != "known":
                        found.append(delivery)
    return found


def _tend(project: Project, one: Experiment, now: datetime) -> Iterator[str]:
    if one.deviations:
        life.note_deviations(project, one.id, now=now)
    match due_of(project, one, now=now):
        case "start":
            life.start(project, one.id, now=now, by="clock")
            yield f"{one.id}: started, as its registration says"
        case "end":
            life.pause(project, one.id, reason="its planned end is reached", now=now, by="clock")
            yield f"{one.id}: no more units, its planned end is reached"
        case "conclude":
            version = latest(project, one)
            if version is not None:
                conclusion = conclusion_of(version)
                early = stopped_by(one, version)
                life.conclude(
                    project,
                    one.id,
                    decision=str(conclusion["verdict"]),
                    reason=f"as planned: {early}" if early else "as planned",
                    conclusion=conclusion,
                    now=now,
                    by="clock",
                )
                why = f": {early}" if early else ""
                yield f"{one.id}: concluded as planned, {conclusion['verdict']}{why}"
        case _:
            return


def stopped_by(one: Experiment, version: Version) -> str:
    """Why the registration ends it before its time, "" where it does not.

    The plan's advice rests on intervals that hold at every look. A result from before the start,
    one that a check forbids to read, and one without a plan of several looks end nothing.
    """
    told, began, advice = one.standing, one.began(), advice_of(version)
    if told is None or began is None or advice is None or version.created < began:
        return ""
    if version.result.get("verdict") not in {*_FINAL, "undecided"} or told.plan is None:
        return ""
    kind = str(advice["action"]).removeprefix("stop for ")
    if told.plan.design == "once" or kind not in (told.decision.stop or ()):
        return ""
    return f"{advice['action']}, {advice['metric']}: {advice['reason']}"


def _is_over(one: Experiment, version: Version | None, day: date) -> bool:
    told = one.standing
    if told is None or one.state == "draft":
        return False
    end = told.last_day
    if end is not None and day > end:
        return True
    units = units_of(version) if version else None
    planned = told.planned_units
    return planned is not None and units is not None and units >= planned


def _may_conclude(one: Experiment, version: Version, day: date) -> bool:
    """Whether the newest result is the one that the plan decides by."""
    told, began = one.standing, one.began()
    verdict = version.result.get("verdict")
    if told is None or began is None or verdict not in {*_FINAL, "undecided"}:
        return False
    through = conclusion_of(version)["data_through"]
    if version.created < began or told.decision.conclude == "by hand":
        return False
    valid_now = (
        told.plan is not None
        and told.plan.design != "once"
        and told.decision.conclude == "when decided"
    )
    if valid_now and verdict in _FINAL:
        return True
    if not _is_over(one, version, day):
        return False
    look = look_of(version)
    if look is not None and look[0] < look[1]:
        return False
    end = told.last_day
    return end is None or bool(through and through >= end.isoformat())


def _word(project: Project, one: Experiment, event: dict[str, Any]) -> Word:
    lines = [("Experiment", one.id)]
    told = one.standing
    if told is not None:
        lines += [("Hypothesis", told.hypothesis), ("Owner", told.owner)]
    verbs = {"start": "started", "pause": "is paused", "resume": "goes on"}
    what = verbs.get(event["event"], "is concluded")
    conclusion = event.get("conclusion") or {}
    if event.get("decision"):
        what += f": {event['decision']}"
        lines.append(("Decision", event["decision"]))
    if conclusion.get("title"):
        lines.append(("Result", conclusion["title"]))
    if event.get("reason"):
        lines.append(("Reason", event["reason"]))
    if event["event"] == "start":
        lines.append(("Registered as", f"sha256 {event['sha256'][:16]}…"))
    lines.append(("When", datetime.fromisoformat(event["at"]).strftime("%Y-%m-%d %H:%M UTC")))
    version = latest(project, one)
    return Word(
        topic="experiments",
        key=f"{one.id}-{event['seq']}",
        subject=f"Experiment {one.id} {what}",
        lines=tuple(lines),
        link=link_to(version, base_of(project)) if version else "",
    )


def _day(project: Project, moment: datetime) -> date:
    zone = ZoneInfo(project.settings.project.time_zone)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(zone).date()
