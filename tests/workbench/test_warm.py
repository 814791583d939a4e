"""Kernels that are started ahead serve one run each, as fresh ones do."""

import os
import signal
from pathlib import Path

import pytest

from assay.workbench.execute import execute
from assay.workbench.executed import RunFailedError
from assay.workbench.notebook import Notebook
from assay.workbench.parameters import Form
from assay.workbench.warm import WarmKernels


def run(workshop, path: Path, kernels: WarmKernels, folder: str = "out"):
    out = workshop.root / folder
    out.mkdir()
    notebook = Notebook.read(path)
    form = Form.of(notebook, report="x")
    return execute(notebook, form, {}, folder=out, project=workshop.project, kernels=kernels)


SAYS = "import os, sys\nprint(os.getpid(), 'colorsys' in sys.modules, os.environ['ASSAY_RUN_DIR'])"


def printed(executed) -> tuple[int, bool, str]:
    cell = executed.notebook.cells[-1]
    assert cell.execution_count == 1, "what prepares a kernel is not counted"
    pid, has, folder = cell.outputs[0]["text"].split()
    return int(pid), has == "True", folder


def test_a_kernel_started_ahead_has_its_imports_and_learns_where_the_run_is(workshop) -> None:
    path = workshop.notebook("x", SAYS)
    with WarmKernels() as kernels:
        kernels.ahead(workshop.root, ["colorsys", "no_such_module"])
        first = printed(run(workshop, path, kernels, "one"))
        second = printed(run(workshop, path, kernels, "two"))
    assert first[1:] == (True, str(workshop.root / "one"))
    assert second[1:] == (False, str(workshop.root / "two"))
    assert first[0] != second[0]


def test_kernels_that_nobody_took_are_gone_afterwards(workshop) -> None:
    with WarmKernels() as kernels:
        kernels.ahead(workshop.root, [])
        (kernel, _), *_ = kernels._waiting
        assert kernel.exit_code() is None
    assert kernel.process.wait(5) == -signal.SIGKILL
    assert not kernel.folder.exists()


def test_one_that_died_while_it_waited_is_passed_over(workshop) -> None:
    path = workshop.notebook("x", SAYS)
    with WarmKernels() as kernels:
        kernels.ahead(workshop.root, [])
        kernels.ahead(workshop.root, ["colorsys"])
        (dead, _), *_ = kernels._waiting
        os.kill(dead.process.pid, signal.SIGKILL)
        dead.process.wait(5)
        assert printed(run(workshop, path, kernels))[1]


def test_one_that_stands_elsewhere_is_not_taken(workshop, tmp_path: Path) -> None:
    path = workshop.notebook("x", "import os\nprint(os.getcwd())")
    with WarmKernels() as kernels:
        kernels.ahead(tmp_path, [])
        executed = run(workshop, path, kernels)
    assert executed.notebook.cells[-1].outputs[0]["text"] == f"{workshop.root}\n"


def test_what_a_dying_kernel_said_is_kept_with_the_run(workshop) -> None:
    path = workshop.notebook(
        "x", "import os\nos.write(2, b'last words\\n')\nos.kill(os.getpid(), 9)"
    )
    with WarmKernels() as kernels:
        kernels.ahead(workshop.root, [])
        with pytest.raises(RunFailedError) as caught:
            run(workshop, path, kernels)
    assert caught.value.failure.name == "KernelDied"
    assert (workshop.root / "out" / "kernel.log").exists()
