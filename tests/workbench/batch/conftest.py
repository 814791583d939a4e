"""A renderer that workers can import, and publishing in a process of its own."""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from assay.workbench.batch.journal import Journal, find_journal
from assay.workbench.publish import Press, publish, retry

PAGES = """
from assay.workbench.render import Rendered

def render(page, out, *, renderer):
    for name, content in (("index.html", b"<h1>"), ("report.pdf", b"%PDF"), ("thumbnail.png", b"P")):
        (out / name).write_bytes(content)
    return Rendered(
        renderer="plain", html=out / "index.html", pdf=out / "report.pdf",
        thumbnail=out / "thumbnail.png",
    )

def index(project, cards):
    (project.published / "index.html").write_text(str(len(cards)))
"""

PUBLISHER = """
import sys
from pathlib import Path
import plain_pages
from assay.workbench.project import Project
from assay.workbench.publish import Press, publish
press = Press(render=plain_pages.render, write_index=plain_pages.index)
tell = lambda step: print(step.stage, step.set_name, step.cell, flush=True)
publish(Project.at(Path(sys.argv[1])), workers=int(sys.argv[2]), progress=tell, press=press)
"""


@dataclass
class Shop:
    """Sets of one notebook, published by workers."""

    workshop: object
    press: Press

    def sets(self, **cells: str) -> None:
        """A notebook whose cell differs by set: its own name is the parameter that it runs."""
        text = "\n".join(f"  {name}: {{code: {json.dumps(code)}}}" for name, code in cells.items())
        self.workshop.write("params/x.yaml", f"sets:\n{text}\n")
        self.workshop.notebook("x", "exec(code)", parameters="code: str = ''")

    def publish(self, workers: int = 2, **options):
        return publish(self.workshop.project, workers=workers, press=self.press, **options)

    def retry(self, **options):
        return retry(self.workshop.project, workers=1, press=self.press, **options)

    @property
    def journal(self) -> Journal:
        return find_journal(self.workshop.project)

    def standings(self) -> dict[str, tuple[str, int]]:
        journal = self.journal
        found = ((item, journal.standing(item.number)) for item in journal.items())
        return {item.set_name: (now.status, now.attempts) for item, now in found}

    def begin(self, workers: int = 2) -> subprocess.Popen[str]:
        """A publisher in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, self.workshop.root, str(workers)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def shop(workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/plain_pages.py").write_text(PAGES)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    paths = [str(tmp_path / "modules"), *filter(None, sys.path)]
    monkeypatch.setenv("PYTHONPATH", ":".join(paths))
    monkeypatch.delitem(sys.modules, "plain_pages", raising=False)
    pages = importlib.import_module("plain_pages")
    return Shop(workshop, Press(render=pages.render, write_index=pages.index))


@pytest.fixture
def until() -> Callable:
    """Waits for something to become true."""

    def wait(true: Callable[[], object], seconds: float = 60) -> None:
        ends = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < ends, "it never came"
            time.sleep(0.05)

    return wait


@pytest.fixture
def left_over(workshop) -> Callable[[], list[str]]:
    """Workers and kernels that stand in the project or carry its batches."""

    def look() -> list[str]:
        found = []
        for process in psutil.process_iter(["cmdline", "cwd", "status"]):
            told = " ".join(process.info["cmdline"] or ())
            ours = "assay.workbench.batch.worker" in told or "launch.py" in told
            here = str(workshop.root) in (process.info["cwd"] or "")
            if ours and here and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(told)
        return found

    return look
