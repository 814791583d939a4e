"""`assay diff`, `verify` and `bundle`, on a small report that was published twice."""

import json
import shutil
import sqlite3
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.trial import Trial
from assay import __version__
from assay.app.cli import main
from assay.workbench.project import Project
from assay.workbench.publish import Press, publish
from assay.workbench.render import Page, Rendered

MODULE = """
def told(values, places):
    mean = sum(values) / len(values)
    return round(mean, places), len(values)
"""
PARAMETERS = """
from assay.params import Input
data: Input = "rows.csv"
places: int = 3
margin: float = 0.05
"""
WORK = """
import json, os
from pathlib import Path
import mine
values = [float(line) for line in Path(data).read_text().split()]
mean, n = mine.told(values, places)
size = {"value": mean, "low": mean - margin, "high": mean + margin}
state = "ship" if mean > 0.5 else "keep"
result = {
    "schema": {"kind": "means", "version": 1},
    "findings": [{
        "key": "Success/new", "what": "Success", "state": state, "tone": "neutral",
        "needs_decision": state == "ship", "evidence": "randomised", "unit": "share",
        "size": size, "lift": None, "n": n, "confidence": 0.95, "action": state, "reason": "",
        "title": f"Success is {mean}", "plain": "", "exact": "",
    }],
    "rows": n,
    "units": {"/rows": "count"},
    "brief": None,
    "sources": [{"name": "data", "path": data, "rows": n, "first": None, "last": None,
                 "left_out": []}],
}
folder = os.environ.get("ASSAY_RUN_DIR")
Path(folder, "result.json").write_text(json.dumps(result))
"""
SHOW = """
from IPython.display import display
table = {"caption": "Means", "columns": [{"label": "Arm"}, {"label": "Mean", "align": "right"}],
         "rows": [["new", str(mean)], ["old", "0.4"]]}
spec = {"mark": "point", "data": {"values": [{"x": mean, "y": 1}]},
        "encoding": {"x": {"field": "x", "type": "quantitative",
                           "scale": {"domain": [0, mean + 0.1]}}}}
display({"application/vnd.assay.table+json": table}, raw=True)
display({"application/vnd.vegalite.v6+json": spec}, raw=True,
        metadata={"assay": {"alt": f"a point at {mean}", "caption": "The mean."}})
"""


STORED = """
import json, os
from pathlib import Path
from assay.data.read import scan
n = scan(data).collect().height
result = {"schema": {"kind": "rows", "version": 1}, "findings": [], "n": n,
          "units": {"/n": "count"}, "brief": None, "sources": []}
Path(os.environ["ASSAY_RUN_DIR"], "result.json").write_text(json.dumps(result))
"""


def fake(_page: Page, out: Path, *, renderer: str) -> Rendered:
    for name in ("index.html", "report.pdf", "thumbnail.png"):
        (out / name).write_bytes(b"page")
    return Rendered(
        renderer=renderer,
        html=out / "index.html",
        pdf=out / "report.pdf",
        thumbnail=out / "thumbnail.png",
    )


