"""Logs in the formats that people have, as rows of our tables."""

from assay.data.adapters.chunks import Adapter, Broken, Chunk, Found, Look, Options, Piece
from assay.data.adapters.otel import Otel

__all__ = ["ADAPTERS", "Adapter", "Broken", "Chunk", "Found", "Look", "Options", "Piece"]

ADAPTERS: dict[str, Adapter] = {adapter.name: adapter for adapter in (Otel(),)}
"""Every format by its name."""
