"""The typeface of paper and charts: from its wheel, never the system's."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def font_folder() -> Path:
    """Folder of Open Sans."""
    import ttf_opensans  # noqa: PLC0415  looks for its files when imported

    return Path(ttf_opensans.__file__).parent / "ttf"
