"""A project to record into, and recorders whose rows are written without another process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.data.live import sender
from assay.data.live.desk import Desk, answer
from assay.data.live.recorder import Pace, Recorder
from assay.data.store import Store

Start = Callable[..., Recorder]


class Desktop:
    """Answers in this process what the one that writes would answer; counts the messages."""

    delivered = 0

    def __init__(self) -> None:
        self._desk = Desk()

    def deliver(self, content: bytes, *, seconds: float) -> dict[str, Any]:
        assert seconds > 0
        type(self).delivered += 1
        return answer(self._desk, content)

    def dismiss(self, *, at_once: bool = False) -> None:
        pass

    def disown(self) -> None:
        pass


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "assay.toml").write_text('[privacy]\ncontext = ["ctx_team", "ctx_level"]\n')
    return root


@pytest.fixture
def start(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Makes recorders of their own, without another process unless `alone=False`."""
    made: list[Recorder] = []

    def begin(
        *, alone: bool = True, where: Path = project, ambient: Any = None, **pace: Any
    ) -> Recorder:
        if alone:
            monkeypatch.setattr(sender, "Clerk", Desktop)
        recorder = Recorder(ambient=ambient or ContextVar("ambient", default=None))
        recorder.configure(where, Pace(**{"seconds": 3600.0, **pace}))
        made.append(recorder)
        return recorder

    yield begin
    for recorder in made:
        recorder.leave()


@pytest.fixture
def kept(project: Path) -> Callable[[str], pl.DataFrame]:
    """All rows of a table, once the inbox is taken in."""

    def rows(table: str) -> pl.DataFrame:
        store = Store.at(project / "data" / "store")
        with store.writing() as writer:
            writer.absorb()
        return store.scan(table).collect()

    return rows


@pytest.fixture
def run_script(project: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts an application, written as a script, in the project's folder."""

    def begin(script: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script],
            cwd=project,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin
