"""Logs in the formats that people have, as rows of our tables."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from assay.data.adapters.chunks import Adapter, Broken, Chunk, Found, Look, Options, Piece
    from assay.data.adapters.recognition import ADAPTERS, look_at, recognise

__all__ = [
    "ADAPTERS",
    "Adapter",
    "Broken",
    "Chunk",
    "Found",
    "Look",
    "Options",
    "Piece",
    "look_at",
    "recognise",
]

_RECOGNITION: Final = frozenset({"ADAPTERS", "look_at", "recognise"})


def __getattr__(name: str) -> object:
    """Loaded when it is first asked for: processes that only parse do without frames."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "recognition" if name in _RECOGNITION else "chunks"
    found: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = found
    return found
