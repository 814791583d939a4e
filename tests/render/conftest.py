"""One rendering of the hand-made run, shared by the tests that only look at it."""

import os
from pathlib import Path

import pytest

from assay.core.errors import RenderError
from assay.workbench.render import Rendered, render
from assay.workbench.render.quarto import VARIABLE, find_quarto
from render.concierge_page import page

QUARTO = os.environ.get(VARIABLE)
"""Where whoever runs the tests has it; no test sees their environment."""


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(page(), tmp_path_factory.mktemp("page"), renderer="embedded")


@pytest.fixture(scope="session")
def html(rendered: Rendered) -> str:
    return rendered.html.read_text(encoding="utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def quarto(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quarto itself; without it the test is skipped."""
    if QUARTO:
        monkeypatch.setenv(VARIABLE, QUARTO)
    try:
        program = find_quarto()
    except RenderError as error:
        pytest.skip(str(error))
    if program is None:
        pytest.skip("Quarto was not found (ASSAY_QUARTO, PATH, quarto-cli package)")
