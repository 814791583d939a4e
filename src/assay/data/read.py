"""Frames from files."""

from assay.data.sources import scan

__all__ = ["scan"]
