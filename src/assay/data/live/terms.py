"""The project that an application's events belong to, and what it allows to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.project import PROJECT_VARIABLE, expand_home, project_root
from assay.core.settings import read_settings
from assay.data.intake.imports import Terms
from assay.privacy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


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
    settings = read_settings(root, environ)
    privacy, paths = settings.privacy, settings.paths
    return Terms(
        store=root / expand_home(paths.store),
        audit=root / expand_home(paths.audit),
        key=root / expand_home(paths.key),
        policy=Policy(
            context=frozenset(privacy.context),
            keep_text=frozenset(privacy.keep_text),
            labels=frozenset(privacy.labels),
            free_labels=frozenset(privacy.free_labels),
            ids=privacy.ids,
            consent=privacy.consent,
            k=privacy.k,
        ),
    )
