"""Assay: a notebook-driven research workbench with published reports."""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_LIVE = ("configure", "flush", "live_state", "record", "session")


def __getattr__(name: str) -> object:
    """What applications call is loaded when it is first asked for."""
    if name not in _LIVE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module("assay.data.live"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LIVE})


def load_ipython_extension(shell: object) -> None:
    """Loads `%publish` and `%assay` into a notebook: `%load_ext assay`."""
    import_module("assay.app.magics").load_ipython_extension(shell)
