"""A source's pieces: whatever it is, each file once, in order, and what is left is told."""

from pathlib import Path

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.core.settings import NamedSource
from assay.data.sources import FilePiece, files_of, passed_over, pieces_of, scan


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an export of two days, and things that lie beside them."""
    (tmp_path / "assay.toml").write_text('[sources.daily]\npath = "export"\n')
    monkeypatch.chdir(tmp_path)
    export = tmp_path / "export"
    for name, text in {
        "2026-06-02/calls.csv": "n\n2\n",
        "2026-06-01/calls.csv": "n\n1\n",
        "2026-06-03/calls.csv": "",
        "2026-06-01/.calls.csv.swp": "x",
        "_SUCCESS": "x",
        ".hidden/calls.csv": "n\n9\n",
        "readme.txt": "about",
    }.items():
        (export / name).parent.mkdir(parents=True, exist_ok=True)
        (export / name).write_text(text)
    return export


def labels(source: str | Path) -> list[str]:
    return [piece.label for piece in pieces_of(source)]


def test_a_folder_gives_its_data_files_in_order_and_tells_the_others(folder: Path) -> None:
    assert labels("export") == ["export/2026-06-01/calls.csv", "export/2026-06-02/calls.csv"]
    assert passed_over("export") == {
        "hidden": (".hidden/calls.csv", "2026-06-01/.calls.csv.swp", "_SUCCESS"),
        "empty": ("2026-06-03/calls.csv",),
        "no format that is read": ("readme.txt",),
    }
    assert scan("export").collect()["n"].to_list() == [1, 2]
    assert [file.resolve() for file in files_of("export")] == list(files_of(folder))


def test_a_folder_loses_no_file(folder: Path) -> None:
    below = {file for file in folder.rglob("*") if file.is_file()}
    told = {name for names in passed_over(folder).values() for name in names}
    read = {piece.path for piece in pieces_of(folder) if isinstance(piece, FilePiece)}
    assert read | {folder / name for name in told} == below


def test_a_source_has_a_name_and_the_name_goes_first(folder: Path) -> None:
    assert labels("daily") == labels("export")
    assert scan("daily").collect()["n"].to_list() == [1, 2]
    assert passed_over("daily") == passed_over("export")
    (folder.parent / "daily").mkdir()
    (folder.parent / "daily/x.csv").write_text("n\n5\n")
    assert labels("daily") == labels("export")
    assert labels("./daily") == ["daily/x.csv"]
    given = {"daily": NamedSource(path="daily/x.csv")}
    assert [piece.label for piece in pieces_of("daily", sources=given)] == ["daily/x.csv"]


def test_labels_hold_no_path_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "days/1/b.csv", "days/2/b.csv"):
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text("n\n1\n")
    monkeypatch.chdir(tmp_path)
    assert labels(tmp_path / "out/a.csv") == ["a.csv"]
    assert labels(tmp_path / "out/days") == ["days/1/b.csv", "days/2/b.csv"]
    assert labels(f"{tmp_path}/out/days/*/b.csv") == ["days/1/b.csv", "days/2/b.csv"]


@pytest.mark.usefixtures("folder")
def test_a_piece_is_known_by_its_content() -> None:
    one, two = pieces_of("export")
    before = one.digest()
    assert one.digest() == before != two.digest()
    assert isinstance(one, FilePiece)
    assert one.size() == 4
    one.path.write_text("n\n2\n")
    assert one.digest() == two.digest()
    one.path.unlink()
    with pytest.raises(DataError, match="cannot be read"):
        one.digest()


@pytest.mark.parametrize("given", [{"query": "select 1"}, {"table": "calls"}])
@pytest.mark.usefixtures("folder")
def test_files_have_no_query_and_no_table(given: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match="is no database"):
        pieces_of("export", **given)


@pytest.mark.parametrize("source", ["store", "store:scores", "spark://host:7077/calls", "s3://b/x"])
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_imported_is_refused(source: str) -> None:
    with pytest.raises(DataError, match="cannot be imported"):
        pieces_of(source)


@pytest.mark.usefixtures("folder")
def test_an_address_of_no_known_kind_is_refused_without_its_password() -> None:
    for read in (scan, pieces_of):
        with pytest.raises(DataError) as caught:
            read("mysql://me:hunter2@host/db")
        assert "mysql://host/db" in str(caught.value)
        assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("folder")
def test_spark_is_an_extra() -> None:
    with pytest.raises(ParameterError, match=r"expected spark://HOST:PORT/TABLE"):
        scan("spark://host:7077")
    try:
        import pyspark  # noqa: F401, PLC0415
    except ImportError:
        with pytest.raises(DataError, match="needs PySpark") as caught:
            scan("spark://host:7077/calls")
        assert "assay[spark]" in caught.value.remedy


def test_files_of_a_folder_are_joined_by_their_columns(folder: Path) -> None:
    (folder / "2026-06-04.csv").write_text("m\n1\n")
    with pytest.raises(DataError, match="has the column"):
        scan("export")
    pl.DataFrame({"n": [1]}).write_parquet(folder / "x.parquet")
    with pytest.raises(DataError, match=r"several formats \(CSV, Parquet\)"):
        scan("export")


@pytest.mark.parametrize("pack", ["", ".gz", ".zst"])
@pytest.mark.parametrize("plain", [".tsv", ".tab", ".TSV"])
def test_tables_with_tabs_are_csv(tmp_path: Path, plain: str, pack: str) -> None:
    (tmp_path / f"rows{plain}{pack}").write_bytes(b"a\tb\n1\t2\n")
    (piece,) = pieces_of(tmp_path)
    assert piece.kind == "CSV"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Rows.XLSX", "save the sheet as CSV"),
        ("rows.csv.zip", "unpack it"),
        ("rows.tar.gz", "unpack it"),
        ("rows.txt", "rename the file after its format"),
    ],
)
def test_files_that_could_be_read_in_another_form(tmp_path: Path, name: str, remedy: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError) as alone:
        pieces_of(tmp_path / name)
    assert alone.value.remedy.startswith(remedy)
    with pytest.raises(DataError) as folder:
        pieces_of(tmp_path)
    assert folder.value.remedy.startswith(remedy) == ("txt" not in name)
