"""Kernels: started in a process group and a private folder of their own, and surely ended."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_client.kernelspec import (
    NATIVE_KERNEL_NAME,
    KernelSpec,
    KernelSpecManager,
    NoSuchKernel,
)
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop, run_sync

from assay.core.errors import NotebookError, nearest
from assay.workbench import launch, plotting
from assay.workbench.files import sweep, writing
from assay.workbench.kernel import HOME_VARIABLE, Kernel, end_strays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assay.workbench.notebook import Notebook

_SOCKET_PATH_MAX: Final = 90
"""A Unix socket's path has at most 103 bytes on macOS, 107 on Linux; "/k-ipc-5" comes on top."""

_FOLDER: Final = "assay-"
"""Begins the name of a kernel's folder."""

_OWN_IPYTHON: Final = "ipython"

_PATIENCE: Final = 10.0
"""Seconds that a kernel has to end when it is asked to."""

_GLANCE: Final = 0.01
"""Seconds between two looks whether it has."""

QUIET: Final = logging.getLogger("assay.workbench.kernel")
"""Takes what Jupyter logs: causes reach people as errors, not as lines between others."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


class FreshKernels:
    """Starts a kernel when it is asked for."""

    @contextmanager
    def kernel(
        self, name: str, *, cwd: Path, environment: Mapping[str, str], log: Path
    ) -> Iterator[Kernel]:
        """A kernel that listens on sockets in its own folder, never on shared ports.

        Raises:
            NotebookError: where its process cannot be started.
        """
        with (
            event_loop(),
            private_folder() as folder,
            serving(start(name, folder, cwd, environment, log)) as kernel,
        ):
            yield kernel


def kernel_name(notebook: Notebook) -> str:
    """The kernel to run a notebook on.

    Python notebooks whose own kernel is not installed here run on the Python that runs Assay: the
    name that was saved is an accident of the machine on which the notebook was written.

    Raises:
        NotebookError: where the language has no kernel here.
    """
    installed = KernelSpecManager(log=QUIET).find_kernel_specs()
    if notebook.kernel in installed and notebook.kernel != NATIVE_KERNEL_NAME:
        return notebook.kernel
    if notebook.language in {"python", "ipython"}:
        return NATIVE_KERNEL_NAME
    raise NotebookError(
        f"{notebook.path.name} asks for the kernel {notebook.kernel!r} ({notebook.language}), "
        "which is not installed",
        remedy=nearest(notebook.kernel, installed),
    )


class _OwnKernel(KernelSpecManager):
    """Only the kernel of this very Python, not one that another environment has registered."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """How it is started: by our own script, which see."""
        return KernelSpec(
            argv=[sys.executable, launch.__file__, "-f", "{connection_file}"],
            display_name=kernel_name,
            language="python",
            resource_dir="",
        )


def start(  # noqa: PLR0913  what it is, and where it stands
    name: str,
    folder: Path,
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    *,
    ahead: Sequence[str] = (),
) -> Kernel:
    """Starts a kernel's process, and does not wait until it answers.

    Args:
        name: of the kernel.
        folder: private, with a path that is short enough for sockets.
        cwd: where it stands.
        environment: what its process finds beside our own environment.
        log: takes what the process itself prints.
        ahead: modules that it imports before it answers; only our own Python's kernel does so.

    Raises:
        NotebookError: where it cannot be started.
    """
    specs = _OwnKernel(log=QUIET) if name == NATIVE_KERNEL_NAME else KernelSpecManager(log=QUIET)
    manager = AsyncKernelManager(
        kernel_name=name,
        kernel_spec_manager=specs,
        connection_file=str(folder / "k.json"),
        transport="ipc",
        shutdown_wait_time=_PATIENCE,
        log=QUIET,
    )
    own = {
        HOME_VARIABLE: str(folder / _OWN_IPYTHON),
        # Sets print in the same order in every run.
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **plotting.environment(os.environ),
    }
    extra = ["--HistoryManager.enabled=False", *plotting.OPTIONS] * manager.ipykernel
    if ahead and name == NATIVE_KERNEL_NAME:
        extra += [launch.AHEAD, ",".join(ahead)]
    with writing(log):
        output = log.open("wb")
    with output:
        try:
            run_sync(manager.start_kernel)(
                cwd=str(cwd),
                env={**os.environ, **own, **environment},
                stdout=output,
                stderr=output,
                extra_arguments=extra,
            )
        except (OSError, NoSuchKernel) as error:
            raise NotebookError(f"the kernel {name!r} cannot be started: {error}") from error
    provisioner: Any = manager.provisioner
    return Kernel(manager=manager, process=provisioner.process, cwd=cwd, folder=folder, log=log)


@contextmanager
def serving(kernel: Kernel) -> Iterator[Kernel]:
    """Asks the kernel to end when the context does, and kills it in every case."""
    try:
        yield kernel
        _shut_down(kernel)
    finally:
        end(kernel)


def _shut_down(kernel: Kernel) -> None:
    """Asks first, so that files which the notebook left open are written and closed.

    Jupyter's own `shutdown_kernel` would interrupt it before it asks: an idle kernel needs no
    interrupt, and one that comes while the last cell's handlers are undone cuts the closing short.
    """
    if kernel.exit_code() is None:
        run_sync(kernel.manager.request_shutdown)()
        run_sync(kernel.manager.finish_shutdown)(pollinterval=_GLANCE)


def end(kernel: Kernel) -> None:
    """Kills it, waits until it is gone, and lets go of what spoke with it.

    What it started in sessions of their own, as daemons are, is told by the environment.
    """
    kernel.kill()
    kernel.process.wait()
    end_strays(str(kernel.folder / _OWN_IPYTHON))
    if kernel.process.stdin is not None:
        kernel.process.stdin.close()
    run_sync(kernel.manager.cleanup_resources)()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this user can enter, with a path short enough for sockets."""
    folder = _short_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _short_folder() -> Path:
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  mode 0700, unguessable
        sweep(parent, _FOLDER)
        folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-", dir=parent))
        if len(os.fsencode(folder)) <= _SOCKET_PATH_MAX:
            return folder
        folder.rmdir()
    raise NotebookError(
        f"{folder} is too long a path for a kernel's sockets",
        remedy="set TMPDIR to a folder with a short path",
    )


@contextmanager
def event_loop() -> Iterator[None]:
    """The loop on which Jupyter's blocking calls run; Jupyter itself never closes it."""
    loop = ensure_event_loop()
    loop.set_exception_handler(_told_to_nobody)
    try:
        yield
    finally:
        if not loop.is_running():
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()


def _told_to_nobody(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What is left of a task that an interrupt cut off is no news: the run itself tells its end."""
    QUIET.debug("%s", context.get("message"), exc_info=context.get("exception"))
