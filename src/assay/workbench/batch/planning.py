"""What a batch consists of: every report in every set, and what of it is to be done."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from assay.core.errors import AssayError, NothingYetError, ParameterError, nearest
from assay.workbench.alerts.standing import watching_of
from assay.workbench.batch.journal import Item
from assay.workbench.batch.outcome import Outcome
from assay.workbench.batch.version import current, done, failed
from assay.workbench.catalogue import find_report
from assay.workbench.digests import Digests
from assay.workbench.experiments.results import EVERY
from assay.workbench.plan import Plan, plan
from assay.workbench.project import Project
from assay.workbench.removal import would_return
from assay.workbench.sets import DEFAULT_SET, Asked, sets_of
from assay.workbench.versions import forget_failure, sets_on_shelf, versions, withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from assay.workbench.catalogue import Report
    from assay.workbench.sets import Sets


WATCHING: Final = "watching"
"""Under which the digests keep what the project watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An item with its plan, or with what became of it already; `plan` is None where it failed."""

    item: Item
    plan: Plan | None = None
    outcome: Outcome | None = None

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        return self.outcome is not None and self.outcome.state == "current"

    @property
    def reads_results(self) -> bool:
        """Whether what it reads is what other reports of the batch may yet publish."""
        return self.plan is not None and EVERY in self.plan.values.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans items, and settles those that need no run.

    Attributes:
        as_of: the day that relative dates are told from.
        force: run also what is current.
        chosen: which of a report's sets, by its name; all of them where it is not named.
        dry: look only: nothing is noted, mended or forgotten.
    """

    project: Project
    digests: Digests
    as_of: date
    chosen: Mapping[str, Sequence[str]]
    force: bool = False
    dry: bool = False

    def all_of(self, reports: Iterable[Report]) -> list[Planned]:
        """Every set of every report, in order; those that read other reports' results last."""
        found = [planned for report in reports for planned in self._of(report)]
        return numbered(sorted(found, key=lambda planned: planned.reads_results))

    def anew(self, planned: Planned) -> Planned:
        """The same item, planned with what has been published since."""
        report = find_report(self.project, planned.item.report)
        found = self.one(report, planned.item.set_name, planned.item.given or {})
        return replace(found, item=planned.item)

    def after_look(self, planned: Sequence[Planned]) -> list[Planned]:
        """The same items; those that were current, as they stand with the alerts of by now."""
        self.digests.forget(WATCHING)
        return [self.anew(each) if each.is_current else each for each in planned]

    def again(self, items: Iterable[Item]) -> list[Planned]:
        """Items of an earlier batch, with the values that they had then."""
        return numbered(planned for item in items for planned in self._again(item))

    def _again(self, item: Item) -> Iterator[Planned]:
        try:
            report = find_report(self.project, item.report)
        except AssayError as error:
            yield self._failed(item, error, time.monotonic())
            return
        if item.given is None:
            chosen = replace(self, chosen={report.name: [item.set_name]})
            yield from chosen.all_of([report])
        else:
            yield self.one(report, item.set_name, Asked(item.given, as_of=self.as_of))

    def _of(self, report: Report) -> Iterator[Planned]:
        chosen = self.chosen.get(report.name)
        try:
            sets = sets_of(self.project, report.name, as_of=self.as_of)
        except AssayError as error:
            on_shelf = sets_on_shelf(self.project, report.name) or (DEFAULT_SET,)
            for set_name in chosen or on_shelf:
                yield self._failed(_item(report, set_name), error, time.monotonic())
            return
        for set_name in sets if chosen is None else chosen:
            if set_name in sets:
                yield self.one(report, set_name, sets[set_name])
            else:
                yield _unknown(report, set_name, sets)

    def one(self, report: Report, set_name: str, given: Mapping[str, Any]) -> Planned:
        """One report in one set: to be run, or settled already."""
        since, key = time.monotonic(), ""
        item = _item(report, set_name, given)
        try:
            wanted = plan(self.project, report, given, digests=self.digests, set_name=set_name)
            key = wanted.key
            watching = self.digests.once(WATCHING, lambda: watching_of(self.project))
            newest = current(self.project, wanted, force=self.force, dry=self.dry, known=watching)
            taken = None if self.force else withdrawn(self.project, report.name, set_name, key)
            if newest is None and taken is not None:
                return Planned(item=item, outcome=_waits(item, would_return(taken)))
        except NothingYetError as error:
            if versions(self.project, report.name, set_name):
                return self._failed(item, error, since)
            if not self.dry:
                forget_failure(self.project, report.name, set_name)
            return Planned(item=item, outcome=_waits(item, error))
        except AssayError as error:
            return self._failed(item, error, since, key=key)
        outcome = None if newest is None else done(wanted, "current", newest, since)
        return Planned(item=item, plan=wanted, outcome=outcome)

    def _failed(self, item: Item, error: AssayError, since: float, *, key: str = "") -> Planned:
        if self.dry:
            return Planned(item=item, outcome=_fails(item, error))
        outcome = failed(self.project, item.report, item.set_name, error, key, since)
        return Planned(item=item, outcome=outcome)


def _item(report: Report, set_name: str, given: Mapping[str, Any] | None = None) -> Item:
    return Item(number=0, report=report.name, set_name=set_name, given=given)


def _waits(item: Item, error: AssayError) -> Outcome:
    return Outcome(
        report=item.report, set_name=item.set_name, state="waiting", seconds=0.0, error=error
    )


def _fails(item: Item, error: AssayError) -> Outcome:
    return Outcome(
        report=item.report, set_name=item.set_name, state="failed", seconds=0.0, error=error
    )


def _unknown(report: Report, set_name: str, sets: Sets) -> Planned:
    """Nothing is noted of it: a set that there is not has no place on the shelf."""
    error = ParameterError(
        f"report {report.name!r} has no set {set_name!r}", remedy=nearest(set_name, sets)
    )
    item = _item(report, set_name)
    return Planned(item=item, outcome=_fails(item, error))


def numbered(found: Iterable[Planned]) -> list[Planned]:
    """The same with their items counted from 1."""
    return [
        replace(planned, item=replace(planned.item, number=number))
        for number, planned in enumerate(found, 1)
    ]
