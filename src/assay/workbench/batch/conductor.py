"""Carries a batch through: who gets what next, who is told, and what happens when one is lost."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from assay.core.errors import NotebookError
from assay.workbench.batch.journal import Item, Journal, Standing
from assay.workbench.batch.outcome import Guard, Outcome, Progress, Render, Renderer
from assay.workbench.batch.planning import Planned
from assay.workbench.batch.task import MOST_ATTEMPTS, Task, ended
from assay.workbench.batch.version import done, failed, settled
from assay.workbench.batch.workers import WorkerLostError
from assay.workbench.closure import imported_ahead
from assay.workbench.project import Project
from assay.workbench.versions import newest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.plan import Plan

_TICK: Final = 0.2
"""Seconds between two looks at what runs, and at what a person asks of the batch."""

_LOST: Final = "the worker that ran it was lost: killed, or cut off"
_BEAT: Final = 5.0
_PYTHON: Final = frozenset({"python", "ipython"})


class Crew(Protocol):
    """Those who carry out tasks.

    Attributes:
        size: how many tasks they carry out at once.
        tells: whether they tell of their steps themselves, so that nobody need look.
        lost: what a future fails with where its worker is gone, and the task may run again.
    """

    size: int
    tells: bool
    lost: tuple[type[BaseException], ...]

    def submit(self, task: Task, wanted: Plan) -> Future[Outcome]:
        """Hands out a task."""
        ...

    def stop(self) -> None:
        """Ends what runs; what ran is kept."""
        ...


@dataclass(slots=True, kw_only=True)
class Conductor:
    """One batch while it runs."""

    project: Project
    journal: Journal
    crew: Crew
    tell: Callable[[Progress], None]
    renderer: Renderer = "auto"
    render: Render | None = None
    guard: Guard | None = None
    fail_fast: bool = False
    anew: Callable[[Planned], Planned] | None = None
    stopped: bool = False
    _waiting: deque[Planned] = field(default_factory=deque)
    _running: dict[Future[Outcome], Planned] = field(default_factory=dict)
    _ahead: set[int] = field(default_factory=set)
    _lost: dict[int, int] = field(default_factory=dict)
    _since: dict[int, float] = field(default_factory=dict)
    _before: dict[int, str | None] = field(default_factory=dict)
    _seen: dict[int, Standing] = field(default_factory=dict)
    _beaten: float = 0.0

    def carry_out(self, items: Sequence[Planned]) -> dict[int, Outcome]:
        """What became of each item, by its number; items that were never begun are `stopped`.

        Raises:
            KeyboardInterrupt: where the batch was interrupted; what ran is then kept, and nothing
                runs any more.
        """
        outcomes: dict[int, Outcome] = {}
        self._waiting.extend(items)
        try:
            while self._goes_on():
                self._hand_out()
                for future in self._finished():
                    planned = self._running.pop(future)
                    outcome = self._settled(planned, future)
                    if outcome is not None:
                        outcomes[planned.item.number] = outcome
                        if self.fail_fast and outcome.state == "failed":
                            self._waiting.clear()
        except BaseException:
            self._stop()
            raise
        if self.stopped:
            self._stop()
        for planned in items:
            outcomes.setdefault(planned.item.number, _stopped(planned.item))
        return outcomes

    def _goes_on(self) -> bool:
        self._beat()
        if self.journal.wish() == "stop":
            self.stopped = True
        return not self.stopped and bool(self._waiting or self._running)

    def _beat(self) -> None:
        if time.monotonic() - self._beaten > _BEAT:
            self._beaten = time.monotonic()
            self.journal.beat()

    def _hand_out(self) -> None:
        while self._waiting and len(self._running) < self.crew.size:
            if self.journal.wish() != "run":
                return
            if self._waiting[0].reads_results and self._running:
                return
            planned = self._with_what_is_there(self._waiting.popleft())
            if planned.plan is None:
                raise ValueError(f"{planned.item.name} has no plan")
            self._before.setdefault(planned.item.number, self._newest(planned.item))
            future = self.crew.submit(self._task(planned, planned.plan), planned.plan)
            self._running[future] = planned
            self._since.setdefault(planned.item.number, time.monotonic())

    def _with_what_is_there(self, planned: Planned) -> Planned:
        """Planned anew where it reads what the batch has published meanwhile."""
        if not planned.reads_results or self.anew is None:
            return planned
        found = self.anew(planned)
        return found if found.plan is not None else planned

    def _task(self, planned: Planned, wanted: Plan) -> Task:
        """With a kernel started ahead only where an item is left for it."""
        ahead = None
        if len(self._ahead) < len(self._waiting):
            upcoming = self._waiting[len(self._ahead)].plan
            ahead = self._modules(upcoming)
        if ahead is not None:
            self._ahead.add(planned.item.number)
        return Task(
            root=self.project.root,
            fingerprint=self.project.fingerprint,
            journal=self.journal.folder,
            item=planned.item,
            renderer=self.renderer,
            render=self.render,
            guard=self.guard,
            modules=self._modules(wanted),
            ahead=ahead,
        )

    def _modules(self, wanted: Plan | None) -> tuple[str, ...] | None:
        if wanted is None or wanted.notebook.language not in _PYTHON:
            return None
        return imported_ahead(wanted.notebook, self.project)

    def _finished(self) -> set[Future[Outcome]]:
        if not self._running:
            time.sleep(_TICK)
            return set()
        finished = wait(self._running, timeout=_TICK, return_when=FIRST_COMPLETED).done
        if not self.crew.tells:
            for future, planned in self._running.items():
                if future not in finished:
                    self._look_at(planned.item)
        return finished

    def _look_at(self, item: Item) -> None:
        standing = self.journal.standing(item.number)
        before = self._seen.get(item.number)
        self._seen[item.number] = standing
        if standing == before:
            return
        if standing.status in {"running", "rendering"}:
            self.tell(
                Progress(
                    report=item.report,
                    set_name=item.set_name,
                    stage=standing.status,
                    cell=standing.cell,
                    cells=standing.cells,
                    attempt=standing.attempts,
                )
            )

    def _settled(self, planned: Planned, future: Future[Outcome]) -> Outcome | None:
        """What became of it; None where it is tried again."""
        item = planned.item
        self._ahead.discard(item.number)
        try:
            outcome = future.result()
        except self.crew.lost as error:
            why = str(error) if isinstance(error, WorkerLostError) else _LOST
            return self._tried_again(planned, why)
        except KeyboardInterrupt:
            if self.crew.tells:
                raise
            return self._tried_again(planned, "the worker that ran it was asked to end (SIGTERM)")
        self.tell(self._told(item, outcome))
        return outcome

    def _newest(self, item: Item) -> str | None:
        found = newest(self.project, item.report, item.set_name)
        return found.id if found else None

    def _put_up(self, planned: Planned) -> Outcome | None:
        """What its worker had put up before it was lost, and did not live to tell of."""
        item, wanted = planned.item, planned.plan
        found = newest(self.project, item.report, item.set_name)
        if found is None or wanted is None or found.key != wanted.key:
            return None
        if found.id == self._before[item.number]:
            return None
        settled(self.project, found, wanted)
        outcome = done(wanted, "published", found, self._since[item.number])
        self.journal.note(item.number, ended(self.journal.standing(item.number), outcome))
        self.tell(self._told(item, outcome))
        return outcome

    def _tried_again(self, planned: Planned, why: str) -> Outcome | None:
        if (outcome := self._put_up(planned)) is not None:
            return outcome
        item = planned.item
        lost = self._lost[item.number] = self._lost.get(item.number, 0) + 1
        standing = self.journal.standing(item.number)
        if lost < MOST_ATTEMPTS:
            self.journal.note(item.number, standing.at("waiting", error=why))
            self._waiting.appendleft(planned)
            self.tell(
                Progress(
                    report=item.report,
                    set_name=item.set_name,
                    stage="retried",
                    attempt=lost + 1,
                    error=why,
                )
            )
            return None
        error = NotebookError(
            f"{why}; {lost} attempts",
            remedy="give it more memory or fewer workers at a time (--workers), or see the "
            f"workers' own words in {self.project.relative(self.journal.log)}",
        )
        key = planned.plan.key if planned.plan else ""
        since = self._since[item.number]
        outcome = failed(self.project, item.report, item.set_name, error, key, since)
        self.journal.note(item.number, ended(standing, outcome))
        self.tell(self._told(item, outcome))
        return outcome

    def _told(self, item: Item, outcome: Outcome) -> Progress:
        return Progress(
            report=item.report,
            set_name=item.set_name,
            stage=outcome.state,
            seconds=outcome.seconds,
            version=outcome.version,
            error=str(outcome.error) if outcome.error else None,
            attempt=self._lost.get(item.number, 0) + 1,
        )

    def _stop(self) -> None:
        """What runs is ended; what its worker did not live to note is noted here."""
        try:
            self.crew.stop()
        finally:
            for planned in self._running.values():
                standing = self.journal.standing(planned.item.number)
                if standing.status in {"running", "rendering"}:
                    self.journal.note(planned.item.number, standing.at("stopped"))


def _stopped(item: Item) -> Outcome:
    return Outcome(report=item.report, set_name=item.set_name, state="stopped", seconds=0.0)
