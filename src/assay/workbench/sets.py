"""Named parameter sets: what `params/<report>.yaml` asks of a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError, nearest
from assay.workbench.dates import today
from assay.workbench.values import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from assay.workbench.project import Project

DEFAULT_SET: Final = "default"
_LAYERED: Final = frozenset({"base", "sets"})
_SET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Asked(dict[str, Any]):
    """Values as they were written, not yet checked, and the day that relative dates are told from.

    Attributes:
        as_of: the day; None where nobody named one, which means today.
    """

    as_of: date | None

    def __init__(self, values: Mapping[str, Any], *, as_of: date | None = None) -> None:
        super().__init__(values)
        self.as_of = as_of


Sets = dict[str, dict[str, Any]]
"""What is asked of a report, by the name of the set."""


def sets_of(project: Project, report: str, *, as_of: date | None = None) -> Sets:
    """The sets that a report is published in: one of defaults where it has no file.

    Args:
        project: where the report is.
        report: its name.
        as_of: the day that `last_full_month` and the like are told from when a set is planned;
            by default today in the project's time zone.

    Raises:
        ParameterError: where the file cannot be understood.
    """
    day = as_of or today(project)
    file = project.params / f"{report}.yaml"
    found = read_sets(file) if file.exists() else {DEFAULT_SET: {}}
    return {name: Asked(values, as_of=day) for name, values in found.items()}


def read_sets(file: Path) -> dict[str, dict[str, Any]]:
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
