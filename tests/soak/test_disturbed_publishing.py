"""Reports published while kernels, workers and Assay itself are killed, and the disk is full.

Whatever happens: no incomplete version is up, no file is torn, `latest` opens, no process is left,
and the next call publishes exactly what is missing. Long: `pytest tests/soak --faults=200`.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import nbformat
import psutil
import pytest

from assay.workbench.layout import VERSION_FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEED = 20260102
SETS = 3
ASSAY = [sys.executable, "-c", "from assay.app.cli import main; main()"]
CHART = (
    "#| label: fig-a\n#| fig-cap: A chart\n#| fig-alt: Points that rise.\n"
    "alt.Chart(alt.Data(values=[{'x': i, 'y': i + n} for i in range(5)]))"
    ".mark_point().encode(x='x:Q', y='y:Q')"
)
NOTEBOOK = (
    ("# A report of {n}\n\nWords.", "markdown"),
    ("n: int = 0  # which round", "parameters"),
    ("import time, altair as alt\ntime.sleep(0.2)", "code"),
    (CHART, "code"),
    ("print(n)\ntime.sleep(0.2)", "code"),
)
ENDS = {"index.html": b"</html>", "report.pdf": b"%%EOF"}


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--faults", default=1))


def project_in(folder: Path) -> Path:
    cells = []
    for source, kind in NOTEBOOK:
        if kind == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(source.replace("{n}", "points")))
        else:
            tags = ["parameters"] if kind == "parameters" else []
            cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    (folder / "notebooks").mkdir(parents=True)
    (folder / "params").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks/10-x.ipynb")
    (folder / "assay.toml").write_text("")
    return folder


def wanted(project: Path, round_: int) -> None:
    sets = {f"s{number}": {"n": SETS * round_ + number} for number in range(SETS)}
    (project / "params/x.yaml").write_text(json.dumps({"sets": sets}))


def command(project: Path) -> tuple[list[str], dict[str, str]]:
    environment = {**os.environ, "ASSAY_PROJECT": str(project), "ASSAY_BATCH__WORKERS": "2"}
    return [*ASSAY, "publish", "--json"], environment


def publish(project: Path) -> tuple[int, dict[str, str], str]:
    """The exit code, the state of each set, and what was said."""
    words, environment = command(project)
    done = subprocess.run(
        words, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout) if done.stdout.startswith("{") else {"reports": []}
    return done.returncode, {r["set"]: r["state"] for r in told["reports"]}, done.stderr


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def one_of(process: subprocess.Popen[bytes], what: str) -> psutil.Process | None:
    """A kernel, a worker (a Python of ours that is no kernel) or a renderer, where one runs."""
    found = []
    for child in family(process):
        with suppress(psutil.Error):
            line = " ".join(child.cmdline())
            kind = "kernel" if "launch.py" in line else "renderer" if "pandoc" in line else "worker"
            if kind == what and "resource_tracker" not in line and "forkserver" not in line:
                found.append(child)
    return CHANCE.choice(found) if found else None


CHANCE = random.Random(SEED)  # noqa: S311  moments, no secrets


def kill(what: str) -> Callable[[subprocess.Popen[bytes]], str]:
    def strike(process: subprocess.Popen[bytes]) -> str:
        ends = time.monotonic() + 3
        while time.monotonic() < ends and process.poll() is None:
            victim = one_of(process, what)
            if victim is not None:
                with suppress(psutil.Error):
                    victim.kill()
                    return f"{what} killed"
            time.sleep(0.01)
        return f"no {what} found"

    return strike


def send(number: signal.Signals) -> Callable[[subprocess.Popen[bytes]], str]:
    def strike(process: subprocess.Popen[bytes]) -> str:
        with suppress(ProcessLookupError):
            process.send_signal(number)
        return number.name

    return strike


STRIKES = {
    "time-out": None,
    "worker": kill("worker"),
    "assay": send(signal.SIGKILL),
    "full disk": None,
    "kernel": kill("kernel"),
    "ctrl-c": send(signal.SIGINT),
    "renderer": kill("renderer"),
    "term": send(signal.SIGTERM),
}


def disturbed(project: Path, fault: str, moment: float) -> str:
    """Publishes, and disturbs it after so many seconds; what happened."""
    words, environment = command(project)
    if fault == "time-out":
        environment["ASSAY_LIMITS__RUN"] = str(round(CHANCE.uniform(0.2, 1.5), 2))
    with full_disk(project, really=fault == "full disk"), subprocess.Popen(
        words,
        cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:  # fmt: skip
        strike = STRIKES[fault]
        happened = fault
        if strike is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(moment)
            happened = strike(process)
        process.wait(120)
        return f"{happened}, exit {process.returncode}"


class full_disk:  # noqa: N801  reads as what it is
    """Leaves so few bytes on the file system of the published reports that not all of it fits."""

    def __init__(self, project: Path, *, really: bool) -> None:
        self._ballast = project / "reports/published/.ballast" if really else None

    def __enter__(self) -> None:
        if self._ballast is not None:
            free = shutil.disk_usage(self._ballast.parent).free
            leave = CHANCE.randrange(0, 2_000_000)
            with suppress(OSError):
                self._ballast.write_bytes(bytes(max(0, free - leave)))

    def __exit__(self, *_: object) -> None:
        if self._ballast is not None:
            self._ballast.unlink(missing_ok=True)


def check_shelves(project: Path) -> dict[str, int]:
    """Everything that is up is whole; how many versions each set has."""
    published = project / "reports/published"
    count = {}
    for shelf in sorted(path for path in published.glob("x/*") if path.is_dir()):
        up = [path for path in shelf.iterdir() if path.is_dir() and path.name[0] != "."]
        for version in up:
            names = {path.name for path in version.iterdir()}
            assert set(VERSION_FILES) <= names, f"{version.name} lacks {set(VERSION_FILES) - names}"
            for name, end in ENDS.items():
                assert (version / name).read_bytes().rstrip().endswith(end), f"{version / name}"
            for name in ("result.json", "manifest.json", "notebook.ipynb"):
                json.loads((version / name).read_text())
        count[shelf.name] = len(up)
        latest = shelf / "latest.html"
        if latest.exists():
            target = re.search(r'href="([^"]+)"', latest.read_text())[1]
            assert (shelf / target).is_file(), f"{latest} leads to {target}"
    index = published / "index.html"
    if index.exists():
        assert index.read_text().rstrip().endswith("</html>")
    return count


def left_over(project: Path) -> list[str]:
    """Processes that still work for the project."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("ASSAY_PROJECT") == str(project):
                found.append(" ".join(process.cmdline())[:200])
    return found


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 40 MB for what is published; None where this user may not mount one."""
    place = tmp_path / "project/reports/published"
    place.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_nothing_that_happens_to_a_run_tears_what_is_published(
    tmp_path, faults, small_disk
) -> None:
    project = project_in(tmp_path / "project")
    wanted(project, 0)
    begun = time.monotonic()
    code, states, said = publish(project)
    usual = time.monotonic() - begun
    assert (code, set(states.values())) == (0, {"published"}), said
    kinds = [kind for kind in STRIKES if small_disk or kind != "full disk"]
    if not small_disk:
        tell("full disks are left out: mounting a small one needs root")
    struck = dict.fromkeys(kinds, 0)
    for round_ in range(1, faults + 1):
        if round_ % 40 == 0:  # the small disk would fill up by itself
            for shelf in (project / "reports/published/x").glob("*"):
                for old in sorted(path for path in shelf.iterdir() if path.is_dir())[:-1]:
                    shutil.rmtree(old)
        fault = kinds[round_ % len(kinds)]
        wanted(project, round_)
        before = check_shelves(project)
        begun = time.monotonic()
        happened = disturbed(project, fault, CHANCE.uniform(0.2, usual))
        took = time.monotonic() - begun
        check_shelves(project)
        ends = time.monotonic() + 40
        while left_over(project) and time.monotonic() < ends:
            time.sleep(0.1)
        assert left_over(project) == [], f"round {round_}: {happened}"
        # A worker that has lost Assay may still put up what it had just rendered.
        after = check_shelves(project)
        done = {name for name in after if after[name] > before[name]}
        if len(done) == SETS:  # too late to disturb anything
            usual = 0.8 * took
        code, states, said = publish(project)
        assert code == 0, f"round {round_}: {happened}: {said}"
        missing = {name for name, state in states.items() if state == "published"}
        assert missing == set(states) - done, f"round {round_}: {happened}"
        assert len(states) == SETS
        finally_up = check_shelves(project)
        assert all(finally_up[name] == before[name] + 1 for name in states), happened
        struck[fault] += bool(missing)
        tell(f"{round_:4}  {happened}: {len(done)} of {SETS} were up, the rest came after")
    tell(f"struck before all was up: {struck}")
    assert sum(struck.values()) >= faults // 3
    assert list(project.rglob(".staging-*")) == []
