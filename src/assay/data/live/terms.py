"""The project that an application's events belong to, and what it allows to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.project import PROJECT_VARIABLE, expand_home, project_root
from assay.core.settings import read_settings
from assay.data.intake.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assay.data.intake.account import Terms


def terms_around(project: str | None, start: Path, environ: Mapping[str, str]) -> Terms:
    """Where the project keeps what comes in, and on what terms.

    Args:
        project: its folder or one below it; None: as the environment says, or from `start` up.
        start: where the application stood when it recorded first.
        environ: variables of the application.

    Raises:
        ProjectError: where there is no project, or its settings are not understood.
    """
    named = project or environ.get(PROJECT_VARIABLE)
    root = project_root(start / expand_home(named) if named else start)
    return terms_of(root, read_settings(root, environ))
