"""The project that a command is about."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from assay.core.errors import ProjectError
from assay.workbench.experiments.results import EVERY, state_of_experiments
from assay.workbench.project import Project

if TYPE_CHECKING:
    from assay.core.provenance import SourceState

_MAYBE_NO_PATH: Final = re.compile(r"^[a-z][a-z0-9_-]*(?::\w+)?$|://")


def this_project() -> Project:
    """The project where one stands; it tells the state of databases and of the store, too.

    Raises:
        ProjectError: where there is none, or a setting is not understood.
    """
    return Project.at(fingerprint=_state_of)


def take_in(project: Project) -> int:
    """Makes what applications have recorded since part of the store; the number of their rows.

    Raises:
        ProjectError: where the key of the pseudonyms is missing.
    """
    if not any((project.store / "inbox").glob("*.parquet")):
        return 0
    from assay.data.intake.imports import absorb  # noqa: PLC0415  only where there is something
    from assay.data.store import Store  # noqa: PLC0415
    from assay.privacy import load_ring  # noqa: PLC0415

    ring = load_ring(project.key)
    with suppress(ProjectError), Store.at(project.store).writing() as writer:
        return absorb(writer, ring, project.audit, now=datetime.now(UTC))
    return 0


def _state_of(source: str) -> SourceState | str:
    if not _MAYBE_NO_PATH.search(source):
        return source
    if source == EVERY:
        return state_of_experiments(Project.at())
    from assay.data.sources import check_imported, fingerprint  # noqa: PLC0415  Polars is slow

    check_imported(source)
    return fingerprint(source)
