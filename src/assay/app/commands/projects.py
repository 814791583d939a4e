"""Commands on a new project, a new report, and what a machine lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
