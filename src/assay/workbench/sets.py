"""Named parameter sets: what `params/<report>.yaml` asks of a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError, nearest
from assay.workbench.values import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.project import Project

DEFAULT_SET: Final = "default"
_LAYERED: Final = frozenset({"base", "sets"})
_SET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Sets = dict[str, dict[str, Any]]
"""Values by the name of their set; not yet checked against a form."""


def sets_of(project: Project, report: str) -> Sets:
    """The sets that a report is published in: one of defaults where it has no file.

    Raises:
        ParameterError: where the file cannot be understood.
    """
    file = project.params / f"{report}.yaml"
    return read_sets(file) if file.exists() else {DEFAULT_SET: {}}


def read_sets(file: Path) -> Sets:
    """Reads `name: value` lines (one set), or `base:` with `sets:` that each add to it.

    Raises:
        ParameterError: where the file is missing or has another form.
    """
    content = _read(file)
    if not content or not set(content) <= _LAYERED:
        if "sets" in content:
            strange = next(key for key in content if key not in _LAYERED)
            raise ParameterError(
                f"{file.name} has {strange!r} beside sets, expected base and sets only",
                remedy=nearest(strange, _LAYERED),
            )
        return {DEFAULT_SET: content}
    base = _table(content.get("base"), f"{file.name}, base")
    named = _table(content.get("sets"), f"{file.name}, sets")
    for name in named:
        if not _SET_NAME.fullmatch(name):
            raise ParameterError(
                f"{file.name}: {name!r} cannot be the name of a set",
                remedy="a name is a folder of its own: letters, digits, '-', '_' and '.'",
            )
    return {
        name: {**base, **_table(values, f"{file.name}, set {name}")}
        for name, values in named.items()
    } or {DEFAULT_SET: base}


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParameterError(f"there is no parameters file {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{file} cannot be read: {error}") from None
    return _table(read_yaml(text, place=file.name), file.name)


def _table(value: object, place: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ParameterError(f"{place} is {value!r}, expected lines of name: value")
    return value
