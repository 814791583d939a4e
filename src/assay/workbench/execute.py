"""Executes a notebook in a folder of its own, and says truthfully whether it ran to its end."""

from __future__ import annotations

import copy
import json
import math
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from assay.core.errors import AssayError, NotebookError
from assay.core.language import VARIABLE as LANGUAGE_VARIABLE
from assay.core.project import PROJECT_VARIABLE
from assay.workbench.engine import NotebookExecutionManager, PapermillNotebookClient
from assay.workbench.executed import Executed, RunFailedError
from assay.workbench.failure import (
    Failure,
    kernel_died,
    not_run,
    raised_in,
    too_big,
    too_long,
    too_much,
)
from assay.workbench.files import json_text, read_json, write_atomically
from assay.workbench.handoff import EMPTY_RESULT, RUN_VARIABLE, check_result
from assay.workbench.kernels import QUIET, FreshKernels, kernel_name
from assay.workbench.language import language_of
from assay.workbench.layout import ERROR_FILE, LOG_FILE, NOTEBOOK_FILE, RESULT_FILE
from assay.workbench.literals import assignments
from assay.workbench.notebook import INJECTED, PARAMETERS, belongs_to_a_run
from assay.workbench.outputs import MOST, Tally, gather_streams
from assay.workbench.secrets import Mask
from assay.workbench.watch import watched

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assay.workbench.kernel import Kernel, KernelSource
    from assay.workbench.notebook import Notebook
    from assay.workbench.parameters import Form, Values
    from assay.workbench.project import Limits, Project

_OUTPUTS: Final = frozenset({"stream", "display_data", "execute_result", "update_display_data"})


def execute(  # noqa: PLR0913  what runs, with what, where, and who is told
    notebook: Notebook,
    form: Form,
    given: Values,
    *,
    folder: Path,
    project: Project,
    progress: Callable[[int, int], None] | None = None,
    kernels: KernelSource | None = None,
) -> Executed:
    """Runs every cell with the given parameters; leaves notebook and result in `folder`.

    Complete means: the kernel lived to the end, every code cell with source has an execution count,
    no cell shows an error, and a notebook that hands over has left its result. What papermill notes
    about cells is not looked at: it calls cells completed that a killed kernel never ran.

    Args:
        notebook: as it was read when the run was planned.
        form: its parameters.
        given: checked values of those that were named.
        folder: exists, and is seen by nobody else yet.
        project: its folder is where the kernel stands, its limits are what the run may take.
        progress: told the number of the cell that begins, and how many there are.
        kernels: where the kernel comes from; a fresh one by default.

    Raises:
        RunFailedError: with the first cause; `folder` then holds the notebook as far as it came and
            `error.json`.
    """
    mask = Mask.of(given)
    document = injected(notebook, form, given)
    name = kernel_name(notebook)
    log = folder / LOG_FILE
    environment = {
        RUN_VARIABLE: str(folder),
        PROJECT_VARIABLE: str(project.root),
        LANGUAGE_VARIABLE: language_of(notebook, project),
    }
    begun = time.monotonic()
    source = kernels or FreshKernels()
    failure: Failure | None = None
    seconds: dict[str, float] = {}
    try:
        try:
            with source.kernel(name, cwd=project.root, environment=environment, log=log) as kernel:
                seconds["kernel"] = time.monotonic() - begun
                failure = _run_cells(document, kernel, project.limits, progress or _silent)
                if failure is not None:
                    kernel.kill()
        finally:
            mask.over_run(document, folder)
        seconds["cells"] = time.monotonic() - begun - seconds["kernel"]
        failure = failure or raised_in(document.cells) or not_run(document.cells)
        result = _handed_over(notebook, folder) if failure is None else EMPTY_RESULT
    except KeyboardInterrupt:
        _keep(
            folder,
            document,
            Failure(name="Interrupted", value="stopped from outside before its end"),
        )
        raise
    except AssayError as error:
        failure = Failure(name=type(error).__name__, value=str(error), own=True)
    failure = mask.over_failure(failure)
    if failure is not None:
        _keep(folder, document, failure)
        raise RunFailedError(failure)
    _save(folder, document)
    log.unlink(missing_ok=True)
    return Executed(
        notebook=document,
        result=result,
        seconds={step: round(spent, 3) for step, spent in seconds.items()},
        cells=sum(cell.is_code for cell in notebook.cells),
    )


def injected(notebook: Notebook, form: Form, given: Values) -> Any:  # noqa: ANN401
    """The notebook with a cell of the given values behind its parameters cell, without outputs.

    Values are written as Python literals, so that nothing in them can be run.

    Raises:
        NotebookError: where values are given to a notebook that is not in Python.
    """
    document = _clean(notebook)
    document.cells = [
        cell
        for cell in document.cells
        if belongs_to_a_run(cell.source, cell.metadata.get("tags", ()))
    ]
    if given:
        tags = [cell.metadata.get("tags", ()) for cell in document.cells]
        at = next(index for index, found in enumerate(tags) if PARAMETERS in found)
        document.cells.insert(at + 1, _injected_cell(form, given))
    document.metadata["papermill"] = {"parameters": given}
    return document


