"""How Matplotlib draws in a run: lines and letters for paper, pixels where those are too many."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Final = ("--InlineBackend.figure_formats={'svg', 'retina'}",)
"""Of the kernel; a notebook that chooses for itself has its choice."""

VARIABLE: Final = "MATPLOTLIBRC"
_BACKEND: Final = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
"""IPython says so itself, but too late for a kernel that imports Matplotlib ahead."""


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Where Matplotlib draws, and finds our settings, unless somebody has set their own."""
    if VARIABLE in environ:
        return _BACKEND
    return {**_BACKEND, VARIABLE: str(files("assay.workbench") / "assets" / "matplotlibrc")}
