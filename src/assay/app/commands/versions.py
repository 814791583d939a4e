"""Commands on published versions: exported, withdrawn, thinned out, copied elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
