"""Documents of every format, spoilt in every way that logs are spoilt.

Each is made of one number, which Hypothesis draws: if it drew every value, that would take several
times as long as reading them.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

Make = Callable[[Random], Any]
"""Makes one of what it stands for."""

ODD_NUMBERS = (0, -1, 2**31, 2**63, 2**64, 10**30, 10**400, -(2**63), 1e308, 1e-320, 0.1, -0.0)
ODD_TEXTS = (
    "", " ", "null", "None", "NaN", "inf", "-1", "1_000", "1e999", "9" * 400, "\x00", "a\x00b", "﻿x",
    "ü", "日本", "\ud83d", "'", '"', '""', ",", ";", "\r", "\n", "a\r\nb", "{", "[]", "{}", '{"a":', "[1,",
    '{"key": 1}', "2026-06-01T10:00:00Z", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59+14:00",
    "2026-06-01 10:00:00.123456", "2026-06-01T10:00:00.123456789Z", "-9999", "true", "٣", "1" * 39,
)  # fmt: skip
HEADS = (
    b"PAR1",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"SQLite format 3\x00",
    b"\xff\xfe",
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]} if depth % 2 else [value]
    return value


def seeded(make: Make) -> st.SearchStrategy[Any]:
    return st.integers(0, 2**64 - 1).map(lambda seed: make(Random(seed)))  # noqa: S311  tests, no secrets


def one_of(*makes: Make) -> Make:
    return lambda rng: rng.choice(makes)(rng)


def chosen(values: Sequence[Any]) -> Make:
    return lambda rng: rng.choice(values)


def several(make: Make, least: int, most: int) -> Make:
    return lambda rng: [make(rng) for _ in range(rng.randint(least, most))]


def fields(needed: dict[str, Make], optional: dict[str, Make] | None = None) -> Make:
    """An object with all that is needed, and of what is optional about one half."""

    def make(rng: Random) -> dict[str, Any]:
        made = {name: value(rng) for name, value in needed.items()}
        there = ((name, value) for name, value in (optional or {}).items() if rng.randrange(2))
        return made | {name: value(rng) for name, value in there}

    return make


def character(rng: Random) -> str:
    """Of ASCII with its control characters, of the first scripts, or any that is no surrogate."""
    code = rng.randrange(rng.choice((0x80, 0x80, 0x800, 0x110000)))
    return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"


def text(most: int) -> Make:
    return lambda rng: "".join(character(rng) for _ in range(rng.randint(0, most)))


def whole_number(rng: Random) -> int:
    bound = 1 << rng.choice((3, 7, 15, 31, 63, 127))
    return rng.randint(-bound, bound)


def dictionary(rng: Random) -> dict[str, Any]:
    value = one_of(whole_number, text(4))
    return {text(4)(rng): value(rng) for _ in range(rng.randint(0, 3))}


anything = one_of(
    chosen([None]),
    chosen([False, True]),
    chosen(ODD_NUMBERS),
    chosen(ODD_TEXTS),
    text(8),
    chosen([[], {}, [None], {"": {}}, nested(3), nested(40), nested(400)]),
    dictionary,
)


def mostly(usual: Make) -> Make:
    """What is meant, and once in fifteen times anything."""
    return lambda rng: usual(rng) if rng.randrange(15) else anything(rng)


def written(record: Make) -> Make:
    return lambda rng: json.dumps(record(rng)).encode()


def chance(rng: Random, most: int) -> bytes:
    """Bytes of chance, often few of them; one time in three a text of a few letters, or a blank one."""
    size = rng.randint(0, rng.choice((1, 4, 16, most)))
    some = rng.choice((b"", b"", b"", b"", b"a\xff\n", b" \r\n\t"))
    return bytes(rng.choices(some, k=size)) if some else rng.randbytes(size)


def spoilt_text(whole: Make) -> Make:
    """Text cut, filled with zeros, in another encoding, or with bytes of chance in it."""

    def make(rng: Random) -> bytes:
        text: bytes = whole(rng)
        at = rng.randint(0, len(text))
        ways = {
            0: lambda: text[:at],
            1: lambda: text[:at] + chance(rng, 6) + text[at:],
            2: lambda: text[:at] + b"\x00" + text[at + 1 :],
            3: lambda: text.decode("utf-8", "replace").encode("latin-1", "replace") + b"\xe9\xff",
            4: lambda: text[:at] + b"[" * 2000 + text[at:],
            5: lambda: b"\xef\xbb\xbf" + text,
            6: lambda: text[:at] + "ü".encode("latin-1") + text[at:],
        }
        return ways.get(rng.randrange(18), lambda: text)()

    return make


def lines(record: Make, most: int) -> Make:
    """A file of spoilt JSON lines with mixed endings; some come twice."""
    endings = (b"\n", b"\r\n", b"\r", b"\n\n", b" \n", b"\n\x00\n")

    def make(rng: Random) -> bytes:
        made: list[bytes] = []
        for _ in range(most):
            made.append(spoilt_text(written(record))(rng))
            if not rng.randrange(8):
                made.append(rng.choice(made))
        return b"".join(one + rng.choice(endings) for one in made)

    return make


def tables(names: list[str], most: int) -> Make:
    """A CSV file with spoilt records: ragged, of wrong types, with open quotation marks."""

    def cell(rng: Random) -> str:
        value = anything(rng)
        return value if isinstance(value, str) else json.dumps(value)

    def make(rng: Random) -> bytes:
        there = [name for name in names if rng.randrange(10) or name in names[:3]]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator=rng.choice(["\n", "\r\n", "\r"]))
        writer.writerow(there)
        for _ in range(most):
            row = several(cell, 0, len(there) + 1)(rng)
            ragged = not rng.randrange(10)
            writer.writerow(row if ragged else (row + [""] * len(there))[: len(there)])
        text = out.getvalue().encode("utf-8", "surrogatepass")
        head = text.index(b"\n" if b"\n" in text else b"\r") + 1
        return text[:head] + spoilt_text(lambda _: text[head:])(rng)

    return make


def whole_files(text: Make) -> Make:
    """Files in UTF-16, that begin as of another format, or of nothing but chance."""

    def make(rng: Random) -> bytes:
        kind = rng.randrange(15)
        if kind < 2:
            return text(rng).decode("utf-8", "replace").encode("utf-16")
        if kind == 2:
            return chance(rng, 200)
        return rng.choice(HEADS) + text(rng) if kind == 3 else text(rng)

    return make
