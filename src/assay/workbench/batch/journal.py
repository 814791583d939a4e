"""A batch as it stands on the disk: its plan, each item's state, and what it is asked to do."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.core.errors import ProjectError, nearest
from assay.workbench.batch.outcome import Renderer
from assay.workbench.files import json_text, read_json, replace_file, writing
from assay.workbench.sets import display_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.workbench.project import Project

Status = Literal[
    "waiting", "running", "rendering", "published", "current", "unready", "failed", "stopped"
]
Wish = Literal["run", "pause", "stop"]
Condition = Literal["running", "paused", "ended", "stopped", "interrupted"]

UNDONE: Final = frozenset({"waiting", "running", "rendering", "failed", "stopped"})
"""What a retry takes up; what runs in a batch that is no more was cut off."""

_KEPT: Final = 50
_PLAN: Final = "batch.json"
_WISH: Final = "wish"
_OWNER: Final = "owner"
_PULSE: Final = "pulse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One report in one parameter set.

    Attributes:
        given: the values that the set names; None where the sets could not be read.
    """

    number: int
    report: str
    set_name: str
    given: Mapping[str, Any] | None

    @property
    def name(self) -> str:
        """What people call it."""
        return display_name(self.report, self.set_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an item stands.

    Attributes:
        attempts: how often it was begun.
        begun: when, the last time; ISO.
        seconds: how long it took; None before its end.
        worker: the process that has it, as `host:number`.
    """

    status: Status = "waiting"
    attempts: int = 0
    begun: str | None = None
    seconds: float | None = None
    worker: str | None = None
    cell: int = 0
    cells: int = 0
    version: str | None = None
    error: str | None = None

    def at(self, status: Status, **changes: Any) -> Standing:  # noqa: ANN401  any field
        """The same with another status."""
        return replace(self, status=status, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a batch was asked for; a retry asks for the same."""

    as_of: str
    renderer: Renderer = "auto"
    force: bool = False
    workers: int = 1
    cluster: str | None = None
    fail_fast: bool = False


@dataclass(frozen=True, slots=True)
class Journal:
    """The folder of one batch, `.assay/batches/<id>/`; its id sorts by time."""

    folder: Path

    @property
    def id(self) -> str:
        """As people name it."""
        return self.folder.name

    @classmethod
    def begin(
        cls, project: Project, items: Sequence[Item], options: Options, *, after: str | None = None
    ) -> Journal:
        """A new one, with all its items waiting; the oldest ones go.

        Args:
            project: whose batch it is.
            items: in the order in which they are to run.
            options: how it was asked for.
            after: the batch that it retries.
        """
        shelf = _shelf(project)
        with writing(shelf):
            shelf.mkdir(parents=True, exist_ok=True)
            journal = cls(_new_folder(shelf))
            (journal.folder / "items").mkdir()
        plan = {
            "batch": journal.id,
            "begun": _now(),
            "ended": None,
            "process": os.getpid(),
            "host": socket.gethostname(),
            "after": after,
            "options": asdict(options),
            "items": [asdict(item) for item in items],
        }
        replace_file(journal.folder / _PLAN, json_text(plan))
        for old in sorted(_folders(project))[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return journal

    def plan(self) -> dict[str, Any]:
        """What it was to do.

        Raises:
            ProjectError: where it cannot be read.
        """
        return read_json(self.folder / _PLAN)

    def items(self) -> tuple[Item, ...]:
        """In the order of their numbers."""
        return tuple(Item(**item) for item in self.plan()["items"])

    def options(self) -> Options:
        """How it was asked for."""
        return Options(**self.plan()["options"])

    def standing(self, number: int) -> Standing:
        """How an item stands now; one that nobody has written of waits."""
        file = self._file(number)
        try:
            return Standing(**read_json(file))
        except ProjectError:
            return Standing()

    def note(self, number: int, standing: Standing) -> None:
        """Writes how an item stands."""
        replace_file(self._file(number), json_text(asdict(standing)))

    def end(self, *, stopped: bool) -> None:
        """Notes that nothing of it runs any more."""
        ended = {"ended": _now(), "stopped": stopped}
        replace_file(self.folder / _PLAN, json_text(self.plan() | ended))

    @property
    def log(self) -> Path:
        """What its workers print."""
        return self.folder / "workers.log"

    def wish(self) -> Wish:
        """What a person has asked of it since it began."""
        try:
            text = (self.folder / _WISH).read_text(encoding="utf-8")
        except OSError:
            return "run"
        return "stop" if text == "stop" else "pause" if text == "pause" else "run"

    def ask(self, wish: Wish) -> None:
        """Asks it to pause, go on, or stop."""
        replace_file(self.folder / _WISH, wish)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Tells everybody that its process lives, for as long as the context lasts."""
        with (self.folder / _OWNER).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def beat(self) -> None:
        """Tells workers on other machines that its process lives."""
        (self.folder / _PULSE).touch()

    def pulse(self) -> int:
        """Changes as long as its process lives."""
        try:
            return (self.folder / _PULSE).stat().st_mtime_ns
        except OSError:
            return 0

    def condition(self) -> Condition:
        """Whether it runs, ended, or was cut off with its process."""
        plan = self.plan()
        if plan["ended"]:
            return "stopped" if plan["stopped"] else "ended"
        if not self._is_owned():
            return "interrupted"
        return "paused" if self.wish() == "pause" else "running"

    def _is_owned(self) -> bool:
        try:
            with (self.folder / _OWNER).open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def _file(self, number: int) -> Path:
        return self.folder / "items" / f"{number:05}.json"


def journals(project: Project) -> tuple[Journal, ...]:
    """All that are kept, oldest first."""
    return tuple(Journal(folder) for folder in sorted(_folders(project)))


def find_journal(project: Project, name: str | None = None) -> Journal:
    """The batch of that id or of the only one that begins so; the newest where none is named.

    Raises:
        ProjectError: where there is none.
    """
    known = journals(project)
    if not known:
        raise ProjectError("there is no batch yet", remedy="begin one with `assay publish`")
    if name is None:
        return known[-1]
    found = [journal for journal in known if journal.id.startswith(name)] if name else []
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(journal.id for journal in found)
        raise ProjectError(f"several batches begin with {name!r}", remedy=f"one of {ids}")
    raise ProjectError(
        f"there is no batch {name!r}", remedy=nearest(name, (journal.id for journal in known))
    )


def _shelf(project: Project) -> Path:
    return project.state / "batches"


def _folders(project: Project) -> list[Path]:
    return [file.parent for file in _shelf(project).glob(f"*/{_PLAN}")]


def _new_folder(shelf: Path) -> Path:
    while True:
        moment = datetime.now(UTC)
        folder = shelf / f"{moment:%Y-%m-%dT%H%M%S}-{moment.microsecond // 1000:03}Z"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
