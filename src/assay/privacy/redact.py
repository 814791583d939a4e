"""Kept text without what points at a person or opens a door: addresses, numbers, keys."""

from __future__ import annotations

import ipaddress
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

E_MAIL: Final = "e-mail"
PHONE: Final = "phone"
KEY: Final = "key"
SECRET: Final = "secret"  # noqa: S105  the word that stands for one
CARD: Final = "card"
IBAN: Final = "IBAN"
ADDRESS: Final = "IP"
NUMBER: Final = "number"

SUSPECT: Final = (
    r"[@\uff20\ufe6b]|%(?:25)*40|://|PRIVATE KEY|::|\+\d"
    r"|(?:\d\D{0,3}){6}\d"
    r"|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
    r"|:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:"
    r"|[A-Za-z0-9+/=_.~-]{12,}"
    r"|(?i:[(\[{] ?at ?[)\]}]|bearer|basic|passw|pwd|secret|token|key|auth|credential)"
)
"""For Polars: what holds none of these, `redacted` leaves as it is (as a test shows)."""

_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|.*)",
    re.DOTALL,
)
_USER_INFO: Final = re.compile(r"(?<=://)[^\s/?#]+@")
_BEARER: Final = re.compile(
    r"\b(bearer|basic|digest|negotiate)\s+(?!(?-i:[a-z]{1,19})(?![\w.~+/=-]))[A-Za-z0-9._~+/=-]{8,}",
    re.IGNORECASE,
)
_NAMED_SECRET: Final = re.compile(
    r"""([A-Za-z0-9_.-]*(?:passw(?:or)?d|passphrase|pwd|secret|credentials?|access[_-]?key"""
    r"""|api[_-]?key|account[_-]?key|private[_-]?key|auth[_-]?token|access[_-]?token"""
    r"""|authorization)[A-Za-z0-9_]*["']?\s?[:=]\s?["']?)([^\s"',;&\[]+)""",
    re.IGNORECASE,
)
_KNOWN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?:[A-Za-z]+-)?[A-Za-z0-9_-]{12,}"
    r"|pk-lf-[A-Za-z0-9-]{12,}"
    r"|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[0-9A-Z]{12,}"
    r"|AIza[0-9A-Za-z_-]{20,}|ya29\.[0-9A-Za-z_-]{16,}|GOCSPX-[0-9A-Za-z_-]{16,}"
    r"|xox[a-z]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}"
    r"|(?:[sr]k|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}"
    r"|SG\.[A-Za-z0-9_-]{12,}(?:\.[A-Za-z0-9_-]+)?"
    r"|(?:hf|gsk|npm|r8|fw|pul|shpat|shpss|lsv2_pt|lsv2_sk|dop_v1|phc|phx|rubygems|tfp)"
    r"_[A-Za-z0-9_]{16,}"
    r"|(?:xai|pplx|nvapi|tvly|pypi|pat|key|csk|fc|lin_api|secret)-[A-Za-z0-9_-]{20,}"
    r"|jina_[A-Za-z0-9_-]{20,}"
    r"|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}"
    r")"
)
_AT: Final = r"(?:[@\uff20\ufe6b]|%(?:25)*40|\s?[(\[{]\s?at\s?[)\]}]\s?)"
_DOT: Final = r"(?:\.|\s?[(\[{]\s?dot\s?[)\]}]\s?)"
_LOCAL: Final = r"""(?:"[^"\n]{1,64}"|[^\s@\uff20\ufe6b<>()\[\]{},;:"|\\=]+)"""
_DOMAIN: Final = r"""[^\s@\uff20\ufe6b<>()\[\]{},;:"'|\\/?#!&=.]+"""
_E_MAIL: Final = re.compile(
    rf"{_LOCAL}{_AT}(?!(?:v?\d[\w.]*|latest|default|stable)(?![\w@.-]))"
    rf"(?:\[[\d.:A-Fa-f]+\]|{_DOMAIN}(?:{_DOT}{_DOMAIN})*)",
    re.IGNORECASE,
)
_RUN: Final = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_PART: Final = re.compile(r"[A-Za-z0-9]{16,}")
_UUID_TEXT: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_UUID: Final = re.compile(rf"(?<![0-9A-Za-z]){_UUID_TEXT}(?![0-9A-Za-z])")
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_IP4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_IP6: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*[0-9A-Fa-f]")
_GAP: Final = r"[\s().\-/·‐‑–]{0,3}"  # noqa: RUF001  dashes as people type them
_DIGITS: Final = re.compile(
    rf"(?P<uuid>(?<![0-9A-Za-z]){_UUID_TEXT}(?![0-9A-Za-z]))|\+?\(?\d(?:{_GAP}\d){{6,}}"
)
_DAY: Final = r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4})"
_ORDINARY: Final = re.compile(
    rf"(?:\d{{1,2}}-)?{_DAY}(?:[\s.-]\d{{1,2}})?"
    r"|\d{1,8}|[1-9]\d?(?:[. ]\d{3}){2}|(?:0|[1-9]\d{0,2})\.\d+"
)

