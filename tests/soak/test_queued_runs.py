"""Many kernels' worth of runs, queued on two workers: no socket and no file is shared.

Long: `pytest tests/soak/test_queued_runs.py --queued=64`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from assay.workbench.batch.workers import Workers
from assay.workbench.project import Project
from assay.workbench.runs import run_report

if TYPE_CHECKING:
    from pathlib import Path

CELL = (
    "import os, psutil\n"
    "from ipykernel.connect import get_connection_file\n"
    "listens = [c for c in psutil.Process().net_connections() if c.status == 'LISTEN']\n"
    "places = ','.join(sorted({c.laddr.ip for c in listens})) or '127.0.0.1'\n"
    "print(n, os.getpid(), get_connection_file(), places)"
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "assay.toml").write_text("")
    (tmp_path / "notebooks").mkdir()
    cells = [
        {"cell_type": "code", "id": name, "metadata": {"tags": tags}, "source": source,
         "outputs": [], "execution_count": None}
        for name, tags, source in (("p", ["parameters"], "n: int = 0"), ("c", [], CELL))
    ]  # fmt: skip
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (tmp_path / "notebooks/10-x.ipynb").write_text(json.dumps(notebook))
    return Project.at(tmp_path)


def run(root: Path, number: int) -> tuple[str, str]:
    """One run: its folder, and what its kernel said of itself."""
    done = run_report(Project.at(root), "x", {"n": number})
    notebook = json.loads((done.folder / "notebook.ipynb").read_text())
    return done.folder.name, "".join(notebook["cells"][-1]["outputs"][0]["text"])


def test_runs_that_are_queued_on_two_workers_never_meet(
    project: Project, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = int(request.config.getoption("--queued", default=6))
    (project.root / "queued_runs.py").write_text(_module())
    monkeypatch.setenv("PYTHONPATH", str(project.root), prepend=":")
    monkeypatch.syspath_prepend(project.root)
    from queued_runs import run as sent  # noqa: PLC0415  a module that workers find, too

    with Workers(2, project.root / "workers.log") as workers:
        futures = [workers.submit(sent, project.root, number) for number in range(queued)]
        done = [future.result(timeout=60 + 10 * queued) for future in futures]
    folders, said = zip(*done, strict=True)
    assert len(set(folders)) == queued
    numbers, kernels, files, places = zip(*(text.split(maxsplit=3) for text in said), strict=True)
    assert [int(number) for number in numbers] == list(range(queued)), "each run is its own"
    assert len(set(kernels)) == len(set(files)) == queued
    assert set(places) == {"127.0.0.1\n"}, "whatever a library opens is not seen from outside"
    assert all(file.endswith("/k.json") for file in files)
    assert not list(project.root.rglob(".staging-*"))


def _module() -> str:
    from inspect import getsource  # noqa: PLC0415

    return (
        "import json\nfrom pathlib import Path\n"
        "from assay.workbench.project import Project\n"
        f"from assay.workbench.runs import run_report\n{getsource(run)}".replace(
            "root: Path, number: int", "root, number"
        )
    )
