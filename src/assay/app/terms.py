"""What the settings of a project mean for its store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.data.intake.imports import Terms
from assay.privacy import Policy

if TYPE_CHECKING:
    from assay.workbench.project import Project


def terms_of(project: Project) -> Terms:
    """Where the project keeps what comes in, and on what terms it lets it in.

    Raises:
        ProjectError: where the settings of privacy name what there is not.
    """
    privacy, imports = project.settings.privacy, project.settings.imports
    return Terms(
        store=project.store,
        audit=project.audit,
        key=project.key,
        policy=Policy(
            context=frozenset(privacy.context),
            keep_text=frozenset(privacy.keep_text),
            labels=frozenset(privacy.labels),
            free_labels=frozenset(privacy.free_labels),
            ids=privacy.ids,
            consent=privacy.consent,
            k=privacy.k,
        ),
        max_rejected=imports.max_rejected,
        chunk_rows=imports.chunk_rows,
        sources=project.settings.sources,
    )