_VERSION: Final = re.compile(r"(?:19|20)\d{6}(?:\d\d){0,3}|\d{1,4}(?:\.\d{1,2}){1,4}(?:\.\d{1,6})?")
_HASH: Final = re.compile(r"(?:v|g|git-|sha-|sha1:|sha256:)?(?=\d*[a-f])[0-9a-f]{7,64}")
_WHOLE_PHONE: Final = 15
_PHONE_IN_WORD: Final = 9
_STAMP: Final = re.compile(
    r"(?<!\d)20\d\d([-.]?)(?:0[1-9]|1[0-2])(?:\1(?:0[1-9]|[12]\d|3[01]))?(?!\d)"
    r"|(?<!\d)(?:0[1-9]|1[0-2])-20\d\d(?!\d)"
    r"|(?<!\d)2\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_AT_NAMESPACE: Final = re.compile(
    r"(?:(?<=/)|^)@(?=[\w-]+/)|@(?=(?:v?\d[\w.-]*|latest|default|stable)$)"
)
_NAME_PART: Final = re.compile(
    r"(?:[A-Z]?[a-z]+|[A-Z]+){0,3}\d{0,4}[A-Za-z]{0,3}\d{0,2}"
    r"|[A-Za-z]?\d+[A-Za-z]{0,3}\d{0,2}[A-Za-z]?"
)
_ODD_SIGNS: Final = 12
_CARD_DIGITS: Final = range(13, 20)


def redacted(text: str, *, version: bool = False) -> str:
    """The text with placeholders such as `[e-mail]` where something personal or secret stood.

    Args:
        text: as given.
        version: the text names a version, in which digits, hashes and dots are ordinary.
    """
    return _redacted(text, version=version, found=set())


def patterns(text: str, *, version: bool = False) -> tuple[str, ...]:
    """Kinds of personal or secret things that the text holds."""
    found: set[str] = set()
    _redacted(text, version=version, found=found)
    return tuple(sorted(found))


def patterns_of_word(word: str) -> tuple[str, ...]:
    """Kinds of personal or secret things in one word without blanks, such as the name of a model.

    In such names dates, sizes, and capitals amid small letters are ordinary, so a number counts as
    a telephone's from nine digits on, and a key is told by parts that no name is made of.
    """
    found: set[str] = set()
    text = _STAMP.sub("~", word)
    for kind, pattern in ((SECRET, _USER_INFO), (SECRET, _NAMED_SECRET), (KEY, _KNOWN)):
        if pattern.search(text):
            found.add(kind)
    if _E_MAIL.search(_AT_NAMESPACE.sub("", word)):
        found.add(E_MAIL)
    _IBAN.sub(_iban(found), text)
    if any(_drawn_word(match[0]) for match in _RUN.finditer(_UUID.sub("~", text))):
        found.add(KEY)
    for pattern in (_IP4, _IP6):
        if any(_address(match) for match in pattern.finditer(text)):
            found.add(ADDRESS)
    for match in _DIGITS.finditer(text):
        if match["uuid"] is None and len(_plain(match[0])) >= _PHONE_IN_WORD and _digits(match):
            found.add(PHONE)
    return tuple(sorted(found))


def _drawn_word(run: str) -> bool:
    """Whether a long run holds parts that look drawn, or many that no name is made of."""
    parts = [part for part in re.split(r"[+/=_-]", run) if part]
    if any(_is_drawn(part) for part in parts):
        return True
    odd = sum(len(part) for part in parts if not _NAME_PART.fullmatch(part))
    return odd >= _ODD_SIGNS and _scattered(run)


def _is_drawn(part: str) -> bool:
    digits = sum(sign.isdigit() for sign in part)
    mixed = any(sign.isupper() for sign in part) and any(sign.islower() for sign in part)
    return (
        len(part) >= 16
        and digits < len(part)
        and (digits >= 4 or (digits >= 2 and mixed))
        and not _NAME_PART.fullmatch(part)
    )


