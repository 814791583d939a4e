"""What the settings of a project mean for what comes into its store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.project import expand_home
from assay.data.intake.account import Terms
from assay.privacy import Policy

if TYPE_CHECKING:
    from pathlib import Path

    from assay.core.settings import Settings


def terms_of(root: Path, settings: Settings) -> Terms:
    """Where the project at `root` keeps what comes in, and on what terms it lets it in.

    Raises:
        ProjectError: where the settings of privacy name what there is not.
    """
    privacy, imports, paths = settings.privacy, settings.imports, settings.paths
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
        max_rejected=imports.max_rejected,
        chunk_rows=imports.chunk_rows,
        sources=settings.sources,
    )
