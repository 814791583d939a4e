"""What git takes of notebooks: never an output, whoever saved it and with what.

Notebooks keep their outputs on the disk, where people want to see them again; git gets them through
a filter that takes outputs out. `.gitattributes` names the filter and is committed; what it runs
stands in the clone's own configuration, so every clone has to be told once. A filter that cannot
run stops the commit (`required`), rather than letting outputs through.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal

from assay.workbench.stripped import has_outputs

FILTER: Final = "assay-notebook"
ATTRIBUTES: Final = f"*.ipynb filter={FILTER}"
"""The line of `.gitattributes`."""

State = Literal["no git", "off", "on"]


def keep_outputs_out(folder: Path) -> State:
    """Tells the clone that holds the folder how to take outputs out; again: nothing changes.

    Answers "no git" where there is no clone or no git.
    """
    if _git(folder, "rev-parse", "--git-dir") is None:
        return "no git"
    # Without the folder where git stands on the path: nothing there may pose as our package.
    clean = f"{shlex.quote(sys.executable)} -P -m assay.workbench.stripped"
    for key, value in (("clean", clean), ("smudge", "cat"), ("required", "true")):
        if _git(folder, "config", "--local", "--get", f"filter.{FILTER}.{key}") != value:
            _git(folder, "config", "--local", f"filter.{FILTER}.{key}", value)
    return filter_state(folder)


def filter_state(folder: Path) -> State:
    """Whether git would take outputs out of a notebook of this folder."""
    if _git(folder, "rev-parse", "--git-dir") is None:
        return "no git"
    named = _git(folder, "check-attr", "filter", "any.ipynb") or ""
    required = _git(folder, "config", "--get", f"filter.{FILTER}.required")
    return "on" if named.endswith(f" {FILTER}") and required == "true" else "off"


def committed_outputs(folder: Path) -> tuple[str, ...]:
    """Notebooks below the folder of which git holds outputs, as they stand in the index."""
    listed = _git(folder, "ls-files", "-z", "--", "*.ipynb") or ""
    return tuple(
        name
        for name in sorted(filter(None, listed.split("\0")))
        if has_outputs((_git(folder, "show", f":./{name}") or "").encode())
    )


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, without the last line's end; None where it fails or is not there."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603  fixed arguments
        [git, "-C", str(folder), *arguments], capture_output=True, check=False
    )
    return done.stdout.decode(errors="replace").strip("\n") if done.returncode == 0 else None


if __name__ == "__main__":
    keep_outputs_out(Path.cwd())