def put_up(root: Path) -> None:
    press = Press(render=fake, write_index=lambda *_: (root / "index.html").write_text(""))
    outcomes = publish(Project.at(root), press=press)
    assert [outcome.state for outcome in outcomes] == ["published"], outcomes


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose report was published, got more rows, and was published again."""
    folder = tmp_path_factory.mktemp("compared")
    (folder / "notebooks").mkdir()
    (folder / "assay.toml").write_text('[project]\nname = "Trial"\n')
    (folder / "requirements.lock").write_text("polars==2.1.0\n")
    (folder / "mine.py").write_text(MODULE)
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Means"}
    ]
    for name, source in (("parameters", PARAMETERS), ("work", WORK), ("show", SHOW)):
        tags = {"tags": ["parameters"]} if name == "parameters" else {}
        cells.append({"cell_type": "code", "id": name, "metadata": tags, "source": source.strip(),
                      "outputs": [], "execution_count": None})  # fmt: skip
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (folder / "notebooks/10-means.ipynb").write_text(json.dumps(notebook))
    (folder / "rows.csv").write_text("0.40\n0.42\n0.44\n")
    put_up(folder)
    (folder / "rows.csv").write_text("0.40\n0.42\n0.44\n0.90\n0.91\n")
    put_up(folder)
    return folder


@pytest.fixture
def assay(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in the project: exit code, output, errors."""
    monkeypatch.chdir(root)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["assay", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return int(stopped.value.code or 0), said.out, said.err

    return run


def test_what_changed_last_is_told(assay: Any) -> None:
    code, said, _ = assay("diff", "means")
    said = said.replace("\u00a0", " ")
    assert code == 0
    assert "state: keep → ship" in said
    # (0.40 + 0.42 + 0.44) / 3 = 0.42 and (… + 0.90 + 0.91) / 5 = 0.614: by 19.4 points, of which
    # the errors explain 5 + 5.
    assert "+42.0 points [+37.0, +47.0] → +61.4 points [+56.4, +66.4]" in said
    assert "by +19 points [+9, +29] (+46 %): more than the errors of both explain" in said
    assert "rows: 3 → 5, by +2" in said
    assert "input data: rows.csv, 3 rows" in said
    assert "Errors are added, whatever their correlation" in said


def test_a_program_reads_the_same(assay: Any) -> None:
    code, said, _ = assay("diff", "means@previous", "means@latest", "--json", "--exit-code")
    assert code == 1
    told = json.loads(said)
    assert told["rule"] == "whatever the correlation"
    (finding,) = told["findings"]
    assert finding["size"]["judged"] == "beyond"
    assert finding["size"]["change"]["value"] == pytest.approx(0.194)
    assert [flip["what"] for flip in finding["flips"]] == ["state", "needs a decision", "action"]
    assert {part["part"] for part in told["made_from"]} >= {"input"}
    code, said, _ = assay("diff", "means@latest", "means@latest", "--json", "--exit-code")
    assert (code, json.loads(said)["differs"]) == (0, False)


def test_the_first_version_has_none_before_it(assay: Any) -> None:
    code, _, said = assay("diff", "means@previous")
    assert code == 3
    assert "is the first version" in said


def test_the_page_has_charts_side_by_side_on_one_scale(assay: Any, tmp_path: Path) -> None:
    page = tmp_path / "changes.html"
    assert assay("diff", "means", "--html", str(page))[0] == 0
    text = page.read_text()
    assert "The verdict" not in text  # this report hands no brief over
    assert text.count('class="chart"') == 2
    assert 'aria-label="Before: a point at 0.42"' in text
    assert 'aria-label="After: a point at 0.614"' in text
    assert "has its own scale" not in text
    # The later chart reaches to 0.714; on a scale of its own the earlier would end at 0.52.
    before, after = text.split('class="chart"')[1:]
    assert ">0.7<" in before
    assert ">0.7<" in after
    assert "beyond errors" in text
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert "report.pdf" not in text


def test_a_version_comes_out_again(assay: Any, root: Path) -> None:
    before = sorted(path for path in root.rglob("*") if "__pycache__" not in path.parts)
    code, said, _ = assay("verify", "means@latest")
    assert code == 0
    assert said.startswith("verified  means/default@")
    assert "code, packages and Python are as recorded" in said
    after = sorted(path for path in root.rglob("*") if "__pycache__" not in path.parts)
    assert after == before


def test_what_came_out_otherwise_is_explained(assay: Any) -> None:
    code, said, _ = assay("verify", "means@previous", "--json")
    told = json.loads(said)
    assert (code, told["verified"]) == (1, False)
    by_place = {mismatch["at"]: mismatch for mismatch in told["mismatches"]}
    assert (by_place["/rows"]["recorded"], by_place["/rows"]["now"]) == (3, 5)
    assert by_place["/rows"]["relative"] == pytest.approx(0.4)
    assert len(told["explained_by"]) == 1
    assert told["explained_by"][0].startswith("input data: rows.csv, 3 rows")


def test_changed_code_is_named_and_tolerances_are_kept(assay: Any, root: Path) -> None:
    module = root / "mine.py"
    module.write_text(MODULE.replace("round(mean, places)", "round(mean, places) * (1 + 1e-7)"))
    try:
        code, said, _ = assay("verify", "means@latest")
        assert code == 1
        assert "code mine.py" in said
        assert "What may explain it: the code has changed since." in said
        # The title quotes the mean with all its digits, so one text is left.
        code, said, _ = assay("verify", "means@latest", "--tolerance", "1e-6", "--json")
        assert [m["at"] for m in json.loads(said)["mismatches"]] == ["/findings/0/title"]
    finally:
        module.write_text(MODULE)


def test_without_its_input_nothing_is_run(assay: Any, root: Path, tmp_path: Path) -> None:
    shutil.move(root / "rows.csv", tmp_path / "rows.csv")
    try:
        code, _, said = assay("verify", "means@latest")
    finally:
        shutil.move(tmp_path / "rows.csv", root / "rows.csv")
    assert code == 3
    assert "cannot be run again: data = 'rows.csv' matches no file" in said


@pytest.mark.parametrize("given", ["much", "s=", "-1", "nan"])
def test_a_tolerance_is_a_number(assay: Any, given: str) -> None:
    assert assay("verify", "means@latest", f"--tolerance={given}")[0] == 2


@pytest.fixture(scope="module")
def packed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("packed") / "means.zip"
    patch = pytest.MonkeyPatch()
    patch.chdir(root)
    patch.setattr(sys, "argv", ["assay", "bundle", "means@latest", "--out", str(file)])
    with pytest.raises(SystemExit) as stopped:
        main()
    patch.undo()
    assert not stopped.value.code
    return file


def test_a_bundle_has_all_that_it_takes(packed: Path, root: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        names = set(archive.namelist())
        assert {"rows.csv", "mine.py", "requirements.lock", "requirements.txt"} <= names
        assert {"notebooks/10-means.ipynb", "params/means.yaml", "assay.toml"} <= names
        assert f"assay=={__version__}" in archive.read("requirements.txt").decode()
        readme = archive.read("README.md").decode()
        whole = b"".join(archive.read(name) for name in sorted(names))
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "assay verify ." in readme
    assert "holds data" in readme
    assert str(root).encode() not in whole


def test_the_same_version_gives_the_same_bytes(assay: Any, packed: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    code, said, _ = assay("bundle", "means@latest", "--out", str(again))
    assert code == 0
    assert "It holds data" in said
    assert again.read_bytes() == packed.read_bytes()
    assert assay("bundle", "means@latest", "--out", str(again))[0] == 2


def test_a_reviewer_runs_it_in_an_empty_folder(
    assay: Any, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "review")
    monkeypatch.chdir(tmp_path / "review")
    code, said, _ = assay("verify", ".")
    assert code == 0, said
    assert "come out as recorded" in said
    (tmp_path / "review/rows.csv").write_text("1\n2\n")
    assert assay("verify", ".")[0] == 1


def test_a_bundle_is_verified_as_it_is(
    assay: Any, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said, _ = assay("verify", str(packed))
    assert code == 0, said
    assert "of means.zip" in said


def test_what_would_not_come_out_again_is_not_packed(assay: Any, tmp_path: Path) -> None:
    out = tmp_path / "old.zip"
    code, _, said = assay("bundle", "means@previous", "--out", str(out))
    assert code == 3
    assert "data has changed since" in said
    assert not out.exists()
    code, _, said = assay("bundle", "means@previous", "--out", str(out), "--anyway")
    assert code == 0
    assert "not as recorded: data has changed since" in said
    with zipfile.ZipFile(out) as archive:
        assert "Not as it was recorded" in archive.read("README.md").decode()


def repacked(packed: Path, out: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(packed) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.update({"../evil.py": b"x"}), "leads outside"),
        (lambda c: c.update({"/etc/evil.py": b"x"}), "leads outside"),
        (lambda c: c.update({"a\\..\\evil.py": b"x"}), "leads outside"),
        (lambda c: c.update({"more.py": b"x"}), "other files than it lists"),
        (lambda c: c.pop("mine.py"), "other files than it lists"),
        (lambda c: c.update({"mine.py": b"import os"}), "not what was packed"),
        (lambda c: c.update({"mine.py": b"0" * 10_000_000}), "larger than it says"),
        (lambda c: c.pop("bundle.json"), "is no bundle"),
        (lambda c: c.update({"bundle.json": b"{"}), "cannot be unpacked"),
        (lambda c: c.update({"bundle.json": b'{"format": 9}'}), "bundle of format 9"),
        (lambda c: c.update({"bundle.json": b'{"format": 1}'}), "lacks what a bundle needs"),
    ],
)
def test_a_bundle_that_was_tampered_with_is_refused(
    assay: Any, packed: Path, tmp_path: Path, change: Any, told: str
) -> None:
    code, _, said = assay("verify", str(repacked(packed, tmp_path / "bad.zip", change)))
    assert code == 3
    assert told in said
    assert not (tmp_path / "evil.py").exists()


def test_links_and_torn_archives_are_refused(assay: Any, packed: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked.zip"
    shutil.copy(packed, linked)
    with zipfile.ZipFile(linked, "a") as archive:
        entry = zipfile.ZipInfo("link")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "mine.py")
    assert "is no plain file" in assay("verify", str(linked))[2]
    torn = tmp_path / "torn.zip"
    torn.write_bytes(packed.read_bytes()[:500])
    assert assay("verify", str(torn))[0] == 3
    assert assay("verify", str(tmp_path / "none.zip"))[0] == 2


def test_tables_of_the_store_travel_without_the_rest(filled: Trial, tmp_path: Path) -> None:
    cells = [
        ("parameters", 'from assay.params import Input\ndata: Input = "store:interactions"'),
        ("work", STORED.strip()),
    ]
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "id": name, "source": source, "outputs": [],
             "execution_count": None,
             "metadata": {"tags": ["parameters"]} if name == "parameters" else {}}
            for name, source in cells
        ],
    }  # fmt: skip
    (filled.root / "notebooks").mkdir(exist_ok=True)
    (filled.root / "notebooks/10-stored.ipynb").write_text(json.dumps(notebook))
    out = tmp_path / "run"
    filled.done("run", "stored", "--out", out)
    file = tmp_path / "stored.zip"
    filled.done("bundle", out, "--out", file)
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    assert any(name.startswith("data/store/interactions/") for name in names)
    assert not any("scores" in name or "feedback" in name for name in names)
    assert not any("key" in Path(name).name for name in names)
    shutil.rmtree(filled.root / "data")
    said = filled.done("verify", file)
    assert "come out as recorded" in said


def test_a_database_does_not_travel(filled: Trial, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path / 'rows.db'}?table=rows"
    with sqlite3.connect(tmp_path / "rows.db") as database:
        database.execute("create table rows (a integer)")
        database.execute("insert into rows values (1)")
    manifest = {"report": "x", "set": "default", "parameters": {"data": source}, "inputs": []}
    version = tmp_path / "version"
    version.mkdir()
    (version / "manifest.json").write_text(json.dumps(manifest))
    (version / "result.json").write_text("{}")
    cell = {"cell_type": "code", "id": "p", "outputs": [], "execution_count": None,
            "source": 'from assay.params import Input\ndata: Input = "x"',
            "metadata": {"tags": ["parameters"]}}  # fmt: skip
    (version / "notebook.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    )
    said = filled.run("bundle", version, "--out", tmp_path / "x.zip", "--anyway")
    assert said.code == 3
    assert "cannot travel in a bundle" in said.err
    assert "import its rows into the store" in said.err
