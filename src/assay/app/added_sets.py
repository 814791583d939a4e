"""A named set that is added to a report's parameters file, the rest of which stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from assay.core.errors import ParameterError
from assay.workbench.files import write_atomically
from assay.workbench.layers import SET_NAME
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assay.workbench.project import Project

_NEW: Final = "# Parameter sets of this report: each is a page of its own.\nsets:\n  default: {}\n"


def add_set(project: Project, report: str, name: str, values: Mapping[str, Any]) -> Path | None:
    """Adds the set and tells the file; None where it is there with the same values.

    Raises:
        ParameterError: where the name cannot be one, another set has it, or the file has no place
            for sets.
    """
    if not re.fullmatch(SET_NAME, name):
        raise ParameterError(
            f"{name!r} cannot be the name of a set", remedy="letters, digits, '-', '_' and '.'"
        )
    file = project.params / f"{report}.yaml"
    there = sets_of(project, report).get(name) if file.exists() else None
    if there is not None:
        if there == dict(values):
            return None
        raise ParameterError(
            f"{project.relative(file)} has a set {name!r} with other values",
            remedy="choose another name, or edit that set and leave -p away",
        )
    before = file.read_text(encoding="utf-8") if file.exists() else _NEW
    after = _added(before, name, values)
    if after is None:
        text = yaml.safe_dump({name: dict(values)}, allow_unicode=True, sort_keys=False)
        raise ParameterError(
            f"{project.relative(file)} has no place for another set",
            remedy=f"write it there yourself, below sets:\n{text}",
        )
    write_atomically(file, after)
    return file


def _added(text: str, name: str, values: Mapping[str, Any]) -> str | None:
    """The text with the set behind the others; None where nothing else must change but does."""
    lines = text.rstrip("\n").splitlines()
    begins = next((i for i, line in enumerate(lines) if re.match(r"sets:\s*(#.*)?$", line)), None)
    if begins is None:
        return None
    inner = [i for i in range(begins + 1, len(lines)) if lines[i][:1] in {" ", ""}]
    after = next((i for i in range(begins + 1, len(lines)) if i not in inner), len(lines))
    first = next((line for line in lines[begins + 1 : after] if line.strip()), "  ")
    indent = " " * (len(first) - len(first.lstrip()))
    body = yaml.safe_dump({name: dict(values)}, allow_unicode=True, sort_keys=False, width=90)
    added = [f"{indent}{line}" for line in body.splitlines()]
    changed = "\n".join([*lines[:after], "", *added, *lines[after:]]) + "\n"
    try:
        old, new = yaml.safe_load(text), yaml.safe_load(changed)
    except yaml.YAMLError:
        return None
    expected = old | {"sets": (old.get("sets") or {}) | {name: dict(values)}}
    return changed if new == expected else None
