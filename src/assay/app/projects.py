"""A new project: its folders, settings, reports and first steps, written where nothing is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from assay.app.console import print_json, say
from assay.core.errors import ProjectError
from assay.core.project import SETTINGS_FILE, expand_home
from assay.workbench.commits import State, keep_outputs_out
from assay.workbench.files import write_atomically, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTER: Final = Path(__file__).with_name("starter")
FOLDERS: Final = ("notebooks/explore", "params/local", "reports/theme", "tests")
_HIDDEN: Final = {"gitignore": ".gitignore", "gitattributes": ".gitattributes"}
"""Files that a package cannot hold under their own name."""
_NOT_OURS: Final = frozenset({".git", ".DS_Store"})
"""What a folder may hold and still be empty."""
_NAME_LINE: Final = re.compile(r'^name = "Assay"$', re.MULTILINE)


def make_project(folder: Path, *, name: str | None, merge: bool, as_json: bool) -> None:
    """Makes a project of a folder and says what to do next.

    Raises:
        ProjectError: where the folder holds files and `merge` is not asked for, or it cannot be
            written.
    """
    root = expand_home(folder).resolve()
    _refuse(root, merge=merge)
    made, kept = fill(root, name or root.name)
    state = keep_outputs_out(root)
    if as_json:
        print_json({"folder": str(root), "made": made, "kept": kept, "git": state})
        return
    say(f"{root}: {len(made)} files were written.")
    if kept:
        say(f"Left as they were: {', '.join(kept)}")
    say(_GIT[state])
    say()
    say("Next:")
    if root != Path.cwd():
        say(f"  cd {folder}")
    say("  assay sample && assay publish    # with simulated rows")
    say("  assay import my-spans.jsonl      # or with your own logs; then: assay publish")
    say("  assay new my-report && assay lab # a report of your own")


_GIT: Final[dict[State, str]] = {
    "on": "git will take notebooks without their outputs.",
    "off": "git would take notebooks with their outputs: see `assay doctor`.",
    "no git": "Not in git; after `git init`, run `assay init --merge .` so that outputs stay out.",
}


def fill(root: Path, name: str) -> tuple[list[str], list[str]]:
    """Writes what is not there yet; tells what was written and what was left as it was.

    The settings come last: until then the folder is no project.
    """
    contents = dict(_starter(name))
    settings = contents.pop(SETTINGS_FILE)
    with writing(root):
        for inner in FOLDERS:
            (root / inner).mkdir(parents=True, exist_ok=True)
    made: list[str] = []
    kept: list[str] = []
    for path, text in (*contents.items(), (SETTINGS_FILE, settings)):
        file = root / path
        there = file.read_text(encoding="utf-8") if file.exists() else None
        wanted = _with_lines(there, text) if there and path in _HIDDEN.values() else there or text
        if wanted == there:
            kept.append(path)
            continue
        write_atomically(file, wanted)
        made.append(path)
    return made, kept


def _refuse(root: Path, *, merge: bool) -> None:
    if root.exists() and not root.is_dir():
        raise ProjectError(f"{root} is a file, expected a folder", remedy="name another one")
    held = sorted(entry.name for entry in root.iterdir()) if root.is_dir() else []
    held = [name for name in held if name not in _NOT_OURS]
    if held and not merge:
        what = "is a project already" if SETTINGS_FILE in held else "is not empty"
        raise ProjectError(
            f"{root} {what}: it holds {', '.join(held[:3])}{' …' if len(held) > 3 else ''}",
            remedy="name an empty or new folder, or add what is missing to this one with --merge; "
            "files that are there stay as they are",
        )


def _starter(name: str) -> Iterator[tuple[str, str]]:
    for source in sorted(STARTER.rglob("*")):
        if not source.is_file() or source.name == ".DS_Store":
            continue
        path = source.relative_to(STARTER).as_posix()
        text = source.read_text(encoding="utf-8")
        if path == "README.md":
            text = Template(text).safe_substitute(name=name)
        if path == SETTINGS_FILE:
            text = _NAME_LINE.sub(lambda _: f"name = {json.dumps(name)}", text, count=1)
        yield _HIDDEN.get(path, path), text


def _with_lines(text: str, wanted: str) -> str:
    """The text with the lines that it lacks at its end."""
    there = set(text.splitlines())
    missing = [line for line in wanted.splitlines() if line not in there]
    if not [line for line in missing if not line.startswith("#")]:
        return text
    return "\n".join([*text.splitlines(), *missing]) + "\n"
