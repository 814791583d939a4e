"""What a source is called where that is kept: without addresses, numbers and texts of a query."""

from __future__ import annotations

import hmac
import re
from typing import Final

from assay.privacy.redact import redacted

LONGEST: Final = 200
"""Signs of a label that are kept; an entry of the audit log takes no more than 500."""
_MARK: Final = "…"
_QUERY: Final = "?query="
_TEXTS: Final = re.compile(
    r"(?P<dollars>\$\w*\$).*?(?:(?P=dollars)|$)|'(?:[^']|'')*(?:'|$)|--.*|/\*.*?(?:\*/|$)",
    re.DOTALL,
)
_MOMENT: Final = re.compile(
    r"(?<!\d)(?:20\d{6}(?:[T_-]?\d{4,6})?|20\d\d-\d\d-\d\dT?[_-]?\d{4,6}|1[5-9]\d{8}(?:\d{3})?)(?!\d)"
)
"""Days and moments as names of files have them, also as seconds since 1970."""
_SIGN: Final = "\ue000"


def kept_label(label: str, key: bytes) -> str:
    """The label as the store and the audit log hold it.

    Most stay as they are. Where one is changed, six digits of a keyed hash at its end tell it from
    others that would be the same now.

    Args:
        label: of a file or of a query, as it may be printed.
        key: the oldest of the project's keys, which never changes.
    """
    head, query, text = label.partition(_QUERY)
    kept = _without_numbers(head) + query + _without_numbers(_TEXTS.sub(_MARK, text))
    if kept == label and len(label) <= LONGEST:
        return label
    tag = hmac.digest(key, label.encode("utf-8", "surrogatepass"), "sha256").hex()[:6]
    return f"{kept[:LONGEST]} #{tag}"


def _without_numbers(text: str) -> str:
    """Redacted, but for days and for what merely looks drawn: names of files are full of hashes."""
    moments = _MOMENT.findall(text)
    parts = re.split(r"([/?&])", _MOMENT.sub(_SIGN, text))
    new = "".join(part if _ordinary(part) else redacted(part) for part in parts)
    for moment in moments:
        new = new.replace(_SIGN, moment, 1)
    return new


def _ordinary(part: str) -> bool:
    """Whether a part of a path holds neither an address nor more than eight digits in a row."""
    plain = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}", "", part)
    return "@" not in plain and "%40" not in plain and not _DIGITS.search(plain)


_DIGITS: Final = re.compile(r"(?:\d[\s().\-/·]{0,3}){8}\d")
