import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from papermill.clientwrap import PapermillNotebookClient

from assay.core.errors import AssayError, DataError, NotebookError
from assay.workbench.execute import execute
from assay.workbench.executed import Executed, RunFailedError
from assay.workbench.failure import Failure
from assay.workbench.notebook import Notebook
from assay.workbench.parameters import Form
from assay.workbench.project import Limits


def run(
    workshop, path: Path, *, limits: Limits | None = None, folder: str = "out", **given: Any
) -> Executed:
    notebook = Notebook.read(path)
    form = Form.of(notebook, report="x")
    values = form.resolve(given)
    out = workshop.root / folder
    out.mkdir()
    project = replace(workshop.project, limits=limits or Limits())
    return execute(
        notebook, form, {name: values[name] for name in given}, folder=out, project=project
    )


def failure_of(workshop, path: Path, *, folder: str = "out", **options: Any) -> Failure:
    with pytest.raises(RunFailedError) as caught:
        run(workshop, path, folder=folder, **options)
    out = workshop.root / folder
    kept = json.loads((out / "error.json").read_text())
    assert (kept["name"], kept["cell"]) == (caught.value.failure.name, caught.value.failure.cell)
    assert (out / "notebook.ipynb").exists()
    return caught.value.failure


def test_a_date_is_given_as_a_date_whatever_the_default(workshop) -> None:
    path = workshop.notebook(
        "x",
        "print(repr((until, since, at, holidays, ends, either)))",
        "",
        parameters="from datetime import date, datetime\nuntil: date | None = None\nsince: date\n"
        "at: datetime | None = None\nholidays: list[date] = []\n"
        "ends: dict[str, date | None] = {}\neither: str | date | None = None",
    )
    given = {
        "until": "2026-02-03",
        "since": "2026-01-01",
        "at": "2026-02-03T09:30:00Z",
        "holidays": ["2026-12-25"],
        "ends": {"a": "2026-03-01", "b": None},
        "either": "2026-02-03",
    }
    executed = run(workshop, path, **given)
    printed = [out["text"] for cell in executed.notebook.cells for out in cell.get("outputs", ())]
    day = "datetime.date(2026"
    assert printed[0] == (
        f"({day}, 2, 3), {day}, 1, 1), datetime.datetime(2026, 2, 3, 9, 30, "
        f"tzinfo=datetime.timezone.utc), [{day}, 12, 25)], {{'a': {day}, 3, 1), 'b': None}}, "
        "'2026-02-03')\n"
    )
    assert executed.notebook.metadata.papermill["parameters"]["until"] == "2026-02-03"


def test_a_notebook_runs_with_its_parameters_in_the_projects_folder(workshop) -> None:
    path = workshop.notebook(
        "x",
        "import os\nfrom pathlib import Path\n"
        "print(Path.cwd() == Path(os.environ['ASSAY_PROJECT']), sorted(os.listdir(os.environ['ASSAY_RUN_DIR'])))",
        "print(repr((n, text, day, later, data)), __import__('mine').X, __import__('sys').flags.hash_randomization == 0)",
        "",
        parameters="from datetime import date\nn = 1\ntext: str = ''\nday: date = date(2026, 1, 1)\n"
        "later: date = '2026-01-01'\ndata: dict[str, float | None] = {}",
    )
    workshop.write("mine.py", "X = 'mine'")
    nasty = "'''\"\\\n{x}\u2028"
    executed = run(
        workshop, path, n=2, text=nasty, day="2026-02-03", later="2026-02-03", data={"a": None}
    )
    printed = [out["text"] for cell in executed.notebook.cells for out in cell.get("outputs", ())]
    assert printed[0] == "True ['kernel.log']\n"
    day = "datetime.date(2026, 2, 3), '2026-02-03'"
    assert printed[1] == f"(2, {nasty!r}, {day}, {{'a': None}}) mine True\n"
    assert executed.cells == 3
    assert executed.result["findings"] == []
    assert names(workshop.root / "out") == ["notebook.ipynb", "result.json"]
    injected = executed.notebook.cells[2]
    assert injected.metadata.tags == ["injected-parameters"]
    assert executed.notebook.metadata.papermill == {
        "parameters": {
            "n": 2,
            "text": nasty,
            "day": "2026-02-03",
            "later": "2026-02-03",
            "data": {"a": None},
        }
    }
    # Papermill's own account of each cell is false after a killed kernel, so it is not kept.
    assert all("papermill" not in cell.metadata for cell in executed.notebook.cells)


