"""A published version in the form that somebody else works with."""

from assay.workbench.export.exporting import FORMATS, export

__all__ = ["FORMATS", "export"]