def _clean(notebook: Notebook) -> Any:  # noqa: ANN401
    raw: dict[str, Any] = {"metadata": {}, "nbformat_minor": 5} | copy.deepcopy(notebook.raw)
    for number, cell in enumerate(raw["cells"]):
        cell.setdefault("metadata", {})
        cell.setdefault("id", f"cell-{number}")
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    ids = [cell["id"] for cell in raw["cells"]]
    document: Any = nbformat.v4.reads(json.dumps(raw))  # type: ignore[no-untyped-call]
    document = nbformat.v4.upgrade(document)  # type: ignore[no-untyped-call]
    for cell, name in zip(document.cells, ids, strict=True):
        # The upgrade of an old notebook makes new ones at random.
        cell.id = name
    try:
        nbformat.validate(document)
    except nbformat.ValidationError as error:
        raise NotebookError(
            f"{notebook.path.name} is not a valid notebook: {error.message}",
            remedy="open and save it in JupyterLab",
        ) from None
    return document


def _injected_cell(form: Form, given: Values) -> Any:  # noqa: ANN401
    return nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
        f"# Parameters\n{assignments(form, given)}",
        id="injected-parameters",
        metadata={"tags": [INJECTED]},
    )


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """Takes also what Altair calls its charts: its name, in `.json`, is none to nbformat.

    Attributes:
        is_too_much: asked of each output; where it says yes, that and all others are dropped.
    """

    is_too_much: Callable[[object, int], bool]

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:  # noqa: ANN401
        """As nbclient does it."""
        if msg["msg_type"] in _OUTPUTS and self.is_too_much(msg["content"], cell_index):
            return None
        data = msg["content"].get("data") or {}
        for media in [name for name in data if name.endswith(".json") and "+" not in name]:
            data[f"{media.removesuffix('.json')}+json"] = data.pop(media)
        return super().process_message(msg, cell, cell_index)


def _run_cells(
    document: Any,  # noqa: ANN401
    kernel: Kernel,
    limits: Limits,
    progress: Callable[[int, int], None],
) -> Failure | None:
    total = len(document.cells)
    reached: list[int] = []
    beyond: list[int] = []

    def begins(cell: Any, cell_index: int) -> None:  # noqa: ANN401, ARG001  nbclient's signature
        reached.append(cell_index)
        progress(cell_index + 1, total)

    manager = NotebookExecutionManager(document, progress_bar=False, autosave_cell_every=0)
    client = _Client(
        manager,
        km=kernel.manager,
        log=QUIET,
        timeout=math.ceil(limits.cell),
        startup_timeout=math.ceil(limits.start),
        iopub_timeout=math.ceil(limits.start),
        force_raise_errors=True,
        on_cell_start=begins,
    )
    tally = Tally(document.cells)
    with watched(kernel, limits) as watch:

        def is_too_much(content: object, cell_index: int) -> bool:
            if watch.passed is None and tally.is_over(content):
                watch.passed = "output"
                beyond.append(cell_index)
                kernel.kill()
            return watch.passed == "output"

        client.is_too_much = is_too_much
        try:
            manager.notebook_start()
            client.execute()
        except CellTimeoutError:
            return too_long(document.cells, reached[-1], what="cell", limit=limits.cell)
        except (DeadKernelError, RuntimeError):
            at = reached[-1] if reached else None
            if watch.passed == "time":
                return too_long(document.cells, at, what="run", limit=limits.run)
            if watch.passed == "memory":
                return too_big(document.cells, at, peak=watch.peak, limit=limits.memory)
            if watch.passed == "output":
                return too_much(document.cells, beyond[-1], limit=MOST)
            return kernel_died(document.cells, at, kernel)
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            gather_streams(document.cells)
            _forget_papermills_account(document)
    return None


def _forget_papermills_account(document: Any) -> None:  # noqa: ANN401
    """Papermill calls cells completed that never ran; only the parameters are true in any case."""
    for cell in document.cells:
        cell.metadata.pop("papermill", None)
    parameters = document.metadata["papermill"]["parameters"]
    document.metadata["papermill"] = {"parameters": parameters}


def _handed_over(notebook: Notebook, folder: Path) -> dict[str, Any]:
    file = folder / RESULT_FILE
    if not file.exists():
        if notebook.hands_over:
            raise NotebookError(
                f"{notebook.path.name} calls hand_over(), but left no result",
                remedy="call it in a cell that always runs",
            )
        write_atomically(file, json_text(EMPTY_RESULT))
    result = read_json(file)
    check_result(result)
    return result


def _keep(folder: Path, document: Any, failure: Failure) -> None:  # noqa: ANN401
    _save(folder, document)
    write_atomically(folder / ERROR_FILE, json_text(asdict(failure)))


def _save(folder: Path, document: Any) -> None:  # noqa: ANN401
    text = nbformat.v4.writes(document)  # type: ignore[no-untyped-call]
    write_atomically(folder / NOTEBOOK_FILE, f"{text}\n")


def _silent(_cell: int, _cells: int) -> None:
    """Nobody wants to know."""
