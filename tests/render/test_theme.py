"""A project's own look: what it changes, and what it may not."""

from pathlib import Path

import pypdf
import pytest
from nbformat.v4 import new_markdown_cell

from assay.core.errors import ProjectError
from assay.workbench.index import index_page
from assay.workbench.render import Look, render
from assay.workbench.render.theme import CONTRAST, DARK, LARGEST, Theme, contrast, lightened
from render.concierge_page import plain_page
from render.skeleton import read

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="40" height="20">'
    '<script>alert(1)</script><rect width="40" height="20" fill="#7a1fa2" onclick="x()"/></svg>'
)


def themed(root: Path, settings: str = "", **files: str | bytes) -> Path:
    folder = root / "reports" / "theme"
    folder.mkdir(parents=True)
    if settings:
        (folder / "theme.yaml").write_text(settings, encoding="utf-8")
    for name, content in files.items():
        path = folder / name.replace("_", ".").replace("dark.", "-dark.")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def test_contrast_is_that_of_the_guidelines() -> None:
    # W3C, "How to Meet WCAG": the lightest grey on white that passes AA is #767676, 4.54 : 1
    assert contrast("#767676", "#ffffff") == 4.54
    assert contrast("#ffffff", "#ffffff") == 1.0
    assert contrast(lightened("#7a1fa2"), DARK) >= CONTRAST


def test_project_without_a_theme_has_assays_own(tmp_path: Path) -> None:
    assert Theme.read(tmp_path) == Theme()
    assert Theme().css == ""


def test_accent_logo_and_footer_are_on_page_and_paper(tmp_path: Path) -> None:
    root = themed(
        tmp_path / "p", 'accent: "#7a1fa2"\nfooter: Acme <internal>\nlogo_alt: Acme', logo_svg=LOGO
    )
    made = plain_page(new_markdown_cell("# One\n\n[x](#sec-two)\n\n## Two"))
    look = Look(theme=Theme.read(root))
    rendered = render(
        type(made)(**{**{n: getattr(made, n) for n in made.__slots__}, "look": look}),
        tmp_path / "out",
        renderer="embedded",
    )
    page = read(rendered.html.read_text(encoding="utf-8"))
    assert "--blue: #7a1fa2" in page.one("style").text
    assert "Acme <internal>" in page.one("footer").text
    logo = page.one("header").one("img")
    assert logo.attributes["alt"] == "Acme"
    assert logo.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert b"script" not in look.theme.logo.data
    assert b"onclick" not in look.theme.logo.data
    assert "Acme <internal>" in pypdf.PdfReader(rendered.pdf).pages[0].extract_text()


def test_index_has_the_same_look(tmp_path: Path) -> None:
    root = themed(tmp_path, 'accent: "#7a1fa2"\nfooter: Acme <internal>', logo_svg=LOGO)
    page = index_page("Mine", (), theme=Theme.read(root))
    assert "--blue: #7a1fa2" in page
    assert "Acme &lt;internal&gt;" in page
    assert 'src="data:image/svg+xml;base64,' in page


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('accent: "#c0c0ff"', "contrast of 1."),
        ('accent_dark: "#202020"', "contrast of 1."),
        ("accent: blue", "expected a colour as '#rrggbb'"),
        ('acent: "#000000"', "did you mean 'accent'"),
        ("- a", "theme.yaml"),
        ("{", "cannot be read"),
    ],
)
def test_theme_that_cannot_be_used_is_refused(tmp_path: Path, settings: str, said: str) -> None:
    with pytest.raises(ProjectError) as refused:
        Theme.read(themed(tmp_path, settings))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"logo_png": b"GIF89a"}, "logo.png is no PNG"),
        ({"logo_svg": "<html></html>"}, "logo.svg is no SVG"),
        ({"logo_svg": LOGO + " " * LARGEST}, "200,000 at most"),
    ],
)
def test_logo_that_is_none_is_refused(tmp_path: Path, files: dict, said: str) -> None:
    with pytest.raises(ProjectError) as refused:
        Theme.read(themed(tmp_path, **files))
    assert said in str(refused.value)