def redact(texts: pl.Series) -> pl.Series:
    """A column of text, redacted; null stays null. Only what is suspect costs time."""
    unique = texts.drop_nulls().unique()
    suspect = unique.filter(unique.str.contains(SUSPECT))
    if not len(suspect):
        return texts
    new = pl.Series([redacted(text) for text in suspect.to_list()], dtype=pl.String)
    return texts.replace(suspect, new)


def _redacted(text: str, *, version: bool, found: set[str]) -> str:
    def becomes(kind: str) -> Callable[[re.Match[str]], str]:
        def replaced(_: re.Match[str]) -> str:
            found.add(kind)
            return f"[{kind}]"

        return replaced

    def after_head(kind: str) -> Callable[[re.Match[str]], str]:
        def replaced(match: re.Match[str]) -> str:
            found.add(kind)
            head = match[1] if match.re is _NAMED_SECRET else f"{match[1]} "
            return f"{head}[{kind}]"

        return replaced

    def checked(kind_of: Callable[[re.Match[str]], str | None]) -> Callable[[re.Match[str]], str]:
        def replaced(match: re.Match[str]) -> str:
            kind = kind_of(match)
            if kind is None:
                return match[0]
            found.add(kind)
            return f"[{kind}]"

        return replaced

    if version and _HASH.fullmatch(text):
        return text
    text = _PEM.sub(becomes(KEY), text)
    text = _USER_INFO.sub(lambda match: becomes(SECRET)(match) + "@", text)
    text = _BEARER.sub(after_head(KEY), text)
    text = _NAMED_SECRET.sub(after_head(SECRET), text)
    text = _KNOWN.sub(becomes(KEY), text)
    text = _E_MAIL.sub(becomes(E_MAIL), text)
    text = _IBAN.sub(_iban(found), text)
    if version:
        return _DIGITS.sub(checked(_version), text)
    text = _RUN.sub(checked(_secret_run), text)
    text = _IP4.sub(checked(_address), text)
    text = _IP6.sub(checked(_address), text)
    return _DIGITS.sub(checked(_digits), text)


def _secret_run(match: re.Match[str]) -> str | None:
    """Long runs without a blank that look drawn, not written."""
    run = match[0]
    if _UUID.fullmatch(run):
        return None
    for part in _PART.findall(run):
        digits = sum(sign.isdigit() for sign in part)
        if digits == len(part):
            continue
        mixed = any(sign.isupper() for sign in part) and any(sign.islower() for sign in part)
        if digits >= 4 or (digits >= 2 and mixed):
            return KEY
    return KEY if _scattered(run) else None


def _scattered(run: str) -> bool:
    """Base64 with many slashes or dashes: upper, lower and digits follow each other at random."""
    kinds = "".join(
        "d" if s.isdigit() else "u" if s.isupper() else "l" if s.islower() else "s" for s in run
    )
    changes = sum(one != other for one, other in pairwise(kinds))
    return {"d", "u", "l"} <= set(kinds) and changes >= 0.4 * (len(run) - 1)


def _iban(found: set[str]) -> Callable[[re.Match[str]], str]:
    """The longest beginning whose check digits are right; the rest of the match is kept."""

    def replaced(match: re.Match[str]) -> str:
        for end in range(len(match[0]), 14, -1):
            plain = re.sub("[ -]", "", match[0][:end]).upper()
            if 15 <= len(plain) <= 34 and match[0][end - 1].isalnum() and _mod97(plain) == 1:
                found.add(IBAN)
                return f"[{IBAN}]{match[0][end:]}"
        return match[0]

    return replaced


def _mod97(plain: str) -> int:
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97


def _address(match: re.Match[str]) -> str | None:
    try:
        ipaddress.ip_address(match[0])
    except ValueError:
        return None
    return ADDRESS


def _version(match: re.Match[str]) -> str | None:
    return None if _VERSION.fullmatch(match[0]) else _digits(match)


def _digits(match: re.Match[str]) -> str | None:
    given = match[0]
    if match["uuid"] is not None or _ORDINARY.fullmatch(given):
        return None
    digits = _plain(given)
    if _is_card(digits):
        return CARD
    return PHONE if len(digits) <= _WHOLE_PHONE else NUMBER


def _plain(given: str) -> str:
    return "".join(sign for sign in given if sign.isdecimal())


def _is_card(digits: str) -> bool:
    return len(digits) in _CARD_DIGITS and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0 and digits[0] != "0"
