"""A look at what is watched, in a process beside the kernels of a batch.

The process holds a lock for as long as it looks; whoever puts a version up waits for that lock, in
whatever process, so that a page tells of alerts as they stand after the look. The lock goes with
the process, however that ends.
"""

from __future__ import annotations

import fcntl
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

import assay
from assay.core.errors import AssayError
from assay.core.provenance import SourceState
from assay.workbench.alerts.standing import standing_of, watching_of
from assay.workbench.alerts.store import read_store
from assay.workbench.alerts.watchlist import ALERTS_FILE, read_watchlist
from assay.workbench.dates import today
from assay.workbench.digests import hash_of
from assay.workbench.files import writing
from assay.workbench.inputs import matching

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from assay.workbench.alerts.watchlist import Watchlist
    from assay.workbench.digests import Digests
    from assay.workbench.inputs import InputFiles
    from assay.workbench.project import Project

LONGEST: Final = 300.0
"""Seconds after which a look is ended: reports do not wait longer for it."""
_LOCK: Final = "look.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """Who looks.

    Attributes:
        command: looks at all that is watched when it is run in the project's folder.
        tell: takes a sentence where nobody could look.
        longest: seconds that it may take.
    """

    command: tuple[str, ...]
    tell: Callable[[str], None]
    longest: float = LONGEST


@dataclass(slots=True)
class Looking:
    """A look that goes on."""

    lookout: Lookout
    _process: subprocess.Popen[bytes]
    _said: IO[bytes]
    _late: threading.Timer = field(init=False)
    _over: bool = False

    def __post_init__(self) -> None:
        self._late = threading.Timer(self.lookout.longest, self._process.kill)
        self._late.daemon = True
        self._late.start()

    def end(self) -> None:
        """Waits until it has ended; why it came to nothing is told, once."""
        if self._over:
            return
        self._over = True
        code = self._process.wait()
        self._late.cancel()
        with self._said as file:
            file.seek(0)
            lines = file.read().decode(errors="replace").strip().splitlines()
        if code:
            said = [line.removeprefix("assay: ") for line in lines if line.startswith("assay: ")]
            why = said[-1] if said else f"the look ended with code {code}"
            if code < 0:
                why = f"the look took longer than {self.lookout.longest:g} s, or was killed"
            self.lookout.tell(_complaint(why))

    def stop(self) -> None:
        """Ends it, where it still goes on: what it saw is not kept."""
        if not self._over:
            self._over = True
            self._late.cancel()
            self._process.kill()
            self._process.wait()
            self._said.close()


def looking(
    project: Project,
    lookout: Lookout | None,
    inputs: Iterable[Sequence[InputFiles]],
    digests: Digests,
) -> Looking | None:
    """Begins a look where one is due; None where none is, or none can be begun, which is told.

    Args:
        project: whose data are watched.
        lookout: who looks; None for nobody.
        inputs: of every report that is to be published; where none of them is watched, a look can
            wait.
        digests: of files.
    """
    if lookout is None or not (project.params / ALERTS_FILE).is_file():
        return None
    try:
        watchlist = read_watchlist(project)
        last = read_store(project)[1]
        if not watchlist.watched or not _about(project, inputs):
            return None
        if last.get("state") == state_of(project, watchlist, digests, today(project)):
            return None
        return _begun(project, lookout)
    except AssayError as error:
        lookout.tell(_complaint(str(error)))
        return None


def state_of(project: Project, watchlist: Watchlist, digests: Digests, day: date) -> str:
    """What a look would see, as a hash: data, what is watched in them, and the day if that matters.

    Raises:
        AssayError: where data cannot be read.
    """
    days = [each.until == "today" for each in watchlist.watched.values()]
    dated = any(days) or any(mute.until is not None for mute in watchlist.mutes)
    return hash_of(
        [
            assay.__version__,
            project.settings.project.time_zone,
            repr(watchlist),
            day.isoformat() if dated else "",
            {
                name: _data(project, each.data, digests)
                for name, each in sorted(watchlist.watched.items())
            },
        ]
    )


def await_look(project: Project) -> None:
    """Waits until no look goes on."""
    with suppress(FileNotFoundError), (project.state / _LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


def _about(project: Project, inputs: Iterable[Sequence[InputFiles]]) -> bool:
    known = watching_of(project)
    told = (standing_of(project, each, today(project), known=known) for each in inputs)
    return any(each is not None and each.names for each in told)


def _data(project: Project, watched: str, digests: Digests) -> list[str]:
    found = project.fingerprint(watched)
    if isinstance(found, SourceState):
        return [found.label, found.sha256]
    return [found, *(digests.of(file) for file in matching(found, project.root))]


def _begun(project: Project, lookout: Lookout) -> Looking:
    with writing(project.state):
        project.state.mkdir(parents=True, exist_ok=True)
        lock = (project.state / _LOCK).open("ab")
    with lock:
        # What is inherited is this very lock: it is held until the process is gone.
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = tempfile.TemporaryFile()  # noqa: SIM115  it is read when the process has ended
        process = subprocess.Popen(  # noqa: S603  our own command
            lookout.command,
            cwd=project.root,
            pass_fds=[lock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    return Looking(lookout, process, said)


def _complaint(why: str) -> str:
    return f"nobody looked for alerts: {why}"