def test_what_is_handed_over_is_the_result(workshop) -> None:
    result = {
        "schema": {"kind": "t", "version": 1},
        "units": {},
        "findings": [],
        "sources": [],
        "brief": None,
    }
    path = workshop.notebook(
        "x",
        "import json, os\ndef hand_over():\n"
        f"    open(os.environ['ASSAY_RUN_DIR'] + '/result.json', 'w').write(json.dumps({result!r}))",
        "hand_over()",
    )
    assert run(workshop, path).result == result


def test_a_notebook_that_does_not_hand_over_what_it_promised_fails(workshop) -> None:
    path = workshop.notebook("x", "if False:\n    hand_over(record)")
    failure = failure_of(workshop, path)
    error = failure.error("10-x.ipynb", "runs/x")
    assert "calls hand_over(), but left no result" in str(error)


def test_a_torn_result_is_no_success(workshop) -> None:
    path = workshop.notebook(
        "x", "import os; open(os.environ['ASSAY_RUN_DIR'] + '/result.json', 'w').write('{')"
    )
    failure = failure_of(workshop, path)
    assert failure.name == "ProjectError"
    assert "result.json cannot be read" in failure.value


def test_the_first_error_is_told_with_its_place(workshop, markdown_cell) -> None:
    path = workshop.notebook(
        "x",
        "a = 1",
        markdown_cell("## The ratio"),
        "a / 0",
        "raise RuntimeError('never')",
        parameters="n = 1",
    )
    failure = failure_of(workshop, path, n=2)
    # The cell that the run puts in is not counted: the number is that of the notebook as written.
    assert (failure.cell, failure.section, failure.source) == (5, "The ratio", "a / 0")
    assert "a / 0" in failure.traceback
    error = failure.error("10-x.ipynb", "runs/x/1/notebook.ipynb")
    assert type(error) is NotebookError
    assert str(error) == (
        "10-x.ipynb, cell 5 (The ratio): ZeroDivisionError: division by zero\n"
        "  → see runs/x/1/notebook.ipynb"
    )
    document = json.loads((workshop.root / "out/notebook.ipynb").read_text())
    assert [cell.get("execution_count") for cell in document["cells"]] == [
        None,
        1,
        2,
        3,
        None,
        4,
        None,
    ]


def test_assays_own_error_comes_out_as_it_was_raised(workshop) -> None:
    path = workshop.notebook(
        "x",
        "from assay.core.errors import DataError\nraise DataError('no column x', remedy='did you mean y?')",
    )
    error = failure_of(workshop, path).error("10-x.ipynb", "runs/x")
    assert (type(error), error.message, error.remedy) == (
        DataError,
        "no column x",
        "did you mean y?",
    )


def test_anothers_error_of_the_same_name_does_not_pass_for_ours(workshop) -> None:
    path = workshop.notebook("x", "class DataError(Exception): ...", "raise DataError('theirs')")
    error: AssayError = failure_of(workshop, path).error("10-x.ipynb", "runs/x")
    assert type(error) is NotebookError
    assert "cell 3 (About x): DataError: theirs" in str(error)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import os\nos.kill(os.getpid(), 9)", "the kernel was killed (SIGKILL)"),
        ("import os\nos.abort()", "the kernel was ended by SIGABRT"),
        (
            "import os, sys\nprint('last words', file=sys.__stderr__, flush=True)\nos._exit(3)",
            "exited with code 3; it said: last words",
        ),
    ],
)
def test_a_dead_kernel_is_reported_as_such(workshop, source: str, told: str) -> None:
    failure = failure_of(workshop, workshop.notebook("x", "a = 1", source, "b = 2"))
    assert (failure.name, failure.cell) == ("KernelDied", 3)
    assert told in failure.value


def test_a_kernel_that_dies_in_the_last_cell_is_no_success(workshop) -> None:
    path = workshop.notebook(
        "x",
        "import os, threading\nthreading.Timer(0.05, os._exit, [0]).start()\nimport time; time.sleep(1)",
    )
    assert failure_of(workshop, path).name == "KernelDied"


