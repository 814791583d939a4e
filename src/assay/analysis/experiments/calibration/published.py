"""The table that came with this version: cited by reports, published without a run."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from assay.analysis.experiments.calibration.result import CalibrationResult

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD: Final = "published.json"


@cache
def published() -> CalibrationResult | None:
    """The record of the last full simulation, None where this version has none."""
    found = files("assay.analysis.experiments.calibration") / RECORD
    return result_of(json.loads(found.read_text(encoding="utf-8"))) if found.is_file() else None


def result_of(body: Mapping[str, Any]) -> CalibrationResult:
    """A table from its JSON form, which is `dataclasses.asdict` of it.

    Raises:
        DataError: where it is none.
    """
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  0.1 s, only where read

    from assay.core.errors import DataError  # noqa: PLC0415

    try:
        return TypeAdapter(CalibrationResult).validate_python(dict(body))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(
            f"no table of calibration: {place}: {first['msg']}",
            remedy="make calibration writes one",
        ) from error
