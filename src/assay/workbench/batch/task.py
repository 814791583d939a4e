"""One item as a worker is told of it, in plain arguments, and how the worker carries it out."""

from __future__ import annotations

import os
import socket
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from assay.core.errors import AssayError, NotebookError
from assay.core.provenance import Fingerprint
from assay.workbench.batch.journal import Item, Journal, Standing
from assay.workbench.batch.outcome import Guard, Outcome, Render, Renderer
from assay.workbench.batch.version import ForbiddenError, Maker, Tell, failed
from assay.workbench.catalogue import find_report
from assay.workbench.plan import plan
from assay.workbench.project import Project
from assay.workbench.runs import digests_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.workbench.digests import Digests
    from assay.workbench.kernel import KernelSource
    from assay.workbench.plan import Plan
    from assay.workbench.warm import WarmKernels

MOST_ATTEMPTS: Final = 3
"""How often an item is begun where workers are lost with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One item for a worker, wherever that is; it finds the rest on the file system.

    Attributes:
        root: the project's folder.
        journal: the batch's folder.
        modules: what the item's kernel imports; None where its kernel is not ours to prepare.
        ahead: what the kernel of the item that comes after it will import; None where none comes.
    """

    root: Path
    fingerprint: Fingerprint
    journal: Path
    item: Item
    renderer: Renderer
    render: Render | None = None
    guard: Guard | None = None
    modules: tuple[str, ...] | None = None
    ahead: tuple[str, ...] | None = None


class Bench:
    """What a worker keeps from one item to the next: kernels started ahead, and known hashes.

    Used by one thread.

    Args:
        kernels: other ones than those that are started ahead.
    """

    def __init__(self, kernels: KernelSource | None = None) -> None:
        self._kernels = kernels
        self._open = ExitStack()
        self._warm: WarmKernels | None = None
        self._place: tuple[Path, Project, Digests] | None = None

    def do(self, task: Task, wanted: Plan | None = None, tell: Tell | None = None) -> Outcome:
        """Runs, renders and puts up one item; a failure is an outcome as well.

        Args:
            task: what is to be done.
            wanted: its plan, where this very process has made it.
            tell: told of every step, beside the journal.
        """
        since, item, journal = time.monotonic(), task.item, Journal(task.journal)
        standing = begun(journal.standing(item.number))
        journal.note(item.number, standing)

        def note(stage: Literal["running", "rendering"], cell: int, cells: int) -> None:
            journal.note(item.number, standing.at(stage, cell=cell, cells=cells))
            if tell is not None:
                tell(stage, cell, cells)

        def is_ours() -> bool:
            return journal.standing(item.number).attempts == standing.attempts

        try:
            outcome = self._outcome(task, wanted, note, is_ours, since)
        except ForbiddenError as forbidden:
            journal.note(item.number, standing.at("stopped", seconds=_passed(since)))
            raise forbidden.cause from None
        except KeyboardInterrupt:
            self.close()
            journal.note(item.number, standing.at("stopped", seconds=_passed(since)))
            raise
        if is_ours():
            journal.note(item.number, ended(standing, outcome))
        return outcome

    def close(self) -> None:
        """Ends the kernels that nobody took."""
        self._warm = None
        self._open.close()

    def _outcome(
        self,
        task: Task,
        wanted: Plan | None,
        tell: Tell,
        is_ours: Callable[[], bool],
        since: float,
    ) -> Outcome:
        item = task.item
        project, digests = self._at(task)
        warm = self._prepared(task, project)
        try:
            wanted = wanted or plan(
                project,
                find_report(project, item.report),
                item.given or {},
                digests=digests,
                set_name=item.set_name,
            )
            if warm is not None and task.ahead is not None:
                warm.ahead(project.root, task.ahead)
        except AssayError as error:
            return failed(project, item.report, item.set_name, error, "", since)
        maker = Maker(
            project=project,
            renderer=task.renderer,
            kernels=self._kernels or warm,
            render=task.render,
            still_wanted=is_ours,
            guard=task.guard,
            anew=Journal(task.journal).options().force,
        )
        try:
            return maker.outcome(wanted, tell, since=since)
        except ForbiddenError:
            raise
        except Exception as error:  # noqa: BLE001  one item's mishap is not the others'
            traceback.print_exc()
            mishap = NotebookError(
                f"{item.name} could not be published: {type(error).__name__}: {error}",
                remedy="this is a mistake in Assay; please report it with the traceback above",
            )
            return failed(project, item.report, item.set_name, mishap, wanted.key, since)

    def _at(self, task: Task) -> tuple[Project, Digests]:
        if self._place is None or self._place[0] != task.journal:
            project = Project.at(task.root, fingerprint=task.fingerprint)
            self._place = (task.journal, project, digests_of(project))
        return self._place[1:]

    def _prepared(self, task: Task, project: Project) -> WarmKernels | None:
        """Kernels, among them one for this item: it starts while we import what runs it."""
        from assay.workbench.warm import WarmKernels  # noqa: PLC0415  not where it is only sent

        if self._kernels is not None:
            return None
        if self._warm is None:
            self._warm = self._open.enter_context(WarmKernels())
        if task.modules is not None and not self._warm.waiting:
            self._warm.ahead(project.root, task.modules)
        return self._warm


def begun(standing: Standing) -> Standing:
    """How an item stands that this process begins now."""
    return Standing(
        status="running",
        attempts=standing.attempts + 1,
        begun=datetime.now(UTC).isoformat(timespec="milliseconds"),
        worker=f"{socket.gethostname()}:{os.getpid()}",
    )


def ended(standing: Standing, outcome: Outcome) -> Standing:
    """How an item stands when this became of it."""
    return standing.at(
        "unready" if outcome.state == "waiting" else outcome.state,
        seconds=outcome.seconds,
        version=outcome.version,
        error=str(outcome.error) if outcome.error else None,
    )


def _passed(since: float) -> float:
    return round(time.monotonic() - since, 3)
