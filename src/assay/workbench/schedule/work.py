"""Does what is due: claims it, publishes, tells, and notes how far it came.

The record of a due time is the claim on it. Its state goes from `begun` over `telling` to `done` or
`failed`; `retry` waits for the next try, `skipped` was left out by the policy. Each step may be
repeated: what is published already is current, and what was told is in the outbox. So whoever finds
a record whose process is gone goes on where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from assay.core.errors import AssayError
from assay.workbench.lease import Clock, Content, Fence, LeaseLostError, look, take
from assay.workbench.lock import BusyError
from assay.workbench.notify.outbox import Outbox
from assay.workbench.notify.recipients import Recipient
from assay.workbench.notify.send import send
from assay.workbench.notify.story import Changes, Mishap, link_to
from assay.workbench.notify.tell import Delivery, Teller, base_of
from assay.workbench.project import Project
from assay.workbench.schedule.ledger import FINAL, Intent, Ledger, intents_in
from assay.workbench.schedule.pending import due_times
from assay.workbench.sets import display_name
from assay.workbench.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from assay.workbench.lease import Lease
    from assay.workbench.publish import Outcome
    from assay.workbench.schedule.entries import Entries, Entry
    from assay.workbench.schedule.pending import DueTime
    from assay.workbench.versions import Version

_TORN: Final = 5
"""How often the work on a due time may be stopped in the middle before it counts as failed."""
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)
_POLL: Final = 2.0


class Publisher(Protocol):
    """Brings reports up to date, as `assay publish` does."""

    def __call__(
        self,
        reports: Mapping[str, Sequence[str] | None],
        *,
        as_of: date,
        guard: Callable[[str, str, str], None],
    ) -> Sequence[Outcome]:
        """Publishes each report in the named sets, None for all.

        The guard is asked with report, set and id before each version is put up.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the work is done with.

    Attributes:
        publish: brings reports up to date.
        changes: tells which findings of two versions differ.
        now: the time of this machine; `shared` that of all who share the state.
        pause: waits for so many seconds.
        hand_over: sends a letter to an address.
        environ: holds the addresses; None for the environment of the process.
    """

    publish: Publisher
    changes: Changes
    now: Clock
    shared: Clock
    pause: Callable[[float], None]
    hand_over: Callable[..., str] = send
    environ: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a due time in this call.

    Attributes:
        state: as its record has it; `busy` where another is at it, `lost` where another took over.
        record: all that is known of it.
    """

    schedule: str
    due: datetime
    state: str
    record: Content = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nothing failed that should not have."""
        if self.state == "busy":
            return True
        failed = any(told["state"] == "failed" for told in self.record.get("told", {}).values())
        return not failed and not self.record.get("failures")


def attend(  # noqa: PLR0913  where, what, with what, and until when
    project: Project,
    entries: Entries,
    ledger: Ledger,
    tools: Tools,
    *,
    at: datetime,
    only: Sequence[str] = (),
) -> Iterator[Done]:
    """Does what is due, oldest first; what another is at is left to it.

    Args:
        project: where the reports are.
        entries: its schedules.
        ledger: what is remembered of them.
        tools: what the work is done with.
        at: the time up to which things are due.
        only: names of schedules; all of them where none is named.
    """
    chosen = [entry for entry in entries.schedules if not only or entry.name in only]
    found = [due for entry in chosen for due in due_times(entry, ledger, at)]
    for due in sorted(found, key=lambda one: (one.due, one.entry.name)):
        done = _Worker(project, entries.recipients, ledger, tools, at).attend(due)
        if done is not None:
            yield done
    for entry in chosen:
        ledger.tidy(entry.name)


def is_final(content: Content) -> bool:
    """Whether nothing is left to do."""
    return content.get("state") in FINAL


@dataclass(frozen=True, slots=True)
class _Worker:
    project: Project
    recipients: Mapping[str, Recipient]
    ledger: Ledger
    tools: Tools
    at: datetime

    @property
    def span(self) -> timedelta:
        return timedelta(seconds=self.project.settings.schedules.lease)

    def attend(self, due: DueTime) -> Done | None:
        """What became of it; None where another has done it meanwhile."""
        entry = due.entry
        place = self.ledger.place(entry.name, due.due)
        first = {
            "schedule": entry.name,
            "due": due.due.isoformat(),
            "state": "begun",
            "begun": _stamp(self.tools.now()),
            "left_out": due.left_out,
            "torn": -1,
            "tries": 0,
        }
        record = take(place, first, span=self.span, now=self.tools.shared, unless=is_final)
        if record is None:
            content = look(place) or {}
            if is_final(content):
                return None
            return Done(schedule=entry.name, due=due.due, state="busy", record={**content})
        try:
            with record.kept():
                self._work(due, record)
        except LeaseLostError:
            return Done(schedule=entry.name, due=due.due, state="lost", record=record.content)
        except BaseException:
            _let_go(record)
            raise
        content = record.content
        return Done(schedule=entry.name, due=due.due, state=content["state"], record=content)

    def _work(self, due: DueTime, record: Lease) -> None:
        if due.skipped:
            record.close(state="skipped", reason=due.skipped, ended=_stamp(self.tools.now()))
            return
        if record.content["state"] in {"begun", "retry"}:
            self._publish(due, record)
        self._tell(due, record)

    def _publish(self, due: DueTime, record: Lease) -> None:
        entry, content = due.entry, record.content
        # A retry is no tear; a state of `begun` that is found is.
        torn = content["torn"] + (content["state"] == "begun")
        if torn >= _TORN:
            cause = f"the work on it was stopped in the middle {torn} times"
            failures = [_failure(report, "", cause) for report in entry.reports]
            tries = entry.told.on_failure.retries + 1
            put_up = self._with_intended(due, [])
            record.write(
                state="telling", tries=tries, failures=failures, versions=put_up, again=None
            )
            return
        moment = due.due if entry.told.as_of == "due" else self.at
        as_of = entry.day_of(moment)
        record.write(state="begun", torn=torn, as_of=as_of.isoformat(), again=None)
        failures, found = [], []
        try:
            outcomes = self._in_turn(due, record, as_of)
        except AssayError as error:
            failures = [_failure(report, "", str(error)) for report in entry.reports]
        else:
            for outcome in outcomes:
                if outcome.error is not None or outcome.version is None:
                    cause = str(outcome.error or outcome.state)
                    failures.append(_failure(outcome.report, outcome.set_name, cause))
                else:
                    found.append(
                        {
                            "report": outcome.report,
                            "set": outcome.set_name,
                            "version": outcome.version,
                            "state": outcome.state,
                        }
                    )
        record.write(
            state="telling",
            tries=content["tries"] + 1,
            versions=self._with_intended(due, found),
            failures=failures,
            published=_stamp(self.tools.now()),
        )

    def _with_intended(self, due: DueTime, found: list[dict[str, str]]) -> list[dict[str, str]]:
        """Before what was found, what an earlier process put up and could not note any more."""
        known = {(one["report"], one["set"], one["version"]) for one in found}
        earlier = [
            {"report": report, "set": set_name, "version": version, "state": "published"}
            for report, set_name, version in self.ledger.intended(due.entry.name, due.due)
            if (report, set_name, version) not in known
            and any(version == one.id for one in versions(self.project, report, set_name))
        ]
        return earlier + found

    def _in_turn(self, due: DueTime, record: Lease, as_of: date) -> Sequence[Outcome]:
        """Publishes while no other machine does, which the lock of one machine does not see."""
        while (turn := take(self.ledger.turn, {}, span=self.span, now=self.tools.shared)) is None:
            record.insist()
            self.tools.pause(_POLL)

        fence = Fence((*record.fence.claims, *turn.fence.claims))
        guard = Intent(fence, intents_in(self.ledger.place(due.entry.name, due.due)))
        try:
            with turn.kept():
                while True:
                    try:
                        fence()
                        return self.tools.publish(due.entry.reports, as_of=as_of, guard=guard)
                    except BusyError:
                        self.tools.pause(_POLL)
        finally:
            _let_go(turn)

    def _tell(self, due: DueTime, record: Lease) -> None:
        entry, content = due.entry, record.content
        will_retry = content["failures"] and content["tries"] <= entry.told.on_failure.retries
        told: dict[str, Any] = dict(content.get("told", {}))
        teller = self._teller(record)
        found = self._versions(content)
        mishaps = [] if will_retry else [self._mishap(one) for one in content["failures"]]
        for recipient in entry.told.notify if found else ():
            delivery = teller.news(found, recipient, quiet=entry.told.quiet)
            self._note(record, told, delivery, recipient)
        for recipient in entry.failure_recipients if mishaps else ():
            delivery = teller.mishaps(mishaps, recipient, schedule=entry.name, due=due.due)
            self._note(record, told, delivery, f"{recipient} (failure)")
        self._end(entry, record, told, will_retry=bool(will_retry))

    def _end(
        self, entry: Entry, record: Lease, told: Mapping[str, Any], *, will_retry: bool
    ) -> None:
        content, now = record.content, self.tools.now()
        if will_retry:
            wait = entry.told.on_failure.backoff * 2 ** (content["tries"] - 1)
            record.close(state="retry", again=_stamp(max(now, self.at) + wait))
            return
        tries = content.get("sending", 0) + 1
        most = self.project.settings.notify.tries
        open_ones = [one for one in told.values() if one["state"] in {"failed", "busy"}]
        if tries < most and any(not one["for_good"] for one in open_ones):
            wait = min(_FIRST_WAIT * 2 ** (tries - 1), _LONGEST_WAIT)
            record.close(state="telling", sending=tries, again=_stamp(max(now, self.at) + wait))
            return
        state = "failed" if content["failures"] else "done"
        record.close(state=state, sending=tries, again=None, ended=_stamp(now))

    def _note(self, record: Lease, told: dict[str, Any], delivery: Delivery, name: str) -> None:
        before = told.get(name, {})
        if delivery.state == "known" and before.get("state") == "sent":
            return
        told[name] = {
            "state": delivery.state,
            "about": list(delivery.about),
            "note": delivery.note,
            "for_good": delivery.for_good,
            "at": _stamp(self.tools.now()),
        }
        record.write(told=told)

    def _teller(self, record: Lease) -> Teller:
        settings = self.project.settings
        span = timedelta(seconds=max(settings.schedules.lease, 4 * settings.notify.timeout))
        return Teller(
            project=self.project,
            recipients=self.recipients,
            outbox=Outbox(folder=self.ledger.outbox, span=span, now=self.tools.shared),
            changes=self.tools.changes,
            guard=record.insist,
            hand_over=self.tools.hand_over,
            environ=self.tools.environ,
        )

    def _versions(self, content: Content) -> list[Version]:
        """Those that are still there."""
        return [
            version
            for named in content["versions"]
            for version in versions(self.project, named["report"], named["set"])
            if version.id == named["version"]
        ]

    def _mishap(self, failure: Mapping[str, str]) -> Mishap:
        report, set_name = failure["report"], failure["set"]
        up = versions(self.project, report, set_name) if set_name else ()
        newest = up[-1] if up else None
        cause, _, remedy = failure["cause"].partition("\n  → ")
        return Mishap(
            name=display_name(report, set_name) if set_name else report,
            cause=cause,
            remedy=remedy,
            up=newest.id if newest else "",
            age=_age(self.tools.now() - newest.created) if newest else "",
            link=link_to(newest, base_of(self.project)) if newest else "",
        )


def _failure(report: str, set_name: str, cause: str) -> dict[str, str]:
    return {"report": report, "set": set_name, "cause": cause}


def _let_go(lease: Lease) -> None:
    try:
        lease.close()
    except (LeaseLostError, AssayError):
        return


def _age(age: timedelta) -> str:
    """In the largest unit that tells enough.

    >>> _age(timedelta(hours=50))
    '2 days'
    """
    for name, unit in (
        ("day", timedelta(days=1)),
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
    ):
        number = age // unit
        if number >= 1:
            return f"{number} {name}{'s' if number > 1 else ''}"
    return "less than a minute"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
