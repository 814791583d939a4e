"""What every test may use."""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

settings.register_profile(
    "assay",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("assay")

# What a test draws follows from the test alone. Hypothesis would mix in numbers and texts that stand
# in whatever code a process happens to have imported, and read all of it for seconds to find them.
providers._get_local_constants = lambda: providers._local_constants

ROOT = Path(__file__).parents[1]

# What is compiled is kept, whatever a shell says: every test process and the hundreds of commands
# and kernels that they start would else compile Assay and its tests anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Linear algebra and clustering in one thread: with as many threads as cores in each of more processes
# than cores, threads that wait for each other burn three times what is computed.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Also for fixtures that live longer than one test.
os.environ.pop("ASSAY_PROJECT", None)

# What the tests leave out (see the files there), in the processes that they start, too.
_ABSENT = str(Path(__file__).parent / "absent")
_PATHS = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
if _ABSENT not in _PATHS:
    os.environ["PYTHONPATH"] = os.pathsep.join([_ABSENT, *_PATHS])

# A shell starts what runs in the background with Ctrl-C ignored, and so would all processes that
# tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection() -> None:
    """What is imported stays until the end: looking for garbage in it would be in vain."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on only what tests make can become garbage.

    When Python ends all is let go, or modules in C tell of leaks: not before, for pytest looks
    twice for what tests left.
    """
    gc.freeze()
    gc.enable()
    atexit.register(gc.unfreeze)


def pytest_configure(config: pytest.Config) -> None:
    """Each process begins with other files: what one has compiled the others need only load."""
    here, worker = Path(__file__).parent, getattr(config, "workerinput", None)
    if worker and [Path(argument).resolve() for argument in config.args] == [here]:
        files = sorted(map(str, here.rglob("test_*.py")))
        first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        config.args = files[first:] + files[:first]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Wherever a process began, all have the same tests in the same order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: str(item.path))


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing of ours comes in from outside, and what a command line sets goes with its test."""
    for name in [name for name in os.environ if name.startswith("ASSAY_")]:
        monkeypatch.delenv(name)
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        if name.startswith("ASSAY_"):
            del os.environ[name]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the checkout; tests that read it skip, with the reason, without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data (../shared/data) is not beside the checkout")
    return folder


_FIRST = (
    "spark", "browser", "databases", "test_wheel.py", "workbench/test_publish.py",
    "test_thread.py", "batch/test_batch.py", "app/test_planted.py", "workbench/test_execute.py",
    "soak/test_disturbed_publishing.py", "workbench/test_foreign.py", "app/test_cli.py",
    "notebooks/test_ab_notebook.py", "adapters/test_malformed.py", "app/test_comparing.py",
    "live/test_processes.py", "app/test_lab.py", "batch/test_cluster.py",
    "notebooks/test_quality_notebook.py", "render/test_escape.py", "app/test_stores.py",
    "simulate/test_sample.py", "app/test_batches.py", "present/test_charts.py",
    "analysis/experiments/test_ab_test.py", "app/test_stopped_import.py",
    "soak/test_kill_import.py", "soak/test_queued_runs.py", "workbench/test_cards.py",
    "notebooks/test_design_notebook.py", "notebooks/test_portfolio_notebook.py",
    "workbench/test_clerks.py", "workbench/test_runs.py",
    "app/test_import.py", "app/test_guide.py", "bayes/test_sampling.py", "app/test_schedules.py",
    "experiments/test_known_answers.py", "adjustment/test_covariates.py",
    "multiplicity/test_corrections.py", "comparisons/test_quantiles.py", "app/test_keeping.py",
    "workbench/test_removal.py", "workbench/test_warm.py", "app/test_benchmarks.py",
    "app/test_alerts.py", "notebooks/test_alerts_sample.py",
)  # fmt: skip
"""What takes longest together, and would be waited for if it began last."""


class _Together(LoadScopeScheduling):
    """Tests of one file stay in one process, and so do those that share a cluster or a server."""

    def _assign_work_unit(self, node: "WorkerController") -> None:
        first = min(self.workqueue, key=self._turn)
        self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)

    def _turn(self, scope: str) -> int:
        """Its place among what takes longest; all others wait, those with most tests in front."""
        places = (place for place, end in enumerate(_FIRST) if scope.endswith(f"/{end}"))
        return next(places, len(_FIRST))

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder.endswith(("spark", "databases", "browser")) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Together:
    """How tests are dealt out where they run in several processes."""
    return _Together(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: often tests only wait for a process or a browser."""
    return (os.cpu_count() or 1) + 2
