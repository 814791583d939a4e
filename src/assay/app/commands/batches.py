"""Commands on many reports at once: how they stand, and how they are steered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
