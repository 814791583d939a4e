"""Which two-byte encoding a text is in, if it is in one."""

from __future__ import annotations

import codecs
from typing import Final

_LOOK: Final = 64
_LEAST: Final = 8
"""Bytes that tell an encoding without a mark."""
_ZEROS: Final = 0.4
"""Share of zeros among all bytes: of plain text in two bytes it is about a half."""


def wide(block: bytes) -> str | None:
    """The two-byte encoding that a text starts in, by its mark or by its many zeros.

    >>> wide("id,day".encode("utf-16-le")), wide(b"interaction_id,day")
    ('utf-16-le', None)
    """
    if block.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if block.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    start = block[:_LOOK]
    if len(start) < _LEAST:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > len(start) * _ZEROS and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > len(start) * _ZEROS and odd == 0 else None
