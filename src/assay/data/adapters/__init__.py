"""Logs in the formats that people have, as rows of our tables."""

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
