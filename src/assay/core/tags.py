"""Short words by which different values are told apart."""

from __future__ import annotations

import hashlib
from typing import Final

LETTERS: Final = "bcdfghjkmnpqrstvwxz"
"""No digits, which could be somebody's number, and no vowels, which make words."""
_LENGTH: Final = 8


def tag(value: object) -> str:
    """Eight letters; of 10,000 values two are the same with a chance of 0.3 %.

    >>> tag("one"), tag("other")
    ('hhstqxpb', 'qjtktvzb')
    """
    content = repr(value).encode("utf-8", "surrogatepass")
    number = int.from_bytes(hashlib.sha256(content).digest()[:8], "big")
    letters = []
    for _ in range(_LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)
