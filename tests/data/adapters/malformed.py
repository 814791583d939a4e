"""Documents of every format, spoilt in every way that logs are spoilt."""

import csv
import io
import json
from typing import Any

from hypothesis import strategies as st

ODD_NUMBERS = (0, -1, 2**31, 2**63, 2**64, 10**30, 10**400, -(2**63), 1e308, 1e-320, 0.1, -0.0)
ODD_TEXTS = (
    "", " ", "null", "None", "NaN", "inf", "-1", "1_000", "1e999", "9" * 400, "\x00", "a\x00b", "﻿x",
    "ü", "日本", "\ud83d", "'", '"', '""', ",", ";", "\r", "\n", "a\r\nb", "{", "[]", "{}", '{"a":', "[1,",
    '{"key": 1}', "2026-06-01T10:00:00Z", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59+14:00",
    "2026-06-01 10:00:00.123456", "2026-06-01T10:00:00.123456789Z", "-9999", "true", "٣", "1" * 39,
)  # fmt: skip


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]} if depth % 2 else [value]
    return value


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from(ODD_TEXTS),
    st.text(max_size=8),
    st.sampled_from([[], {}, [None], {"": {}}, nested(3), nested(40), nested(400)]),
    st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=3),
)


def mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is meant, and once in fifteen times anything."""
    return st.integers(0, 14).flatmap(lambda n: usual if n else anything)


def written(record: Any) -> bytes:
    return json.dumps(record).encode()


@st.composite
def spoilt_text(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Text cut, filled with zeros, in another encoding, or with bytes of chance in it."""
    text = draw(whole)
    at = draw(st.integers(0, len(text)))
    more = draw(st.binary(max_size=6))
    ways = {
        0: text[:at],
        1: text[:at] + more + text[at:],
        2: text[:at] + b"\x00" + text[at + 1 :],
        3: text.decode("utf-8", "replace").encode("latin-1", "replace") + b"\xe9\xff",
        4: text[:at] + b"[" * 2000 + text[at:],
        5: b"\xef\xbb\xbf" + text,
        6: text[:at] + "ü".encode("latin-1") + text[at:],
    }
    return ways.get(draw(st.integers(0, 17)), text)


@st.composite
def lines(draw: st.DrawFn, records: st.SearchStrategy[Any], most: int) -> tuple[bytes, int]:
    """A file of spoilt JSON lines with mixed endings; and how many documents it has."""
    documents = draw(st.lists(spoilt_text(records.map(written)), min_size=most, max_size=most))
    endings = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b" \n", b"\n\x00\n"])
    return b"".join(one + draw(endings) for one in documents), len(documents)


@st.composite
def tables(draw: st.DrawFn, names: list[str], most: int) -> bytes:
    """A CSV file with spoilt records: ragged, of wrong types, with open quotation marks."""
    chosen = [name for name in names if draw(st.integers(0, 9)) or name in names[:3]]
    texts = anything.map(lambda one: one if isinstance(one, str) else json.dumps(one))
    rows = draw(
        st.lists(
            st.lists(texts, min_size=0, max_size=len(chosen) + 1), min_size=most, max_size=most
        )
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])))
    writer.writerow(chosen)
    for row in rows:
        ragged = draw(st.integers(0, 9)) == 0
        writer.writerow(row if ragged else (row + [""] * len(chosen))[: len(chosen)])
    text = out.getvalue().encode("utf-8", "surrogatepass")
    head = text.index(b"\n" if b"\n" in text else b"\r") + 1
    body = draw(spoilt_text(st.just(text[head:])))
    return text[:head] + body


def whole_files(text: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Files in UTF-16, or of nothing but chance."""
    wide = text.map(lambda one: one.decode("utf-8", "replace").encode("utf-16"))
    chance = st.binary(max_size=200)
    return st.integers(0, 14).flatmap(lambda n: {0: wide, 1: wide, 2: chance}.get(n, text))
