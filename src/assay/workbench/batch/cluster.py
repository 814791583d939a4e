"""A Dask cluster that carries out a batch: its workers need the same files, and nothing else."""

from __future__ import annotations

import threading
from concurrent.futures import BrokenExecutor, CancelledError, Future, wait
from concurrent.futures import TimeoutError as NotYetError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from assay import __version__
from assay.core.errors import ProjectError
from assay.workbench.batch.journal import Journal
from assay.workbench.batch.outcome import Outcome
from assay.workbench.batch.worker import work
from assay.workbench.batch.workers import WorkerLostError, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.batch.task import Task
    from assay.workbench.plan import Plan

_PATIENCE: Final = 20.0
"""Seconds until a scheduler must answer, and until what runs must have ended."""

_PAUSE: Final = 0.5
_SILENCE: Final = 60.0
"""Seconds without a sign of life from the batch's own process, until its workers give up."""

_SEATS: Final[dict[int, Workers]] = {}
"""On a machine of the cluster: the process beside each of its threads that runs the items."""


class Cluster:
    """The workers of a Dask scheduler."""

    tells = False

    def __init__(self, client: Any, journal: Journal, lost: type[BaseException]) -> None:  # noqa: ANN401  Dask has no types
        self.size = max(1, sum(client.nthreads().values()))
        self.lost: tuple[type[BaseException], ...] = (BrokenExecutor, CancelledError, lost)
        self._journal = journal
        self._executor = client.get_executor(pure=False)
        self._handed_out: set[Future[Outcome]] = set()

    def submit(self, task: Task, wanted: Plan) -> Future[Outcome]:  # noqa: ARG002  they plan anew
        """Hands the task to the scheduler, which gives it to another worker where one is lost."""
        future: Future[Outcome] = self._executor.submit(carry, task)
        self._handed_out.add(future)
        return future

    def stop(self) -> None:
        """Asks every worker, through the batch's folder, to end what it does."""
        self._journal.ask("stop")
        wait(self._handed_out, timeout=_PATIENCE)


@contextmanager
def cluster(address: str, journal: Journal) -> Iterator[Cluster]:
    """The cluster of a scheduler, once each of its workers has seen the project's files.

    Raises:
        ProjectError: where Dask is not installed, nobody answers, there are no workers, or one of
            them has other files or another version of Assay.
    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415  an extra
    except ImportError:
        raise ProjectError(
            "a cluster needs Dask, which is not installed",
            remedy="pip install 'assay[cluster]', here and on the workers",
        ) from None
    try:
        client = Client(  # type: ignore[no-untyped-call]
            address, timeout=_PATIENCE, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ProjectError(
            f"no Dask scheduler answers at {address}: {str(error) or 'it took too long'}",
            remedy="start one with `dask scheduler`, and name its address: tcp://HOST:8786",
        ) from None
    with client:
        _insist_on_same_files(client, journal)
        try:
            yield Cluster(client, journal, KilledWorker)
        finally:
            with suppress(OSError):
                client.run(let_go)


def _insist_on_same_files(client: Any, journal: Journal) -> None:  # noqa: ANN401  Dask has no types
    mark = uuid4().hex
    probe = journal.folder / "probe"
    probe.write_text(mark, encoding="utf-8")
    try:
        seen = client.run(see, str(probe), on_error="return")
    finally:
        probe.unlink(missing_ok=True)
    if not seen:
        raise ProjectError(
            "the cluster has no workers",
            remedy="start some with `dask worker tcp://HOST:8786`, where the project's files are",
        )
    for worker, answer in seen.items():
        if isinstance(answer, Exception):
            raise ProjectError(
                f"the worker {worker} cannot run Assay: {type(answer).__name__}: {answer}",
                remedy="install the same Assay there as here",
            )
        version, content = answer
        if version != __version__:
            raise ProjectError(
                f"the worker {worker} has Assay {version}, expected {__version__}",
                remedy="install the same Assay there as here",
            )
        if content != mark:
            raise ProjectError(
                f"the worker {worker} does not see {journal.folder}",
                remedy="workers need the project under the same path: on a shared file system",
            )


def see(probe: str) -> tuple[str, str]:
    """What a worker finds in a file, and its version of Assay."""
    try:
        return __version__, Path(probe).read_text(encoding="utf-8")
    except OSError:
        return __version__, ""


def carry(task: Task) -> Outcome:
    """Carries out one item on a worker of the cluster, in a process of its own beside it.

    So a kernel may be killed, and a signal heard, whatever threads the worker consists of; and the
    process ends with the worker.
    """
    journal, seat = Journal(task.journal), _seat(task)
    future = seat.submit(work, task)
    quiet, pulse = 0.0, journal.pulse()
    while True:
        try:
            return future.result(_PAUSE)
        except NotYetError:
            before, pulse = pulse, journal.pulse()
            quiet = quiet + _PAUSE if pulse == before else 0.0
            if journal.wish() == "stop" or quiet > _SILENCE:
                seat.stop()
                _SEATS.pop(threading.get_ident(), None)
                return Outcome(
                    report=task.item.report,
                    set_name=task.item.set_name,
                    state="stopped",
                    seconds=0.0,
                )
        except KeyboardInterrupt:
            raise WorkerLostError("the worker that ran it was asked to end") from None


def _seat(task: Task) -> Workers:
    mine = threading.get_ident()
    if mine not in _SEATS:
        _SEATS[mine] = Workers(1, Journal(task.journal).log)
    return _SEATS[mine]


def let_go() -> None:
    """Ends the processes beside a worker, when the batch is over."""
    while _SEATS:
        _, seat = _SEATS.popitem()
        seat.shutdown(wait=False)
