"""A small project to run notebooks in, with a renderer that only writes files."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from assay.core.brief import Brief, Decision
from assay.core.errors import RenderError
from assay.workbench.cards import Card
from assay.workbench.project import Project
from assay.workbench.publish import Outcome, Press, publish
from assay.workbench.render import Page, Rendered


@dataclass
class Workshop:
    """A project in a temporary folder."""

    root: Path
    pages: list[Page] = field(default_factory=list)
    cards: tuple[Card, ...] = ()
    broken: Exception | None = None

    @property
    def project(self) -> Project:
        return Project.at(self.root)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def notebook(
        self, name: str, *cells: str | dict[str, Any], parameters: str = "", number: int = 10
    ) -> Path:
        """A notebook of a heading, a parameters cell where there are any, and code cells."""
        made = [markdown(f"# About {name}")]
        if parameters:
            made.append(code(parameters, "parameters"))
        made += [code(cell) if isinstance(cell, str) else cell for cell in cells]
        document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}
        return self.write(f"notebooks/{number}-{name}.ipynb", json.dumps(document))

    def publish(self, *reports: str, **options: Any) -> tuple[Outcome, ...]:
        press = Press(render=self.render, write_index=self.write_index)
        return publish(self.project, reports, press=press, **options)

    def render(self, page: Page, out: Path, *, renderer: str) -> Rendered:
        self.pages.append(page)
        (out / "index.html").write_text("<h1>page</h1>")
        if self.broken:
            raise self.broken
        (out / "report.pdf").write_bytes(b"%PDF")
        (out / "thumbnail.png").write_bytes(b"PNG")
        return Rendered(
            renderer=f"fake ({renderer})",
            html=out / "index.html",
            pdf=out / "report.pdf",
            thumbnail=out / "thumbnail.png",
        )

    def write_index(self, project: Project, cards: Sequence[Card]) -> None:
        self.cards = tuple(cards)
        (project.published / "index.html").write_text("<h1>index</h1>")

    def versions(self, report: str, set_name: str = "default") -> list[Path]:
        folder = self.root / "reports/published" / report / set_name
        return sorted(path for path in folder.glob("*") if path.is_dir())

    def litter(self) -> list[Path]:
        """Whatever is half-written."""
        return list(self.root.rglob(".staging-*"))


def code(source: str, *tags: str) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source.splitlines(keepends=True),
        "outputs": [],
        "execution_count": None,
    }


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    (root / "assay.toml").write_text("")
    (root / "requirements.lock").write_text("polars==2.1.0\n")
    return Workshop(root)


@pytest.fixture
def markdown_cell() -> Callable[[str], dict[str, Any]]:
    return markdown


@pytest.fixture
def brief() -> Brief:
    return Brief(
        kind="Experiment",
        subject="concierge",
        state="ship",
        tone="good",
        needs_decision=True,
        evidence="randomised",
        title="Rises",
        subtitle="new against old",
        data_through="2026-11-01",
        look="one planned look",
        decision=Decision(title="Ship", text="t", note="n", tone="good"),
    )


@pytest.fixture
def render_error() -> RenderError:
    return RenderError("no alternative text", remedy="give the chart one")


@pytest.fixture
def lives_on() -> Callable[[int], bool]:
    """Whether a process is alive, and stays so: one that was killed needs a moment to be gone.

    One that only waits to be reaped is not alive.
    """

    def look(process: int, patience: float = 10) -> bool:
        ends = time.monotonic() + patience
        while _is_running(process):
            if time.monotonic() > ends:
                return True
            time.sleep(0.05)
        return False

    return look


def _is_running(process: int) -> bool:
    try:
        return psutil.Process(process).status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False
