"""What a page may load and run: its Content-Security-Policy; what is not named is refused."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def policy(
    *, scripts: Sequence[str] = (), styles: str = "'unsafe-inline'", pictures: str = "data:"
) -> str:
    """For a page of one file: nothing is fetched, and no form is sent.

    Args:
        scripts: source expressions of its scripts, `source_hash` of each; none by default.
        styles: source expression of its style.
        pictures: source expressions of its pictures.

    >>> policy(styles="'none'")
    "default-src 'none'; style-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
    """
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join(dict.fromkeys(scripts)),
        "style-src": styles,
        "img-src": pictures,
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{part} {sources}" for part, sources in allowed.items() if sources)


def source_hash(text: str) -> str:
    """The source expression of an inline script or style.

    >>> source_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
