"""Named parameter sets: what `params/<report>.yaml` asks of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError
from assay.workbench.dates import today
from assay.workbench.grids import grid_of
from assay.workbench.layers import Layer, Table, merged, overlaid, read_layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from assay.workbench.project import Project

DEFAULT_SET: Final = "default"
LOCAL: Final = "local"
"""Folder in `params/` whose files stay on this machine, and are laid over the others."""


def display_name(report: str, set_name: str) -> str:
    """What people call a report in a set; the default set goes without saying.

    >>> display_name("costs", "eu"), display_name("costs", "default")
    ('costs · eu', 'costs')
    """
    return report if set_name == DEFAULT_SET else f"{report} · {set_name}"


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

    The project's `params/<report>.yaml` comes first, and `params/local/<report>.yaml` is laid over
    it: its base over the base, its sets over those of the same name.

    Args:
        project: where the report is.
        report: its name.
        as_of: the day that `last_full_month` and the like are told from when a set is planned;
            by default today in the project's time zone.

    Raises:
        ParameterError: where a file cannot be understood.
    """
    day = as_of or today(project)
    files = {
        place: project.params / place
        for place in (f"{report}.yaml", f"{LOCAL}/{report}.yaml")
        if (project.params / place).exists()
    }
    layers = [read_layer(file, place) for place, file in files.items()]
    if not layers:
        return {DEFAULT_SET: Asked({}, as_of=day)}
    whole = layers[0] if len(layers) == 1 else layers[1].over(layers[0])
    return {name: Asked(values, as_of=day) for name, values in _sets(whole).items()}


def read_sets(file: Path) -> Sets:
    """The sets of one file, without what is laid over it.

    Raises:
        ParameterError: where the file is missing or has another form.
    """
    return _sets(read_layer(file, file.name))


def _sets(layer: Layer) -> Sets:
    found: Sets = {}
    origin: dict[str, str] = {}
    for name, values, source in _every(layer):
        same = origin.setdefault(name.lower(), source)
        if name in found or same != source:
            raise ParameterError(
                f"{layer.place}: {source} and {same} both make the set {name!r}",
                remedy="give one of them another name",
            )
        found[name] = values
    return found


def _every(layer: Layer) -> Iterator[tuple[str, Table, str]]:
    """Each set with its name, its values, and the place that it comes from."""
    if not layer.sets:
        for part, values in _grid(layer.matrix, layer.base, f"{layer.place}, matrix"):
            yield part or DEFAULT_SET, values, "the matrix"
    for name in layer.sets:
        body = layer.body(name)
        matrix = body.pop("matrix", layer.matrix)
        place = f"{layer.place}, set {name}, matrix"
        for part, values in _grid(matrix, merged(layer.base, body), place):
            yield f"{name}--{part}" if part else name, values, f"set {name}"


def _grid(matrix: Table, below: Table, place: str) -> Iterator[tuple[str, Table]]:
    """The values with each combination of the matrix on top; "" names the only one without."""
    if not matrix:
        yield "", below
        return
    for part, combination in grid_of(matrix, place).named(place).items():
        yield part, overlaid(below, combination, place)
