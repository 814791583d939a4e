"""How long the long runs are, and what they kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=3, help="how often an import is killed")
    parser.addoption(
        "--killed",
        default="",
        help="the import that is killed, with {source} and {store} or {project}; default: a script "
        "on the store, and assay import",
    )
    parser.addoption("--faults", type=int, default=1, help="how many runs are disturbed")
    parser.addoption("--queued", type=int, default=6, help="how many runs are queued at once")
    parser.addoption("--foreign", action="store_true", help="run every foreign notebook")
