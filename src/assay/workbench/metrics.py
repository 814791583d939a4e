"""Metrics that are declared once, in `params/metrics.yaml`, and used by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from assay.core.errors import ParameterError, nearest
from assay.core.expressions import parse
from assay.params import Metric
from assay.workbench.layers import merged, read_table, table
from assay.workbench.sets import LOCAL

if TYPE_CHECKING:
    from assay.workbench.project import Project

METRICS_FILE: Final = "metrics.yaml"

Metrics = dict[str, dict[str, Any]]
"""What each name stands for, as a parameter has it."""

_COLUMNS: Final = ("value", "numerator", "denominator", "covariate")
_FOR_PEOPLE: Final = "help"


def declared_metrics(project: Project) -> Metrics:
    """The metrics that the project declares; those of `params/local/metrics.yaml` lie over them.

    Raises:
        ParameterError: where a file or a metric in it cannot be understood.
    """
    found: dict[str, Any] = {}
    for place in (METRICS_FILE, f"{LOCAL}/{METRICS_FILE}"):
        if (project.params / place).exists():
            content = read_table(project.params / place, place)
            for name in content:
                if name != "metrics":
                    raise ParameterError(
                        f"{place} has {name!r}, expected metrics only",
                        remedy="write metrics: and below it name: {kind: …, value: …}",
                    )
            found = merged(found, table(content.get("metrics"), f"{place}, metrics"))
    return {name: _metric(name, content) for name, content in found.items()}


def _metric(name: str, content: object) -> dict[str, Any]:
    place = f"{METRICS_FILE}, metric {name!r}"
    said = {"name": name} | table(content, place)
    said.pop(_FOR_PEOPLE, None)
    try:
        Metric.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        known = {*Metric.model_fields, _FOR_PEOPLE}
        if first["type"] == "extra_forbidden":
            raise ParameterError(
                f"{place}: {field!r} is not known", remedy=nearest(field, known)
            ) from None
        told = first["msg"].removeprefix("Value error, ")
        raise ParameterError(f"{place}{f', {field}' if field else ''}: {told}") from None
    for column in _COLUMNS:
        if isinstance(said.get(column), str):
            try:
                parse(said[column])
            except ParameterError as error:
                raise ParameterError(
                    f"{place}, {column}: {error.message}", remedy=error.remedy
                ) from None
    return said
