"""Exports of one small version that holds every kind of block, and text that would do harm."""

import base64
import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError, ProjectError
from assay.workbench.export import FORMATS, export
from assay.workbench.export.commas import safe
from assay.workbench.export.markdown import pipe_table
from assay.workbench.versions import Version

EVIL = "=cmd|' /C calc'!A0"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360f8cfc0f01f0005050202c1a4e9ad0000000049454e44ae426082"
    )
).decode()
SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "layer": [
        {"mark": "point", "data": {"name": "points"}},
        {"mark": "rule", "data": {"values": [{"x": 0}]}},
    ],
    "datasets": {
        "points": [
            {"day": "2026-11-01", "lift": 0.03125, "colour": "#1b7f5c", "who": EVIL},
            {"day": "2026-11-02", "lift": -0.5, "colour": "#b3403a", "who": None},
        ]
    },
}
TABLE = {
    "columns": [{"label": "Who | what"}, {"label": "n", "align": "right"}, {"label": "p"}],
    "rows": [["a|b\nc", "5\u202f890", "−0.5 %"], [EVIL, "12", "< 0.001"]],
    "caption": "Who is who.",
}
RESULT: dict[str, Any] = {
    "schema": {"kind": "t", "version": 1},
    "n": 7,
    "arms": [{"arm": "new", "lift": {"value": 0.5, "low": 0.25, "high": None}, "n": 3}],
    "cost": 2.5,
    "cost_low": 2.0,
    "cost_high": 3.0,
    "by": {"a/b": 4},
    "findings": [
        {
            "key": "k", "what": EVIL, "tone": "good", "needs_decision": True, "n": 3,
            "size": {"value": 0.5, "low": 0.25, "high": None}, "lift": None,
        },
        {"key": "none", "what": "no number", "tone": "neutral"},
    ],
    "units": {
        "/n": "count", "/arms/0/lift/value": "share", "/arms/0/lift/low": "share", "/arms/0/n": "count",
        "/cost": "USD", "/cost_low": "USD", "/cost_high": "USD", "/by/a/b": "count",
        "/findings/0/size/value": "share", "/findings/0/size/low": "share", "/gone": "share",
    },
    "brief": None,
    "sources": [],
}  # fmt: skip


