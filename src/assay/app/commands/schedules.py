"""Commands on reports that are published by the clock, and who hears of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
