"""The user guide: its pages, the reference that is made from the code, and their rendering."""

from assay.app.guide.press import write_guide

__all__ = ["write_guide"]
