"""Pictures that a text names: taken from the project, at the width that they ask for."""

import base64
import struct
import zlib
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_output

from assay.core.errors import RenderError
from assay.workbench.render.blocks import Figure
from assay.workbench.render.clean import parts
from assay.workbench.render.collect import collect
from assay.workbench.render.embedded import Embedded
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.look import Look
from assay.workbench.render.paper import TypstWriter
from assay.workbench.render.pictures import pixels, shown_width
from assay.workbench.render.publication import prepare
from render.concierge_page import cell, plain_page
from render.skeleton import Element, read

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="evil()"><rect width="9" height="9"/></svg>'


def png(width: int = 4, height: int = 2, dots: float | None = None) -> bytes:
    """A grey picture; `dots` is its density per inch."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    dense = chunk(b"pHYs", struct.pack(">IIB", *[round(dots / 0.0254)] * 2, 1)) if dots else b""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + dense
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "notebooks/img").mkdir(parents=True)
    (folder / "notebooks/plot.png").write_bytes(png())
    (folder / "notebooks/img/my plot.png").write_bytes(png(3, 3))
    (folder / "logo.svg").write_text(DRAWING)
    (tmp_path / "secret.png").write_bytes(png())
    (folder / "notebooks/leak.png").symlink_to(tmp_path / "secret.png")
    (folder / "notebooks/notes.png").write_text("password: 1234")
    return folder


def page(root: Path, *sources: str, **look: object):
    manifest = {"notebook": {"path": "notebooks/x.ipynb"}}
    cells = [new_markdown_cell(source) for source in sources]
    return plain_page(*cells, manifest=manifest, look=Look(root=root, **look))


def images(root: Path, *sources: str) -> list[Element]:
    made = prepare(page(root, *sources), HtmlWriter(), "html")
    return read(Embedded().html(made).decode()).one("main").all("img")


def test_files_beside_the_notebook_are_in_the_page_and_on_paper(root: Path) -> None:
    source = (
        "## Sales\n\n![](plot.png)\n\n![Mine](img/my%20plot.png){width=50%}\n\n"
        '<p align="center"><img src="../logo.svg" alt="Our *logo*" width="200"></p>\n\n'
        "![Two](plot.png){#fig-two}"
    )
    shown = images(root, source)
    assert [each.attributes["alt"] for each in shown] == [
        "Picture under the heading “Sales”. Its author gave no description.",
        "Mine",
        "Our *logo*",
        "Two",
    ]
    assert [each.attributes.get("width") for each in shown] == [None, "360", "200", None]
    first, _, third, _ = (each.attributes["src"] for each in shown)
    assert first == f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    assert b"evil" not in base64.b64decode(third.rpartition(",")[2])
    paper = prepare(page(root, source), TypstWriter(), "typst")
    assert len(paper.files) == 3
    assert Embedded().pdf(paper)[0].startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("../../secret.png", "lies outside the project"),
        ("%2e%2e/%2e%2e/secret.png", "lies outside the project"),
        (r"C:\secret.png", "lies outside the project"),
        ("leak.png", "lies outside the project"),
        ("/etc/passwd", "lies outside the project"),
        ("file:///etc/passwd", "lies outside the project"),
        ("//evil.example/x.png", "lies outside the project"),
        ("https://evil.example/x.png", "lies outside the project"),
        ("notes.png", "is of another kind"),
        ("gone.png", "is not there"),
        (".", "is not there"),
    ],
)
@pytest.mark.parametrize("form", ["![A]({})", '<img src="{}">', "![A]({}){{#fig-a}}"])
def test_nothing_else_of_the_machine_is_shown(
    root: Path, target: str, what: str, form: str
) -> None:
    with pytest.raises(RenderError, match=what) as refused:
        prepare(page(root, form.format(target)), HtmlWriter(), "html")
    assert "cell 1" in refused.value.message
    assert refused.value.remedy


def test_an_absolute_path_is_refused_even_into_the_project(root: Path) -> None:
    with pytest.raises(RenderError, match="lies outside the project"):
        prepare(page(root, f"![A]({root}/logo.svg)"), HtmlWriter(), "html")


def test_a_picture_larger_than_a_report_may_be_is_not_read(root: Path) -> None:
    with pytest.raises(RenderError, match="more than a whole report may have"):
        prepare(page(root, "![A](plot.png)", max_bytes=20), HtmlWriter(), "html")


@pytest.mark.parametrize(
    ("data", "said", "width"),
    [
        (png(400, 200), {}, None),
        (png(400, 200, dots=100), {}, None),
        (png(400, 200, dots=192), {}, 200),
        (png(400, 200), {"image/png": {"width": 100}}, 100),
        (png(400, 200), {"image/png": {"height": 50}}, 100),
        (png(400, 200), {"width": "50%"}, 360),
        (png(400, 200), {"image/png": {"width": "wide"}}, None),
        (b"\x89PNG\r\n\x1a\n", {"height": 1}, None),
    ],
)
def test_width_of_a_picture(data: bytes, said: dict, width: int | None) -> None:
    assert shown_width(data, "image/png", said) == width


def test_width_is_read_in_pixels() -> None:
    assert [pixels(text) for text in ("300", "300px", "25%", "0", "", "2em", "1e9")] == [
        300, 300, 180, None, None, None, None,
    ]  # fmt: skip


def test_given_width_of_an_output_reaches_page_and_paper() -> None:
    data = base64.b64encode(png(400, 200)).decode()
    said = {"image/png": {"width": 120, "height": 60}}
    shown = cell(new_output("display_data", {"image/png": data}, metadata=said))
    made = Embedded().html(prepare(plain_page(shown), HtmlWriter(), "html")).decode()
    assert read(made).one("main").one("img").attributes["width"] == "120"
    paper = prepare(plain_page(shown), TypstWriter(), "typst")
    assert "wide: 120" in "".join(cell.source for cell in paper.notebook.cells)
    assert Embedded().pdf(paper)[0].startswith(b"%PDF-")
    (placed,) = collect([shown])
    assert isinstance(placed.block, Figure)
    assert placed.block.width == 120
    (inline,) = parts(f'<img src="data:image/png;base64,{data}" width="80">', place="cell 1")
    assert isinstance(inline, Figure)
    assert inline.width == 80
