"""Addresses of databases and stores: which are some, and how they may be printed and kept."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

_SCHEME: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_SECRET: Final = re.compile(
    r"passw|pwd|secret|token|credential|api_?key|access_?key|signature|^sig$", re.IGNORECASE
)
_HOSTS: Final = re.compile(r"^(\[[^\]]*\]|[^:,]*)(:\d*)?(,(\[[^\]]*\]|[^:,]*)(:\d*)?)*$")
_PLACEHOLDER: Final = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def scheme_of(text: str) -> str:
    """The scheme of an address in small letters; empty where the text is a path.

    >>> scheme_of("postgresql://host/logs")
    'postgresql'
    >>> scheme_of("data/logs.csv")
    ''
    """
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def without_credentials(address: str) -> str:
    """The address without user, password and secret options; any other text as it is.

    >>> without_credentials("postgresql://app:s3cret@db/logs?table=calls&password=x")
    'postgresql://db/logs?table=calls'
    """
    if not scheme_of(address):
        return address
    scheme, _, authority, slash, path, options = _parts(address)
    place = authority.rpartition("@")[2]
    kept = [
        (name, value)
        for name, value in parse_qsl(options, keep_blank_values=True)
        if not _SECRET.search(name) and name.lower() != "user"
    ]
    written = urlencode(kept, safe="/:*{}$,", quote_via=quote)
    return f"{scheme}://{place}{slash}{path}" + (f"?{written}" if written else "")


def carries_password(address: str) -> bool:
    """Whether a secret stands in the address itself; a `${VARIABLE}` is none.

    >>> carries_password("postgresql://app:s3cret@db/logs")
    True
    >>> carries_password("postgresql://app:${DB_PASSWORD}@db/logs")
    False
    """
    if not scheme_of(address):
        return False
    _, _, authority, _, _, options = _parts(address)
    user, at, _ = authority.rpartition("@")
    given = [user.partition(":")[2]] if at else []
    given += [value for name, value in parse_qsl(options) if _SECRET.search(name)]
    return any(_PLACEHOLDER.sub("", value) for value in given)


def _parts(address: str) -> tuple[str, str, str, str, str, str]:
    """Scheme, `://`, user and host, slash, path, options.

    A password may hold signs that should have been escaped: a slash, so the last `@` before the
    options ends it; or a question mark, so where anything tells of one, the very last `@` does.
    """
    scheme, colon, rest = address.partition("://")
    head, _, options = rest.partition("?")
    user, at, place = head.rpartition("@")
    if "@" in options and (
        _PLACEHOLDER.sub("", user.partition(":")[2])
        or "@" in options.partition("=")[0]
        or not _HOSTS.match(place.partition("/")[0])
    ):
        user, at, behind = rest.rpartition("@")
        place, _, options = behind.partition("?")
    authority, slash, path = place.partition("/")
    return scheme, colon, f"{user}{at}{authority}", slash, path, options
