"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run in several processes, those of one file stay together, as its fixtures do.

    A cluster or a server of a database is started once: its whole folder stays together.
    """
    for item in items:
        folder = item.path.parent
        whole = folder.name in {"spark", "databases", "browser"}
        item.add_marker(pytest.mark.xdist_group(str(folder if whole else item.path)))
