"""The guide: links lead somewhere, commands exist, nothing is fetched, everybody can read it."""

import json
import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, sync_playwright
from typer.testing import CliRunner

from assay.app.cli import app
from assay.app.guide.book import CONTENTS, PAGES, leaves
from assay.app.guide.commands import command_tree
from assay.app.guide.press import write_guide
from assay.app.guide.results import HEAD, SCHEMAS
from assay.core.errors import ProjectError
from browser.chromium import ARGUMENTS, MISSING, find_chromium

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "src/assay/app/starter/README.md"]
SOURCES += sorted(PAGES.glob("*.md"))
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


class Page(HTMLParser):
    """Ids, links, and whatever would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag in {"script", "img", "iframe"} or (tag == "link" and given.get("href") != "data:,"):
            self.fetched.append(tag)


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    folder = tmp_path_factory.mktemp("guide")
    done = CliRunner().invoke(app, ["docs", "--out", str(folder), "--json"], catch_exceptions=False)
    files = sorted(folder.glob("*"))
    told = {"index": str(folder / "index.html"), "pages": len(files)}
    assert json.loads(done.stdout) == told
    return {file.name: Page(file.read_text()) for file in files} | {
        "folder": folder  # type: ignore[dict-item]
    }


def pages(guide: dict) -> dict[str, Page]:
    return {name: page for name, page in guide.items() if name != "folder"}


def test_every_link_and_anchor_leads_somewhere(guide):
    for name, page in pages(guide).items():
        for link in page.links:
            if link.startswith("https://"):
                continue
            file, _, anchor = link.partition("#")
            target = guide.get(file or name)
            assert target is not None, f"{name} → {link}"
            assert not anchor or anchor in target.ids, f"{name} → {link}"


def test_a_page_replaces_only_pages(tmp_path):
    (tmp_path / "index.html").write_text("<p>mine</p>")
    with pytest.raises(ProjectError, match=r"index\.html is there already"):
        write_guide(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_pages_fetch_nothing_and_carry_no_script(guide):
    assert {name: page.fetched for name, page in pages(guide).items() if page.fetched} == {}


def test_links_of_the_sources_lead_to_files_of_the_checkout():
    for source in SOURCES:
        text = SPAN.sub("", FENCE.sub("", source.read_text(encoding="utf-8")))
        for link in LINK.findall(text):
            if not link.startswith(("http", "#", "mailto:")):
                file = source.resolve().parent / link.partition("#")[0]
                assert file.exists(), f"{source.name} → {link}"


def test_every_page_of_docs_and_every_schema_is_part_of_it():
    bundled = {path.resolve() for path in (*PAGES.glob("*.md"), *SCHEMAS.glob("*.json"))}
    ours = {path for path in ROOT.glob("docs/**/*.md") if not path.stem.endswith("_part")}
    ours |= set(ROOT.glob("schemas/*.result.json"))
    missing = [path.relative_to(ROOT).as_posix() for path in sorted(ours - bundled)]
    assert missing == [], f"link these from {PAGES.parent.relative_to(ROOT)}/"


def test_every_page_has_a_title_and_the_written_ones_a_place():
    for leaf in leaves():
        assert leaf.title != leaf.name, leaf.name
    assert {"index", "first-report", "troubleshooting", "glossary"} <= {
        name for names in CONTENTS.values() for name in names
    }


def calls() -> list[tuple[str, str]]:
    """Every call of the command line in the documents, with the file it stands in."""
    found = []
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        lines = [
            line.replace("\\\n", " ")
            for language, block in FENCE.findall(text)
            if language in {"sh", "bash", "console", "shell", ""}
            for line in block.replace("\\\n", " ").splitlines()
        ]
        spans = [span for span in SPAN.findall(FENCE.sub("", text)) if span.startswith("assay ")]
        for line in (*lines, *spans):
            for part in re.split(r"\s(?:&&|\||;)\s", line.partition(" #")[0]):
                called = re.match(r"\s*(?:\$ )?(?:\.venv/bin/)?assay (.*)", part)
                if called:
                    found.append((source.name, called[1].replace("…", "").strip()))
    return found


def test_every_command_in_the_documents_exists_with_its_options():
    tree = command_tree()
    seen = calls()
    assert len(seen) > 60
    for source, call in seen:
        try:
            words = shlex.split(call)
        except ValueError:
            words = call.split()
        words = [word for word in words if word]
        name = "assay"
        while words and f"{name} {words[0]}" in tree:
            name = f"{name} {words.pop(0)}"
        if not words and name == "assay":
            continue
        if name == "assay" and words[0] in {"COMMAND", "--project", "--help", "--version"}:
            continue
        assert name != "assay", f"{source}: assay {call}"
        known = {option for one in tree[name].params for option in (*one.opts, *one.secondary_opts)}
        options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
        assert set(options) <= known | {"--help"}, f"{source}: assay {call}"


def test_messages_that_are_explained_are_messages_that_are_told():
    files = (ROOT / "src/assay").rglob("*.py")
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    source = re.sub(r'"\s*\n\s*f?"', "", source)
    text = (PAGES / "troubleshooting.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| it says \|.*?\n\n", text, re.MULTILINE | re.DOTALL)
    cells = [row[2:].split(" | ")[0] for table in tables for row in table.splitlines()[2:] if row]
    assert len(cells) > 25
    for cell in cells:
        for part in re.split(r"…|\*[^*]*\*|`[^`]*`", cell):
            said = part.strip(" ,:;")
            assert len(said) < 8 or said in source or said == "and the name of an error", cell


def test_the_reference_names_every_command_and_option(guide):
    text = (guide["folder"] / "commands.html").read_text()
    for words, command in command_tree().items():
        if getattr(command, "commands", None):
            continue
        assert words.replace(" ", "-") in guide["commands.html"].ids
        for one in command.params:
            assert all(name in text for name in one.opts if name.startswith("--")), words


def test_what_a_manifest_holds_is_told():
    source = (ROOT / "src/assay/workbench/manifest.py").read_text()
    body = source[source.index("def manifest_of") :].partition("\ndef ")[0]
    fields = set(re.findall(r'^        "(\w+)":', body, re.MULTILINE))
    assert len(fields) > 15
    told = set(re.findall(r"`(\w+)`", HEAD.read_text()))
    assert fields <= told


def test_the_results_are_those_of_the_published_schemas(guide):
    for file in SCHEMAS.glob("*.result.json"):
        schema = json.loads(file.read_text())
        kind = file.name.removesuffix(".result.json")
        assert f"kind-{kind}" in guide["results.html"].ids
        text = (guide["folder"] / "results.html").read_text()
        assert all(f"<code>{field}</code>" in text for field in schema["properties"])


def test_it_can_be_read_by_everybody_in_light_dark_and_on_a_phone(guide):
    program = find_chromium()
    if program is None:
        pytest.skip(MISSING)
    with ThreadPoolExecutor(1) as elsewhere:  # this thread may have a browser open already
        assert elsewhere.submit(_read, program, guide["folder"]).result() == []


def _read(program: str, folder: Path) -> list[str]:
    """Reads some pages; the addresses outside of them that were asked for."""
    asked: list[str] = []

    def only_files(route: Route) -> None:
        if route.request.url.startswith("file://"):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        seen = {"light": ("troubleshooting",), "dark": ("commands",)}
        for scheme, width in (("light", 1200), ("dark", 390)):
            context = browser.new_context(
                color_scheme=scheme, viewport={"width": width, "height": 800}
            )
            context.route("**/*", only_files)
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            for name in seen[scheme]:
                page.goto((folder / f"{name}.html").as_uri())
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{name} is {wide} wide at {width}"
                found = Axe().run(page, options={"resultTypes": ["violations"]})
                assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"
            assert said == []
            context.close()
        browser.close()
    return asked
