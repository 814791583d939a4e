"""A published version in the form that somebody else works with."""

from assay.workbench.export.exporting import BY_QUARTO, FORMATS, export

__all__ = ["BY_QUARTO", "FORMATS", "export"]