def test_a_kernel_that_exits_politely_before_the_end_is_no_success(workshop) -> None:
    failure = failure_of(workshop, workshop.notebook("x", "raise SystemExit(0)", "a = 1"))
    assert (failure.name, failure.cell) == ("SystemExit", 2)


def test_errors_that_a_tag_allows_still_fail_the_run(workshop) -> None:
    path = workshop.notebook(
        "x", {"cell_type": "code", "metadata": {"tags": ["raises-exception"]}, "source": "1 / 0"}
    )
    assert failure_of(workshop, path).name == "ZeroDivisionError"


def test_a_cell_may_not_take_longer_than_its_limit(workshop) -> None:
    path = workshop.notebook("x", "import time\ntime.sleep(30)", "a = 1")
    failure = failure_of(workshop, path, limits=Limits(cell=1))
    assert (failure.name, failure.cell) == ("TimeLimit", 2)
    assert (
        failure.value == "the cell took longer than 1 s and was stopped (limits.cell in assay.toml)"
    )


def test_a_run_may_not_take_longer_than_its_limit_and_leaves_no_process(workshop, lives_on) -> None:
    path = workshop.notebook(
        "x",
        "import subprocess, time\n"
        "print(subprocess.Popen(['sleep', '120']).pid)\n"
        "print(subprocess.Popen(['sleep', '121'], start_new_session=True).pid)",
        "time.sleep(60)",
    )
    failure = failure_of(workshop, path, limits=Limits(run=8))
    assert (failure.name, failure.cell) == ("TimeLimit", 3)
    assert "the run took longer than 8 s" in failure.value
    document = json.loads((workshop.root / "out/notebook.ipynb").read_text())
    child, daemon = map(int, document["cells"][1]["outputs"][0]["text"])
    assert not lives_on(child)
    assert not lives_on(daemon)


def test_a_run_may_not_take_more_memory_than_its_limit_children_included(
    workshop, lives_on
) -> None:
    path = workshop.notebook(
        "x",
        "import subprocess, sys, time\n"
        "grows = 'import time; held = bytearray(700_000_000); time.sleep(60)'\n"
        "child = subprocess.Popen([sys.executable, '-c', grows])\nprint(child.pid)",
        "time.sleep(30)",
    )
    failure = failure_of(workshop, path, limits=Limits(memory="600 MB"))
    assert (failure.name, failure.cell) == ("MemoryLimit", 3)
    assert "MB of memory, more than 600 MB, and was stopped (limits.memory" in failure.value
    document = json.loads((workshop.root / "out/notebook.ipynb").read_text())
    child = int("".join(document["cells"][1]["outputs"][0]["text"]))
    assert not lives_on(child)


def test_a_run_within_its_limit_of_memory_is_left_alone(workshop) -> None:
    path = workshop.notebook("x", "import time\ntime.sleep(0.5)")
    assert run(workshop, path, limits=Limits(memory="2 GB")).cells == 1


def test_a_line_of_megabytes_is_no_hindrance_and_only_a_bars_last_state_stays(workshop) -> None:
    path = workshop.notebook(
        "x",
        "import sys\nprint('x' * 3_000_000)\nfor n in range(9): print(n, end='\\r')\nprint('end')",
    )
    run(workshop, path)
    document = json.loads((workshop.root / "out/notebook.ipynb").read_text())
    (output,) = document["cells"][1]["outputs"]
    assert "".join(output["text"]) == "x" * 3_000_000 + "\nend\n"


def test_more_output_than_can_be_kept_stops_the_run(workshop) -> None:
    path = workshop.notebook(
        "x", "for _ in range(9): print('x' * 20_000_000)\nimport time; time.sleep(60)"
    )
    failure = failure_of(workshop, path)
    assert (failure.name, failure.cell) == ("OutputLimit", 2)
    assert "more than 64 MB" in failure.value


def test_a_cause_of_megabytes_is_told_in_a_line(workshop) -> None:
    failure = failure_of(workshop, workshop.notebook("x", "raise ValueError('x' * 3_000_000)"))
    assert failure.value.endswith("x… (3,000,000 characters)")
    assert len(failure.value) + len(failure.traceback) < 9_000


