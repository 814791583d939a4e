"""What is told of an item while it runs, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from assay.core.errors import AssayError
from assay.workbench.alerts.looking import Lookout
from assay.workbench.cards import Card
from assay.workbench.kernel import KernelSource
from assay.workbench.project import Project
from assay.workbench.sets import display_name

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.render import Page, Rendered

Guard = Callable[[str, str, str], None]
Renderer = Literal["auto", "quarto", "embedded"]
State = Literal["published", "current", "waiting", "failed", "stopped"]
Stage = Literal["running", "rendering", "retried"] | State


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is happening to a report now; `cell` of `cells` while it runs.

    Attributes:
        attempt: which one it is; more than 1 where workers were lost.
        seconds: how long it took; of stages that end an item.
        version: what was published, or is current.
        error: why it failed, is tried again, or what it waits for.
    """

    report: str
    set_name: str
    stage: Stage
    cell: int = 0
    cells: int = 0
    attempt: int = 1
    seconds: float = 0.0
    version: str | None = None
    error: str | None = None

    @property
    def name(self) -> str:
        """What people call it: the report, and its set where it has several."""
        return display_name(self.report, self.set_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A batch that begins.

    Attributes:
        workers: how many items run at once.
        items: how many there are, those included that need no run.
        to_run: report, set, and the seconds that past runs took, where there were any.
    """

    batch: str
    workers: int
    items: int
    to_run: tuple[tuple[str, str, float | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one report in one parameter set.

    Attributes:
        state: `waiting` where it was never published and its rows are still to be made, or where
            the same was withdrawn; `stopped` where it was ended, or never begun, as the batch was.
        error: why it failed, or what it waits for.
    """

    report: str
    set_name: str
    state: State
    seconds: float
    version: str | None = None
    error: AssayError | None = None

    @property
    def name(self) -> str:
        """What people call it: the report, and its set where it has several."""
        return display_name(self.report, self.set_name)


class Render(Protocol):
    """Turns an executed notebook into page, paper and thumbnail."""

    def __call__(self, page: Page, out: Path, *, renderer: Renderer) -> Rendered:
        """As `assay.workbench.render.render`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What publishing works with; None stands for what Assay brings along.

    Kernels that are given serve this process, so that one item runs after the other. A renderer
    that is given must be a function of a module where workers are to use it; so must a guard.

    Attributes:
        guard: called with report, set and id right before a version is put up; what it raises ends
            the publishing, and no report is told to have failed for it.
        look: who looks at what is watched, where that is due, before versions are put up.
    """

    kernels: KernelSource | None = None
    render: Render | None = None
    write_index: Callable[[Project, Sequence[Card]], object] | None = None
    guard: Guard | None = None
    look: Lookout | None = None
