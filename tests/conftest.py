"""What every test may use."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile(
    "assay",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("assay")

ROOT = Path(__file__).parents[1]

# Also for fixtures that live longer than one test.
os.environ.pop("ASSAY_PROJECT", None)

# A shell starts what runs in the background with Ctrl-C ignored, and so would all processes that
# tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


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


class _Together(LoadScopeScheduling):
    """Tests of one file stay in one process, and so do those that share a cluster or a server."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder.endswith(("spark", "databases", "browser")) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Together:
    """How tests are dealt out where they run in several processes."""
    return _Together(config, log)
