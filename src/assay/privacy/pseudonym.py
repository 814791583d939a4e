"""Pseudonyms: the same value the same name everywhere, which nobody without the keys can undo."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import ParameterError
from assay.privacy.forgotten import Forgotten
from assay.privacy.remembered import SCHEMA, Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.privacy.keys import KeyRing

PREFIX: Final = "p_"
BYTES: Final = 13
"""Of a digest, so 104 bits: among 10⁹ persons two share a pseudonym with a chance of 2.5e-14."""
PATTERN: Final = r"^p_[0-9a-f]{26}$"
REMEMBERED: Final = 2_000_000
_BLOCK: Final = 64
"""Bytes that SHA-256 takes at a time."""


class Pseudonyms:
    """Replaces values by pseudonyms, and remembers those that come again.

    A pseudonym is `p_` and the first 26 hexadecimal digits of HMAC-SHA256 under the oldest key of
    the value's UTF-8 bytes; each further key of the ring is applied to the pseudonym so far. There
    is one domain for all columns and tables, so that `user_id`, `unit_id` and `learner_id` meet.
    Values are taken to the letter: `Anna` and `anna` are two persons.
    """

    def __init__(self, ring: KeyRing, *, remembered: int = REMEMBERED) -> None:
        self._ring = ring
        self._remembered = remembered
        self._forgotten = Forgotten.none()
        self._memory = Remembered.nothing()

    @property
    def ring(self) -> KeyRing:
        """The keys in use."""
        return self._ring

    def of(self, value: str) -> str:
        """The pseudonym of one value under the whole ring."""
        return _chained(value, self._ring.keys)

    def stages(self, value: str) -> tuple[str, ...]:
        """The pseudonym under the first key, under the first two, and so on."""
        stages = []
        for key in self._ring.keys:
            value = _keyed(value, key)
            stages.append(value)
        return tuple(stages)

    def replace(self, values: pl.Series) -> pl.Series:
        """A column of text as pseudonyms; null stays null."""
        return self.checked(values, Forgotten.none())[0]

    def checked(
        self, values: pl.Series, forgotten: Forgotten, *, remember: bool = True
    ) -> tuple[pl.Series, pl.Series]:
        """A column as pseudonyms, and of which rows the person is to stay forgotten.

        Args:
            values: text.
            forgotten: marks of those who were removed.
            remember: keep the pseudonyms of these values for the next call; not worth it where
                hardly any value comes twice.
        """
        if not forgotten:
            forgotten = self._forgotten if remember else Forgotten.none()
        elif remember and forgotten is not self._forgotten:
            self._forgotten, self._memory = forgotten, Remembered.nothing()
        known = self._memory if remember else Remembered.nothing()
        places = known.places_of(values)
        unknown = (places < 0) & values.is_not_null().to_numpy()
        if unknown.any():
            strange = values.filter(pl.Series(unknown))
            known = known.plus(self._computed(strange.unique(), forgotten))
            places[unknown] = known.places_of(strange)
        if remember:
            self._memory = known if len(known) <= self._remembered else Remembered.nothing()
        if ((places < 0) & values.is_not_null().to_numpy()).any():
            found = known.joined(values)
        else:
            found = known.at(places)
        return found["pseudonym"].alias(values.name), found["forgotten"].fill_null(value=False)

    def advanced(self, values: pl.Series, from_length: int) -> pl.Series:
        """Pseudonyms of an earlier ring, of its first `from_length` keys, as those of this one.

        What is no pseudonym stays as it is, as ids do that were never replaced.

        Raises:
            ParameterError: where the ring is shorter than that.
        """
        if not 1 <= from_length <= len(self._ring):
            raise ParameterError(
                f"pseudonyms of a ring of {from_length} keys cannot be advanced to one of "
                f"{len(self._ring)}",
                remedy="use the ring that they were made with, or a later one",
            )
        keys = self._ring.keys[from_length:]
        old = values.drop_nulls().unique()
        old = old.filter(old.str.contains(PATTERN))
        if not keys or not len(old):
            return values
        texts = old.to_list()
        for key in keys:
            texts = _all_keyed(texts, key)
        new = pl.Series(texts, dtype=pl.String)
        return values.replace(old, new)

    def _computed(self, values: pl.Series, forgotten: Forgotten) -> pl.DataFrame:
        texts = values.to_list()
        gone = [False] * len(texts)
        for length, key in enumerate(self._ring.keys, 1):
            texts = _all_keyed(texts, key)
            if length in forgotten.stages:
                gone = [
                    before or forgotten.has(text, length)
                    for before, text in zip(gone, texts, strict=True)
                ]
        return pl.DataFrame({"value": values, "pseudonym": texts, "forgotten": gone}, schema=SCHEMA)


def _chained(value: str, keys: tuple[bytes, ...]) -> str:
    for key in keys:
        value = _keyed(value, key)
    return value


def _keyed(value: str, key: bytes) -> str:
    return PREFIX + hmac.digest(key, value.encode(), "sha256")[:BYTES].hex()


def _all_keyed(values: Iterable[str], key: bytes) -> list[str]:
    """As `_keyed`, of many values, in a third of the time: the key is taken in once (RFC 2104)."""
    block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = (sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    begin, end = inner.copy, outer.copy
    pseudonyms = []
    for value in values:
        inside = begin()
        inside.update(value.encode())
        outside = end()
        outside.update(inside.digest())
        pseudonyms.append(PREFIX + outside.hexdigest()[: 2 * BYTES])
    return pseudonyms
