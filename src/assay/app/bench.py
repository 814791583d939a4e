"""What IPython loads in every kernel of our Lab: magics, live charts, and fresh code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.app.magics import load_ipython_extension as load_magics

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Modules that were edited are loaded again before the next cell runs."""
    shell.run_line_magic("load_ext", "autoreload")
    shell.run_line_magic("autoreload", "2")
    load_magics(shell)
