"""The commands that publish by the clock, and tell who wants to know."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from assay.app.alerts import lookout
from assay.app.console import aligned, passing, print_json, say, show, warn
from assay.app.place import take_in, this_project
from assay.app.tending import experiments_due, tend_experiments
from assay.core.errors import AssayError, ParameterError, nearest
from assay.workbench.catalogue import find_report, reports
from assay.workbench.lease import shared_clock
from assay.workbench.notify.recipients import address_of
from assay.workbench.publish import Press, Progress, publish
from assay.workbench.schedule.entries import find_entry, read_entries
from assay.workbench.schedule.installs import KINDS, lines_to_install
from assay.workbench.schedule.ledger import ledger_of
from assay.workbench.schedule.loop import Bell, next_due
from assay.workbench.schedule.pending import due_times
from assay.workbench.schedule.work import Tools, attend
from assay.workbench.sets import sets_of
from assay.workbench.signals import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from assay.workbench.project import Project
    from assay.workbench.publish import Outcome
    from assay.workbench.schedule.entries import Entries, Entry
    from assay.workbench.schedule.work import Done


def do_due(
    only: Sequence[str], as_of: str | None, look_back: str | None, *, dry_run: bool, as_json: bool
) -> int:
    """Does what is due and says what became of it; 1 where a report or a message failed."""
    project = this_project()
    entries = _entries(project, only)
    at = _moment(as_of, project)
    if dry_run:
        return _foretell(project, entries, only, at, as_json=as_json)
    ledger = ledger_of(project)
    for entry in entries.schedules if look_back else ():
        ledger.known_since(entry, at - _span(look_back), note=True)
    done = []
    with interruptible(), passing():
        for one in attend(project, entries, ledger, _tools(project), at=at, only=only):
            show("")
            done.append(one)
            if not as_json:
                _tell(one, entries)
    well = bool(only) or tend_experiments(project, at, quiet=as_json)
    if as_json:
        print_json({"at": at.isoformat(), "due": [_json(one) for one in done]})
    elif not done:
        coming = next_due(entries, ledger, at)
        say(
            "Nothing is due."
            if coming is None
            else f"Nothing is due; next {_coming(coming, entries)}."
        )
    return int(not (well and all(one.is_well for one in done)))


def _foretell(
    project: Project, entries: Entries, only: Sequence[str], at: datetime, *, as_json: bool
) -> int:
    ledger = ledger_of(project)
    chosen = [entry for entry in entries.schedules if not only or entry.name in only]
    found = [due for entry in chosen for due in due_times(entry, ledger, at, note=False)]
    rows: list[dict[str, Any]] = [
        {
            "schedule": due.entry.name,
            "due": due.due.isoformat(),
            "reports": list(due.entry.told.reports),
            "as_of": due.entry.day_of(due.due if due.entry.told.as_of == "due" else at).isoformat(),
            "notify": list(due.entry.told.notify),
            "left_out": due.left_out,
            "skipped": due.skipped,
        }
        for due in sorted(found, key=lambda one: one.due)
    ]
    if as_json:
        print_json({"at": at.isoformat(), "would": rows})
        return 0
    for row, due in zip(rows, sorted(found, key=lambda one: one.due), strict=True):
        what = f"skip ({due.skipped})" if due.skipped else f"publish {', '.join(row['reports'])}"
        told = f", tell {', '.join(row['notify'])}" if row["notify"] else ""
        when = _local(due.due, due.entry)
        say(f"{row['schedule']}  {when}: would {what} as of {row['as_of']}{told}")
    for name, what in experiments_due(project, at) if not only else ():
        say(f"{name}: would {what} it")
        rows.append({})
    if not rows:
        say("Nothing is due.")
    return 0


def list_schedules(*, as_json: bool) -> None:
    """Shows when each schedule is due next, and what became of it last."""
    project = this_project()
    entries, ledger, now = read_entries(project), ledger_of(project), datetime.now(UTC)
    rows: list[dict[str, Any]] = []
    for entry in entries.schedules:
        times = ledger.times(entry.name)
        last = (ledger.record(entry.name, times[-1]) or {}) if times else {}
        coming = list(islice(entry.cron.after(now), 3)) if entry.told.enabled else []
        rows.append(
            {
                "schedule": entry.name,
                "reports": list(entry.told.reports),
                "cron": entry.told.cron,
                "time_zone": entry.cron.zone,
                "enabled": entry.told.enabled,
                "next": [_in_zone(due, entry).isoformat() for due in coming],
                "last": {
                    "due": _in_zone(times[-1], entry).isoformat(),
                    "state": last.get("state", "busy"),
                    "versions": last.get("versions", []),
                    "failures": last.get("failures", []),
                    "told": last.get("told", {}),
                }
                if times
                else None,
            }
        )
    if as_json:
        print_json(rows)
        return
    if not rows:
        say("No schedules yet: params/schedules.yaml holds them (docs/schedules.md).")
        return
    table = [["SCHEDULE", "CRON", "NEXT", "LAST", "OUTCOME"]]
    for row, entry in zip(rows, entries.schedules, strict=True):
        last = row["last"]
        table.append(
            [
                entry.name,
                entry.told.cron,
                _local(datetime.fromisoformat(row["next"][0]), entry) if row["next"] else "off",
                _local(datetime.fromisoformat(last["due"]), entry) if last else "–",
                last["state"] if last else "–",
            ]
        )
    for line in aligned(table):
        say(line)


def check_schedules(*, as_json: bool) -> int:
    """Reads the file and looks for the reports, sets and variables it names; 2 where one lacks."""
    project = this_project()
    entries = read_entries(project)
    wrong = list(_wrong(project, entries))
    if as_json:
        print_json({"schedules": [entry.name for entry in entries.schedules], "wrong": wrong})
    else:
        for line in wrong:
            warn(line)
        now = datetime.now(UTC)
        for entry in entries.schedules:
            coming = ", ".join(_local(due, entry) for due in islice(entry.cron.after(now), 3))
            state = coming if entry.told.enabled else f"off (would be {coming})"
            say(f"{entry.name}  {entry.told.cron}  {state}")
    return ParameterError.exit_code if wrong else 0


def print_install(kind: str) -> None:
    """Prints what to install on this machine.

    Raises:
        ParameterError: where the kind is unknown.
    """
    if kind not in KINDS:
        raise ParameterError(f"{kind!r} cannot be printed", remedy=nearest(kind, KINDS))
    project = this_project()
    if kind == "cron":  # whose line writes a log there
        project.state.mkdir(parents=True, exist_ok=True)
    text = lines_to_install(
        KINDS[kind],
        read_entries(project),
        assay=Path(sys.argv[0]).absolute(),
        project=project.root,
        now=datetime.now(UTC),
    )
    sys.stdout.write(text)


def run_schedules(*, once: bool) -> int:
    """Does what is due whenever it is; SIGTERM ends it after what is going on, Ctrl-C at once."""
    bell, code, announced = Bell(), 0, ""
    with bell.listening():
        while not bell.has_rung():
            coming = None
            try:
                project = this_project()
                entries, ledger = read_entries(project), ledger_of(project)
                now = datetime.now(UTC)
                for one in attend(project, entries, ledger, _tools(project), at=now):
                    _tell(one, entries)
                    code = code or int(not one.is_well)
                    if bell.has_rung():
                        break
                code = code or int(not tend_experiments(project, now))
                coming = next_due(entries, ledger, datetime.now(UTC))
                if not once and not bell.has_rung():
                    announced = _announce(coming, entries, announced)
            except AssayError as error:
                if once:
                    raise
                warn(f"assay: {error}")
            if once:
                return code
            bell.sleep_until(None if coming is None else coming[1])
    say("Asked to end; nothing is left half-done.")
    return 0


def _announce(coming: tuple[str, datetime] | None, entries: Entries, before: str) -> str:
    """Says what comes next, where it was not said already."""
    text = "Nothing is scheduled." if coming is None else f"Next: {_coming(coming, entries)}"
    if text != before:
        say(text)
    return text


def _tools(project: Project) -> Tools:
    ledger = ledger_of(project)
    return Tools(
        publish=_publisher(project),
        changes=_changes,
        now=lambda: datetime.now(UTC),
        shared=shared_clock(ledger.folder),
        pause=time.sleep,
    )


def _changes(before: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    from assay.app.news import changes_between  # noqa: PLC0415  only where there is news

    return changes_between(before, now)


def _publisher(project: Project) -> Callable[..., Sequence[Outcome]]:
    def bring_up_to_date(
        named: Mapping[str, Sequence[str] | None],
        *,
        as_of: date,
        guard: Callable[[str, str, str], None],
    ) -> Sequence[Outcome]:
        take_in(project)
        return publish(
            project,
            list(named),
            sets={name: sets for name, sets in named.items() if sets is not None},
            as_of=as_of,
            progress=_show,
            press=Press(guard=guard, look=lookout()),
        )

    return bring_up_to_date


def _show(step: Progress) -> None:
    cell = f"  cell {step.cell} of {step.cells}" if step.stage == "running" else ""
    show(f"{step.report}  {step.set_name}  {step.stage}{cell}")


def _entries(project: Project, only: Sequence[str]) -> Entries:
    entries = read_entries(project)
    for name in only:
        find_entry(entries, name)
    return entries


def _wrong(project: Project, entries: Entries) -> Iterator[str]:
    known = {report.name for report in reports(project)}
    for entry in entries.schedules:
        for name, sets in entry.reports.items():
            try:
                if name not in known:
                    find_report(project, name)
                there = sets_of(project, name)
                for set_name in sets or ():
                    if set_name not in there:
                        yield (
                            f"schedule {entry.name!r}: report {name!r} has no set {set_name!r}\n"
                            f"  → {nearest(set_name, there)}"
                        )
            except AssayError as error:
                yield f"schedule {entry.name!r}: {error}"
    # The variables of who is told by nothing that is switched on may be set later.
    used = {
        who
        for one in entries.schedules
        if one.told.enabled
        for who in (*one.told.notify, *one.failure_recipients)
    }
    for name, recipient in entries.recipients.items():
        try:
            address_of(name, recipient)
        except AssayError as error:
            if name in used:
                yield str(error)


def _moment(text: str | None, project: Project) -> datetime:
    if text is None:
        return datetime.now(UTC)
    zone = ZoneInfo(project.settings.project.time_zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ParameterError(
            f"--as-of is {text!r}, expected a time such as 2026-11-01T09:30 or with +01:00"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _span(text: str | None) -> timedelta:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  only where it is asked for

    from assay.workbench.schedule.entries import Duration  # noqa: PLC0415

    try:
        found: timedelta = TypeAdapter(Duration).validate_python(text)
    except ValidationError:
        raise ParameterError(f"--look-back is {text!r}, expected such as 2h, 30m or 1d") from None
    return found


def _in_zone(moment: datetime, entry: Entry) -> datetime:
    return moment.astimezone(ZoneInfo(entry.cron.zone))


def _local(moment: datetime, entry: Entry) -> str:
    return _in_zone(moment, entry).strftime("%a %Y-%m-%d %H:%M %Z")


def _coming(coming: tuple[str, datetime], entries: Entries) -> str:
    name, due = coming
    return f"{name}, {_local(due, find_entry(entries, name))}"


def _tell(done: Done, entries: Entries) -> None:
    entry = find_entry(entries, done.schedule)
    record = done.record
    say(f"{done.state:<9}  {done.schedule}  due {_local(done.due, entry)}")
    if done.state == "busy":
        say(f"           {record.get('owner', 'another process')} is at it")
        return
    if done.state == "lost":
        say("           another process took over while this one gave no sign")
        return
    if left_out := record.get("left_out"):
        times = "due time was" if left_out == 1 else "due times were"
        say(f"           {left_out} earlier {times} missed and left out")
    if record.get("reason"):
        say(f"           {record['reason']}")
    for one in record.get("versions", ()):
        say(f"           {one['state']}  {one['report']} · {one['set']}  {one['version']}")
    for one in record.get("failures", ()):
        warn(f"           failed  {one['report']} {one['set']}: {one['cause']}".replace(" :", ":"))
    for name, told in record.get("told", {}).items():
        line = f"           {told['state']}  {name}" + (f": {told['note']}" if told["note"] else "")
        (warn if told["state"] == "failed" else say)(line)
    if record.get("again"):
        again = datetime.fromisoformat(record["again"])
        say(f"           tried again from {_local(again, entry)} on")


def _json(done: Done) -> dict[str, Any]:
    kept = ("as_of", "versions", "failures", "told", "left_out", "reason", "again", "owner")
    return {
        "schedule": done.schedule,
        "due": done.due.isoformat(),
        "state": done.state,
        **{name: done.record[name] for name in kept if name in done.record},
    }