def output(media: str, value: object, **metadata: object) -> Any:
    return nbformat.v4.new_output("display_data", {media: value}, metadata=metadata)


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("shelf") / "2026-11-02T060000Z-0000abcd"
    folder.mkdir()
    neutral = "application/vnd.assay.{}+json"
    outputs = [
        output(neutral.format("section"), {"heading": "Is it *so*?", "lead": "It is."}),
        output(
            "application/vnd.vegalite.v6+json", SPEC, assay={"alt": "Two points.", "caption": "Up."}
        ),
        output(neutral.format("table"), TABLE),
        output(neutral.format("note"), {"text": "Mind the gap."}),
        output(
            neutral.format("details"),
            {"summary": "How", "blocks": [{"p": "So."}, {"table": TABLE}, {"code": "a `b`"}]},
        ),
    ]
    outputs[1]["data"]["image/svg+xml"] = SVG
    words = nbformat.v4.new_markdown_cell("# Who did it?\n\nSee ![it](attachment:../it.png).")
    words["attachments"] = {"../it.png": {"image/png": PIXEL}}
    cells = [words, nbformat.v4.new_code_cell("1", outputs=outputs, execution_count=1)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebook.ipynb")
    (folder / "result.json").write_text(json.dumps(RESULT))
    manifest = {
        "report": "who", "set": "default", "version": folder.name, "as_of": "2026-11-02",
        "created": "2026-11-02T06:00:00+00:00", "command": "assay run who",
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "index.html").write_text("<h1>page</h1>")
    (folder / "report.pdf").write_bytes(b"%PDF")
    return Version(folder)


@pytest.mark.parametrize(
    ("wanted", "file"),
    [
        ("html", "index.html"),
        ("pdf", "report.pdf"),
        ("json", "result.json"),
        ("ipynb", "notebook.ipynb"),
    ],
)
def test_what_is_there_already_is_copied_as_it_is(
    version: Version, tmp_path: Path, wanted: str, file: str
) -> None:
    (made,) = export(version, wanted, tmp_path)
    assert made.name == f"who-{version.id}.{wanted}"
    assert made.read_bytes() == (version.folder / file).read_bytes()


def test_a_page_that_goes_alone_leads_nowhere_beside_it(version: Version, tmp_path: Path) -> None:
    page = version.folder / "index.html"
    page.write_text('<p><a class="beside" href="../../../b/c/latest.html">See b</a></p>')
    (made,) = export(version, "html", tmp_path)
    assert made.read_text() == "<p>See b</p>"


def test_markdown_holds_text_tables_and_figures_beside_it(version: Version, tmp_path: Path) -> None:
    made, *files = export(version, "md", tmp_path / "a report.md")
    text = made.read_text()
    assert text.startswith("# Who did it?\n")
    assert text.count("Who did it?") == 1
    assert r"## Is it \*so\*?" in text
    assert (
        "| Who \\| what | n | p |\n| :--- | ---: | :--- |\n| a\\|b c | 5\u202f890 | −0.5 % |"
        in text
    )
    assert "**Table 1.** Who is who." in text
    assert "> Mind the gap." in text
    assert "```\na `b`\n```" in text
    named = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert named == ["a%20report_files/cell-1--it.png", "a%20report_files/figure-1.svg"]
    assert {path.name for path in files} == {"cell-1--it.png", "figure-1.svg"}
    assert all(path.parent == tmp_path / "a report_files" for path in files)
    assert b"<path" in (tmp_path / "a report_files/figure-1.svg").read_bytes()


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_csv_is_a_tidy_table_of_each_kind(version: Version, tmp_path: Path) -> None:
    made = {path.name: path for path in export(version, "csv", tmp_path / "out")}
    assert set(made) == {
        "findings.csv", "numbers.csv", "figure-1.csv", "table-1.csv", "other-table-1.csv",
    }  # fmt: skip
    one, none = rows(made["findings.csv"])
    told = {name: one[name] for name in ("measure", "value", "low", "high", "unit", "n", "pointer")}
    assert told == {
        "measure": "size", "value": "0.5", "low": "0.25", "high": "", "unit": "share", "n": "3",
        "pointer": "/findings/0/size",
    }  # fmt: skip
    assert (none["key"], none["value"], none["pointer"]) == ("none", "", "/findings/1")
    numbers = {row.pop("pointer"): row for row in rows(made["numbers.csv"])}
    assert list(numbers) == [
        "/n", "/arms/0/lift", "/arms/0/n", "/cost", "/by/a/b", "/findings/0/size",
    ]  # fmt: skip
    assert numbers["/arms/0/lift"] == {
        "name": "new · lift", "value": "0.5", "low": "0.25", "high": "", "unit": "share", "n": "3",
    }  # fmt: skip
    assert (numbers["/cost"]["low"], numbers["/cost"]["high"]) == ("2.0", "3.0")
    points = rows(made["figure-1.csv"])
    assert points[0] == {"day": "2026-11-01", "lift": "0.03125", "who": f"'{EVIL}"}
    assert rows(made["table-1.csv"])[0]["n"] == "5\u202f890"


def test_an_archive_holds_the_same_files_and_the_same_bytes_each_time(
    version: Version, tmp_path: Path
) -> None:
    made = export(version, "csv", tmp_path / "out")
    (one,), (two,) = (export(version, "csv", tmp_path / f"{name}.zip") for name in "ab")
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.namelist() == [path.name for path in made]


MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def test_a_workbook_has_a_sheet_for_each_table_and_no_formula(
    version: Version, tmp_path: Path
) -> None:
    (one,), (two,) = (export(version, "xlsx", tmp_path / f"{name}.xlsx") for name in "ab")
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    names = re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"])
    assert names == ["Report", "Findings", "Numbers", "Figure 1", "Table 1", "Other table 1"]
    sheets = [parts[f"xl/worksheets/sheet{i}.xml"] for i in range(1, 7)]
    assert all('state="frozen"' in sheet for sheet in sheets)
    assert all("<f>" not in sheet and "hyperlink" not in sheet for sheet in sheets)
    assert f"<t>{EVIL}</t>".replace("'", "&apos;") in parts["xl/sharedStrings.xml"].replace(
        "'", "&apos;"
    )
    values = [[cell.get("t"), cell.findtext(f"{MAIN}v")] for cell in cells(sheets[4])]
    assert [None, "5890"] in values
    assert [None, "-0.005"] in values
    shapes = parts["xl/styles.xml"]
    for shape in ("0.00%", "#,##0", "yyyy-mm-dd", "0.0%"):
        assert f'formatCode="{shape}"' in shapes


def cells(sheet: str) -> list[ET.Element]:
    return list(ET.fromstring(sheet).iter(f"{MAIN}c"))  # noqa: S314  our own


def test_a_format_that_there_is_not_is_refused(version: Version, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="unknown"):
        export(version, "xls", tmp_path)
    with pytest.raises(ProjectError, match="no folder"):
        export(version, "csv", tmp_path / "one.csv")
    assert list(tmp_path.iterdir()) == []
    assert len(FORMATS) == 7


def test_a_notebook_that_cannot_be_read_is_told_and_its_page_still_goes(
    version: Version, tmp_path: Path
) -> None:
    folder = tmp_path / version.id
    folder.mkdir()
    for path in version.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "notebook.ipynb").write_text("{")
    with pytest.raises(ProjectError, match="cannot be read as it was published"):
        export(Version(folder), "xlsx", tmp_path)
    assert export(Version(folder), "html", tmp_path)


@given(st.text(max_size=30))
def test_no_text_becomes_a_formula_and_none_is_lost(text: str) -> None:
    kept = safe(text)
    assert isinstance(kept, str)
    assert kept.removeprefix("'") == text.removeprefix("'") or kept == text
    assert not kept.startswith(("=", "@", "\t", "\r", "\n"))
    if kept.startswith(("+", "-")):
        assert not set(kept) & set("(|!=@")


@given(st.lists(st.lists(st.text(max_size=9), min_size=2, max_size=2), max_size=4))
def test_a_pipe_table_has_a_line_for_each_row(cells: list[list[str]]) -> None:
    lines = pipe_table((("a|b", False), ("c", True)), cells).split("\n")
    assert len(lines) == 2 + len(cells)
    for line in lines[2:]:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3
