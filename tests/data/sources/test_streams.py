"""A file's bytes: the same however they are packed, and an error where some are missing."""

import gzip
import io
import json
import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.data.sources import open_bytes, pieces_of, readable, scan

TEXT = b"".join(b'{"a":%d,"b":"%x"}\n' % (i, i * 2654435761 % 2**32) for i in range(60_000))

PACKED = {
    "rows.jsonl": bytes,
    "rows.jsonl.gz": gzip.compress,
    "rows.ndjson.zst": zstandard.compress,
    "two.jsonl.gz": lambda text: gzip.compress(text[:999]) + gzip.compress(text[999:]),
    "two.jsonl.zst": lambda text: zstandard.compress(text[:999]) + zstandard.compress(text[999:]),
    "long.json.zst": lambda text: zstandard.compress(text, 3),
}


def opened(path: Path):
    (piece,) = pieces_of(path)
    return open_bytes(piece)


@pytest.mark.parametrize("name", PACKED)
def test_packing_changes_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[name](TEXT))
    with opened(path) as stream:
        lines = list(stream)
        assert stream.raw_position() == path.stat().st_size
    assert b"".join(lines) == TEXT
    assert stream.closed


@pytest.mark.parametrize("name", PACKED)
def test_how_far_a_file_is_read_only_grows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[name](TEXT * 4))
    with opened(path) as stream:
        seen = [stream.raw_position() for block in iter(lambda: stream.read(100_000), b"") if block]
    assert seen == sorted(seen)
    assert 0 < seen[0] <= seen[-1] <= path.stat().st_size
    assert seen[0] < seen[-1]


@pytest.mark.parametrize("name", [name for name in PACKED if name.endswith((".gz", ".zst"))])
@pytest.mark.parametrize("share", [0.3, 0.999])
def test_packed_data_that_are_cut_off_are_told(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    packed = PACKED[name](TEXT)
    path.write_bytes(packed[: int(len(packed) * share)])
    with (
        pytest.raises(DataError, match="cannot be read as JSON lines"),
        readable(path, "JSON lines"),
        opened(path) as stream,
    ):
        stream.read()


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.jsonl.zst", "x.json.zst"])
def test_what_is_not_packed_as_its_name_says_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TEXT)
    with (
        pytest.raises(DataError, match="cannot be read as JSON lines"),
        readable(name, "JSON lines"),
        opened(tmp_path / name) as stream,
    ):
        stream.read()
    with pytest.raises(DataError, match="cannot be read as JSON lines"):
        scan(tmp_path / name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=3)


@settings(max_examples=60)
@given(
    st.lists(OBJECTS, min_size=1, max_size=4),
    st.sampled_from([None, 0, 1, 4]),
    st.sampled_from(["", ".gz", ".zst"]),
    st.booleans(),
)
def test_an_array_comes_as_lines(documents, indent, pack: str, mark) -> None:
    text = ("\ufeff" if mark else "") + json.dumps(documents, indent=indent)
    pack_it = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[pack]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows.json{pack}"
        path.write_bytes(pack_it(text.encode()))
        with opened(path) as stream:
            assert [json.loads(line) for line in stream] == documents
    assert isinstance(stream, io.BufferedReader)


def test_one_object_over_several_lines_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"a": 1, "b": "x"}, indent=2))
    with opened(path) as stream:
        assert stream.read() == b'{"a":1,"b":"x"}\n'
    assert scan(path).collect().to_dicts() == [{"a": 1, "b": "x"}]


def test_an_array_of_rows_is_scanned(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[{"b": 1, "a": "2026-06-01"}, {"b": 2.5, "a": "2026-06-02"}]')
    frame = scan(path).collect()
    assert frame.columns == ["b", "a"]
    assert frame["b"].to_list() == [1.0, 2.5]


def test_a_document_that_is_no_json_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[{"b": 1}, ')
    with pytest.raises(DataError, match="neither JSON nor JSON lines"):
        opened(path)
    with pytest.raises(DataError, match="neither JSON nor JSON lines"):
        scan(path)
