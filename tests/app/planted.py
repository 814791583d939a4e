"""Personal values that cannot be mistaken, and the search for them in whatever a project keeps."""

import base64
import gzip
import io
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pypdf
import zstandard

_ZSTD = b"\x28\xb5\x2f\xfd"
_DIVIDERS = b" \t\r\n-_.()/\\\"'"


@dataclass(frozen=True)
class Person:
    """Somebody of whom one log tells too much; every log has its own, so that a leak has a name."""

    surname: str
    number: int

    @property
    def values(self) -> dict[str, str]:
        """What is planted, by kind."""
        low, two = self.surname.lower(), f"{self.number:02}"
        return {
            "name": f"Zephyrine {self.surname}",
            "e-mail": f"zephyrine.{low}@mail-of-{low}.example",
            "e-mail in a text": f"write to <Z.{self.surname}+private@Example.ORG> at once",
            "telephone": f"+49 151 9876 54{two}",
            "telephone at home": f"(0{two}51) 987 65-432{two}",
            "key": f"sk-proj-{self.surname}T3BlbkFJ{two}9zQ8w7E6r5T4y3",
            "password": f"password={self.surname}!{two}",
            "card": luhn(f"4929 7351 6284 {two}7"),
            "sentence": f"Ms {self.surname} of Elm Street {two} was told to call +49 151 9876 54{two}",
            "address": f"https://{low}:{self.surname}@{low}.example/?q=Zephyrine%20{self.surname}",
        }

    @property
    def needles(self) -> tuple[str, ...]:
        """What must not be found, in lower case and without what divides digits."""
        two = f"{self.number:02}"
        digits = [f"151987654{two}", f"5198765432{two}", "".join(self.values["card"].split())]
        return (self.surname.lower(), *digits)

    def found_in(self, content: bytes) -> list[str]:
        """Which of the needles a content holds, plain, encoded, or with other signs between."""
        plain = content.lower()
        close = plain.translate(None, _DIVIDERS)
        found = [n for n in self.needles if n.encode() in plain or n.encode() in close]
        for word in (self.surname, self.surname.lower(), self.surname.upper()):
            found += [f"{word} in base 64" for core in base64_cores(word) if core in content]
            found += [f"{word} in hex"] if word.encode().hex().encode() in plain else []
        return found


def luhn(digits: str) -> str:
    """The number of a card with its check digit."""
    total = 0
    for place, digit in enumerate(reversed([int(one) for one in digits if one.isdigit()])):
        doubled = digit * (2 - place % 2)
        total += doubled - 9 * (doubled > 9)
    return f"{digits}{-total % 10}"


def base64_cores(word: str) -> Iterator[bytes]:
    """What of a word's base 64 is the same wherever the word stands."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + word.encode())
        first = -(-before * 8 // 6)
        yield coded[first : (before + len(word)) * 8 // 6]


def kept(folder: Path, *, but: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder but those below others, as it is and in all ways it can be read."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not name.startswith(tuple(but)):
            yield name, b"\n".join([name.encode(), *readings(path)])


def readings(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what they say when they are unpacked or read as what they are."""
    content = path.read_bytes()
    yield content
    yield from unpacked(content)
    if content[:4] == b"PAR1":
        for column in pl.read_parquet(io.BytesIO(content)).iter_columns():
            yield pl.DataFrame([column]).write_ndjson().encode()
    if content[:15] == b"SQLite format 3":
        connection = sqlite3.connect(path)
        yield "\n".join(connection.iterdump()).encode()
        connection.close()
    if content[:4] == b"%PDF":
        reader = pypdf.PdfReader(io.BytesIO(content))
        yield "\n".join(page.extract_text() for page in reader.pages).encode()
        yield str(reader.metadata).encode()


def unpacked(content: bytes) -> Iterator[bytes]:
    """Whatever is packed within: pages of Parquet, streams of PDF, packed files."""
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    for found in re.finditer(re.escape(_ZSTD), content):
        try:
            unpacker = zstandard.ZstdDecompressor().decompressobj()
            yield unpacker.decompress(content[found.start() :])
        except zstandard.ZstdError:
            continue
    for found in re.finditer(rb"stream\r?\n", content):
        try:
            yield zlib.decompressobj().decompress(content[found.end() :])
        except zlib.error:
            continue
