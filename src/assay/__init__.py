"""Assay: a notebook-driven research workbench with published reports."""

__version__ = "0.1.0"
