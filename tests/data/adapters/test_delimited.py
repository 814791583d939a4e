"""What may stand beside the fields of a CSV: a last separator too many, and zeros at its end."""

from pathlib import Path

import pytest

from assay.data.adapters import Chunk, recognise
from data.adapters.log_files import log_file, read_all, rows_of

HEADER = "interaction_id,occurred_at,model"


def read(folder: Path, *lines: str) -> Chunk:
    piece = log_file(folder, "a.csv", "\n".join(lines))
    assert recognise(piece) == "table"
    (chunk,) = read_all(piece, "table")
    return chunk


def models(chunk: Chunk) -> list[tuple[str, str | None]]:
    return [(row["interaction_id"], row["model"]) for row in rows_of([chunk])]


@pytest.mark.parametrize(
    ("header", "end"), [(HEADER + ",", ""), (HEADER, ","), (HEADER, ", "), (HEADER + ", ", "")]
)
def test_a_last_column_without_name_and_value_is_left_out(
    tmp_path: Path, header: str, end: str
) -> None:
    chunk = read(tmp_path, header, f"a,2026-06-01,m{end}", f"b,2026-06-02,{end}", "")
    assert models(chunk) == [("a", "m"), ("b", "")]
    assert chunk.warnings == ("the last column has no name and no value, and was left out",)
    assert not chunk.broken


def test_a_last_column_that_all_have_is_nothing_to_tell(tmp_path: Path) -> None:
    chunk = read(tmp_path, HEADER + ",", "a,2026-06-01,m,", "b,2026-06-02,m,")
    assert (chunk.warnings, len(models(chunk))) == ((), 2)


@pytest.mark.parametrize(
    ("lines", "broken"),
    [
        ((HEADER, "a,2026-06-01,m,", "b,2026-06-02,m,x", "c,2026-06-03,"), [2, 3]),
        ((HEADER, "a,2026-06-01,m", "b,2026-06-02,m,"), [2]),
        ((HEADER, "a,2026-06-01,m,x", "b,2026-06-02,m"), [1]),
        ((HEADER + ",", "a,2026-06-01,m,", "b,2026-06-02,m"), [2]),
        ((HEADER + ",", "a,2026-06-01,m", "b,2026-06-02", "c,2026-06-03,m,,"), [2, 3]),
        ((HEADER, "a,2026-06-01,m,,", "b,2026-06-02,m"), [1]),
    ],
)
def test_other_numbers_of_fields_are_broken(
    tmp_path: Path, lines: tuple[str, ...], broken: list[int]
) -> None:
    assert [one.row for one in read(tmp_path, *lines).broken] == broken


@pytest.mark.parametrize("end", ["\0" * 4096, "\n" + "\0" * 3, "\r\n\0\0\r\n\0"])
def test_zeros_at_the_end_are_no_record(tmp_path: Path, end: str) -> None:
    chunk = read(tmp_path, HEADER, "a,2026-06-01,m", "b,2026-06-02,m" + end)
    assert models(chunk) == [("a", "m"), ("b", "m")]
    assert (chunk.read, chunk.broken) == (2, ())
