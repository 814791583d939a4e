"""A project of a test's own, and the command line as somebody who stands in it calls it."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import typer.main

from assay.app.cli import main
from assay.data.store import Store

_COMMAND = "from assay.app.cli import main; main()"

# The tree of commands keeps nothing of a call, and building it costs more than most calls.
typer.main.get_command = cache(typer.main.get_command)


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Trial:
    """A project in a folder."""

    root: Path

    def run(self, *words: str | Path, stdin: str = "", **environ: str) -> Said:
        """One command in this process, as a shell would call it."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.root),
            _given(list(map(str, words)), stdin, environ),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _code_of(main)
        assert "Traceback" not in err.getvalue()
        return Said(code, out.getvalue(), err.getvalue())

    def done(self, *words: str | Path, stdin: str = "") -> str:
        """What a command prints that must succeed."""
        said = self.run(*words, stdin=stdin)
        assert said.code == 0, said
        return said.out

    def json(self, *words: str | Path) -> Any:
        """What a command prints for programs; nothing else may stand on standard output."""
        return json.loads(self.done(*words, "--json"))

    def refused(self, *words: str | Path) -> Said:
        """What a command says that must not succeed: one matter on standard error, no result."""
        said = self.run(*words)
        assert said.code != 0, said
        assert said.err.startswith("assay: ")
        assert not said.out
        return said

    def start(self, *words: str | Path, **environ: str) -> subprocess.Popen[str]:
        """One command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _COMMAND, *map(str, words)],
            cwd=self.root,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    @property
    def store(self) -> Store:
        return Store.at(self.root / "data" / "store")

    def rows(self, table: str = "interactions") -> pl.DataFrame:
        """What the store holds of a table, in the order of its keys."""
        frame = self.store.scan(table).collect()
        return frame.sort(frame.columns[0])


def kill_when(running: subprocess.Popen[str], seen: Callable[[], bool], sign: int) -> bool:
    """Sends a signal as soon as something is seen; whether the process was still running."""
    until = time.monotonic() + 60
    while running.poll() is None and not seen():
        assert time.monotonic() < until, "nothing was seen for a minute"
        time.sleep(0.001)
    if running.poll() is not None:
        return False
    running.send_signal(sign)
    return running.wait(60) in {-signal.SIGKILL, 130}


@contextlib.contextmanager
def _given(words: list[str], stdin: str, environ: dict[str, str]) -> Iterator[None]:
    before = sys.argv, sys.stdin, dict(os.environ)
    sys.argv, sys.stdin = ["assay", *words], io.StringIO(stdin)
    os.environ.update(environ)
    try:
        yield
    finally:
        sys.argv, sys.stdin = before[:2]
        os.environ.clear()
        os.environ.update(before[2])


def _code_of(command: Callable[[], None]) -> int:
    try:
        command()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0
