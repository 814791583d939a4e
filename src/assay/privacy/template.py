"""The skeleton of a message: the words that a program wrote, and nothing that it quotes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import polars as pl

from assay.privacy.redact import redacted
from assay.privacy.vocabulary import PARTS, STATUSES, WORDS

MASK: Final = "*"
LONGEST_TEMPLATE: Final = 300
LONGEST_EXCERPT: Final = 120
_READ: Final = 2_000
_OPENING: Final = "([{<\"'`«“‘"  # noqa: RUF001  quotes as people type them
_CLOSING: Final = ")]}>\"'`»”’.,:;!?"
_PAIRS: Final = {"(", ")", "[", "]", "{", "}", "'", '"', "`", ":", ",", ".", ";", "!", "?"}
_CORE: Final = re.compile(r"[A-Za-z]+(?:[_\-./:][A-Za-z]+)*")
_DIVIDER: Final = re.compile(r"[_\-./:]")
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NUMBER: Final = re.compile(r"[+-]?[\d][\d.,:eE+\-/TZ]*%?")
_RUNS: Final = re.compile(r"\*(?:\s\*)+")
_SIGNS: Final = re.compile(r"[=:|→>+&-]{1,3}")


def template_of(message: str) -> str:
    """What is left of a message when every word that is not technical is `*`.

    Words of `vocabulary.WORDS`, compounds of them (`RateLimitError`, `max_tokens`) and statuses of
    HTTP stay; everything else is masked, and masks that follow each other become one.
    """
    return _masked(message, numbers=False)[:LONGEST_TEMPLATE]


def template(messages: pl.Series) -> pl.Series:
    """A column of messages as templates; null stays null."""
    given = messages.drop_nulls()
    unique = given.unique()
    if not len(unique):
        return messages
    new = pl.Series([template_of(message) for message in unique.to_list()], dtype=pl.String)
    made = given.replace(unique, new)
    there = messages.is_not_null()  # most rows have no message: only those that do are looked up
    place = (there.cum_sum().cast(pl.Int64) - 1).zip_with(there, pl.Series([None], dtype=pl.Int64))
    return made.gather(place).alias(messages.name)


def excerpt(text: str) -> str:
    """What may be shown of a value that is wrong: technical words, and the shape of numbers.

    At most 120 characters; each digit of a short number is 9, so that `2024-13-45` is told as
    `9999-99-99`. Safe for logs and for what is kept of rejected rows.
    """
    masked = _masked(text, numbers=True)
    return masked if len(masked) <= LONGEST_EXCERPT else f"{masked[: LONGEST_EXCERPT - 1]}…"


def _masked(text: str, *, numbers: bool) -> str:
    kept = " ".join(_word(word, numbers=numbers) for word in redacted(text[:_READ]).split())
    return _RUNS.sub(MASK, kept)


@lru_cache(maxsize=50_000)
def _word(word: str, *, numbers: bool) -> str:
    core = word.lstrip(_OPENING)
    head, core = word[: len(word) - len(core)], core.rstrip(_CLOSING)
    tail = word[len(head) + len(core) :]
    if not core:
        return word if set(word) <= _PAIRS else MASK
    if _SIGNS.fullmatch(word):
        return word
    if not (_is_technical(core) or _is_status(core)):
        if not (numbers and _NUMBER.fullmatch(core)):
            return MASK
        core = re.sub(r"\d", "9", core)
    if not set(head) | set(tail) <= _PAIRS:
        return core
    return f"{head}{core}{tail}"


def _is_technical(core: str) -> bool:
    if core.lower() in WORDS:
        return core.islower() or core.isupper() or core.istitle()
    if not _CORE.fullmatch(core):
        return False
    words = [part for piece in _DIVIDER.split(core) for part in _CAMEL.findall(piece)]
    return len(words) > 1 and all(word.lower() in PARTS for word in words)


def _is_status(core: str) -> bool:
    return len(core) == 3 and core.isascii() and core.isdecimal() and int(core) in STATUSES
