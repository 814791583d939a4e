"""One rendering of the hand-made run, shared by the tests that only look at it."""

from pathlib import Path

import pytest

from assay.workbench.render import Rendered, render
from render.concierge_page import page


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(page(), tmp_path_factory.mktemp("page"), renderer="embedded")


@pytest.fixture(scope="session")
def html(rendered: Rendered) -> str:
    return rendered.html.read_text(encoding="utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"