def test_a_notebook_for_a_kernel_that_is_not_here(workshop) -> None:
    path = workshop.notebook("x", "1")
    document = json.loads(path.read_text())
    document["metadata"] = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
    path.write_text(json.dumps(document))
    with pytest.raises(
        NotebookError, match=r"asks for the kernel 'ir' \(r\), which is not installed"
    ):
        run(workshop, path)


def test_python_notebooks_run_here_whatever_their_kernel_was_called(workshop) -> None:
    path = workshop.notebook("x", "import sys; print(sys.prefix)")
    document = json.loads(path.read_text())
    document["metadata"] = {
        "kernelspec": {"name": "conda-env-x", "language": "python", "display_name": "x"}
    }
    path.write_text(json.dumps(document))
    printed = run(workshop, path).notebook.cells[1].outputs[0]["text"]
    assert printed.strip() == sys.prefix


def test_an_older_notebook_gets_the_same_cell_ids_each_time(workshop) -> None:
    path = workshop.notebook("x", "1", parameters="n = 1")
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"nbformat_minor": 2}))
    first, second = (run(workshop, path, folder=name, n=2) for name in ("one", "two"))
    ids = [cell.id for cell in first.notebook.cells]
    assert ids == [cell.id for cell in second.notebook.cells]
    assert len(set(ids)) == len(ids)


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder whose name is short enough for sockets; those of tests are not always."""
    with tempfile.TemporaryDirectory(prefix="s") as folder:
        yield Path(folder)


def test_kernels_side_by_side_do_not_meet(
    workshop, monkeypatch: pytest.MonkeyPatch, sockets: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(sockets))
    path = workshop.notebook(
        "x",
        "import os, time\nprivate = os.path.dirname(os.environ['IPYTHONDIR'])\ntime.sleep(0.3)\n"
        "print(n, os.path.dirname(private), oct(os.stat(private).st_mode & 0o777))",
        parameters="n = 0",
    )
    printed: dict[int, str] = {}

    def one(number: int) -> None:
        executed = run(workshop, path, folder=f"out{number}", n=number)
        printed[number] = executed.notebook.cells[-1].outputs[0]["text"]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert printed == {number: f"{number} {sockets} 0o700\n" for number in range(4)}
    assert list(sockets.iterdir()) == []
    assert not list(workshop.root.rglob("kernel-ipc-*"))


def test_a_long_temporary_folder_is_no_hindrance(
    workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert run(workshop, workshop.notebook("x", "1")).cells == 1
    assert list(deep.iterdir()) == []


def test_cells_that_were_passed_over_fail_the_run_whatever_the_client_says(
    workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workshop.notebook("x", "", "1")
    monkeypatch.setattr(PapermillNotebookClient, "execute", lambda _client: None)
    failure = failure_of(workshop, path)
    assert (failure.name, failure.cell, failure.source) == ("NotRun", 3, "1")


def test_a_kernel_may_close_its_files_before_it_ends(workshop) -> None:
    path = workshop.notebook("x", "import atexit\natexit.register(open('bye', 'w').write, 'bye')")
    run(workshop, path)
    assert (workshop.root / "bye").read_text() == "bye"


def test_metadata_may_be_missing_but_not_against_the_format(workshop) -> None:
    bare = {"cell_type": "code", "source": "print(1)"}
    path = workshop.write("notebooks/10-x.ipynb", json.dumps({"nbformat": 4, "cells": [bare]}))
    assert run(workshop, path).cells == 1
    bare["cell_type"] = "coda"
    path.write_text(json.dumps({"nbformat": 4, "cells": [bare]}))
    with pytest.raises(
        NotebookError, match=r"10-x\.ipynb is not a valid notebook: .*\n  → open and"
    ):
        run(workshop, path, folder="again")


def test_progress_tells_the_cell_that_begins(workshop) -> None:
    path = workshop.notebook("x", "1", "2")
    notebook = Notebook.read(path)
    told: list[tuple[int, int]] = []
    (workshop.root / "out").mkdir()
    execute(
        notebook,
        Form.of(notebook, report="x"),
        {},
        folder=workshop.root / "out",
        project=workshop.project,
        progress=lambda cell, cells: told.append((cell, cells)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
