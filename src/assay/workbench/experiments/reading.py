"""What a notebook reads of the experiments of its project."""

from __future__ import annotations

import json
from typing import Any

from assay.core.errors import DataError, ParameterError
from assay.core.project import resolve_path
from assay.workbench.experiments.results import EVERY, past_of, rows_of
from assay.workbench.project import Project

Json = dict[str, Any]


def portfolio_of(source: str) -> tuple[list[Json], list[Json]]:
    """Every experiment of the project, and the estimates of the concluded ones.

    Raises:
        ParameterError: where the source is not `experiments:all`.
    """
    if source != EVERY:
        raise ParameterError(f"experiments = {source!r}, expected {EVERY!r}")
    project = Project.at()
    return rows_of(project), past_of(project)


def estimates_in(path: str) -> list[Json]:
    """Estimates of earlier experiments, from a file as `assay experiment archive` writes it.

    Raises:
        DataError: where the file is no JSON list of objects.
    """
    file = resolve_path(path)
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DataError(f"{path} is no list of estimates, expected what the archive writes")
    return found
