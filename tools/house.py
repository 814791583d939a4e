"""Rules of the house that no linter knows; prints what breaks them and exits with 1.

Notebooks may lie on the disk with outputs, where people look at them: what counts is what git has.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assay.workbench.commits import committed_outputs, filter_state
from assay.workbench.stripped import has_outputs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
LONGEST_MODULE = 400
REGISTRY = re.compile(
    r"https?://[^ \"]+/(simple|packages/[0-9a-f]{2})|index[-]url *[=:]", re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9_.~])/(root|home|Users|work)/[a-z]")
DEFINITION = re.compile(r"^\s*def ", re.MULTILINE)
NO_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py", "manager.py"}


def main() -> int:
    """Look at every committed file; 1 where something is wrong."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\n") if name]
    wrong = [fault for path in paths if path.is_file() for fault in faults(path)]
    wrong += [
        f"{name}: has outputs in git; make setup, then git add" for name in committed_outputs(ROOT)
    ]
    if filter_state(ROOT) == "off" and any(
        has_outputs(path.read_bytes()) for path in notebooks(paths)
    ):
        wrong.append("notebooks have outputs that git would take in; make setup mends that")
    for fault in wrong:
        print(fault)
    return bool(wrong)


def faults(path: Path) -> Iterator[str]:
    """Everything that is wrong with one file."""
    name = path.relative_to(ROOT)
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    if path == Path(__file__).resolve():
        return
    for number, line in enumerate(text.splitlines(), 1):
        if REGISTRY.search(line):
            yield f"{name}:{number}: names a package registry"
        if MACHINE_PATH.search(line) and path.suffix != ".svg":
            yield f"{name}:{number}: holds a path of one machine"
    if path.name in {"uv.lock", "pylock.toml"}:
        yield f"{name}: a lock file that names a registry"
    if path.suffix == ".py" and "src" in path.parts:
        yield from module_faults(name, text.count("\n"))
    if path.suffix == ".ipynb":
        yield from notebook_faults(name, json.loads(text))


def module_faults(name: Path, lines: int) -> Iterator[str]:
    """A module is one noun and not too long."""
    if name.name in NO_NAMES:
        yield f"{name}: says nothing by its name"
    if lines > LONGEST_MODULE:
        yield f"{name}: {lines} lines, wants to be two modules"


def notebooks(paths: list[Path]) -> list[Path]:
    """The notebooks among all files."""
    return [path for path in paths if path.suffix == ".ipynb" and path.is_file()]


def notebook_faults(name: Path, notebook: dict) -> Iterator[str]:
    """Definitions do not belong into a notebook."""
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] == "code" and DEFINITION.search("".join(cell["source"])):
            yield f"{name}: cell {number} defines a function; it belongs into src/"


if __name__ == "__main__":
    sys.exit(main())
