"""JupyterLab on a project: its kernel and magics as a person meets them."""

import json
import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from playwright.sync_api import Route, sync_playwright

from assay.app import lab
from assay.app.added_sets import _added
from assay.app.projects import fill
from assay.core.errors import ProjectError
from assay.workbench.project import Project
from browser.chromium import ARGUMENTS, MISSING, find_chromium

CHART = """
#| fig-alt: "Two bars, of height 2 and 3"
import altair as alt
bars = alt.Chart(alt.Data(values=[{"a": 1, "b": 2}, {"a": 2, "b": 3}]))
bars.mark_bar().encode(x="a:O", y="b:Q", tooltip="b:Q")
"""


def notebook(path: Path, *cells: str, parameters: str = "") -> Path:
    made = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Mine"}]
    tagged = [(parameters, ["parameters"])] if parameters else []
    for number, (source, tags) in enumerate([*tagged, *((cell, []) for cell in cells)]):
        made.append(
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": tags},
                "source": source.strip(),
                "outputs": [],
                "execution_count": None,
            }
        )
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("lab")
    fill(root, "Lab")
    for shipped in (*root.glob("notebooks/*.ipynb"), *root.glob("params/*.yaml")):
        shipped.unlink()
    notebook(
        root / "notebooks/30-mine.ipynb", "print(size)", "%publish", parameters="size: int = 3"
    )
    notebook(root / "notebooks/31-charted.ipynb", CHART, "%publish")
    notebook(root / "notebooks/explore/free.ipynb", "1")
    (root / "notebooks/ours.py").write_text("answer = 'old'\n")
    return Project.at(root)


@pytest.fixture(scope="module")
def prepared(project: Project) -> tuple[list[str], dict[str, str]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_RUN_DIR", "of-a-run")
        patch.setenv("ASSAY_PROJECT", "elsewhere")
        return lab.prepared(project, port=8899, browser=False)


def test_it_listens_to_this_machine_asks_no_network_and_carries_nothing_of_a_run(project, prepared):
    command, environment = prepared
    settings = json.loads(Path(command[-1].partition("=")[2]).read_text())
    assert settings["ServerApp"]["ip"] == "127.0.0.1"
    assert settings["ServerApp"]["allow_remote_access"] is False
    assert "token" not in json.dumps(settings)
    assert settings["LabApp"]["news_url"] is None
    assert not {"ASSAY_RUN_DIR", "ASSAY_PROJECT"} & environment.keys()
    kernel = json.loads((project.state / "lab/data/kernels/python3/kernel.json").read_text())
    assert kernel["argv"][0] == sys.executable
    written = [path for path in project.state.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(project.root) for path in written)


def test_without_jupyterlab_it_says_how_to_get_it(project, monkeypatch):
    monkeypatch.chdir(project.root)
    monkeypatch.setattr(lab, "find_spec", lambda _: None)
    with pytest.raises(ProjectError, match=r"pip install 'assay\[lab\]'"):
        lab.open_lab(port=8899, browser=False)


class Bench:
    """A kernel as the Lab starts it."""

    def __init__(self, manager: KernelManager) -> None:
        self._client = manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        self._cells = 0

    def run(self, code: str) -> str:
        """What is shown below a cell of that code; errors begin with !."""
        self._cells += 1
        told: list[str] = []

        def hear(message: dict) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                told.append(content["text"])
            elif message["msg_type"] == "error":
                told.append("!" + "\n".join(content["traceback"]))
            elif message["msg_type"] in {"display_data", "execute_result"}:
                told.append(json.dumps(content["data"]))

        self._client.execute_interactive(code, output_hook=hear, timeout=120)
        return "\n".join(told)

    def close(self) -> None:
        self._client.stop_channels()


@pytest.fixture(scope="module")
def bench(project: Project, prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The Lab's own kernel, which believes to be that of notebooks/30-mine.ipynb."""
    specs = KernelSpecManager(kernel_dirs=[str(project.state / "lab/data/kernels")])
    manager = KernelManager(
        kernel_name="python3",
        kernel_spec_manager=specs,
        transport="ipc",
        connection_file=str(tmp_path_factory.mktemp("k") / "k.json"),
    )
    at = project.notebooks / "30-mine.ipynb"
    environment = prepared[1] | {
        "JPY_SESSION_NAME": str(at),
        "IPYTHONDIR": str(project.state / "i"),
    }
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    manager.start_kernel(cwd=str(project.notebooks), env=environment)
    started = Bench(manager)
    yield started
    started.close()
    manager.shutdown_kernel(now=True)


def test_edited_code_is_fresh_in_the_next_cell(bench, project):
    assert "old" in bench.run("import ours; print(ours.answer)")
    time.sleep(1.1)  # what is compared are the times of files, in some systems by the second
    (project.notebooks / "ours.py").write_text("answer = 'new'\n")
    assert "new" in bench.run("print(ours.answer)")


def test_a_chart_is_alive_without_the_network(bench):
    shown = bench.run(CHART)
    assert "/static/assay/vega-" in shown
    assert "jsdelivr" not in shown
    assert len(shown) < 60_000


def test_a_free_notebook_is_refused_with_what_to_do(bench, project):
    told = bench.run(f"%publish {project.notebooks}/explore/free.ipynb")
    assert told.startswith("!")
    assert "notebooks/explore/free.ipynb is never published" in told
    assert "move it to notebooks/30-free.ipynb" in told


def test_parameters_get_the_values_that_a_run_would_give_them(bench, project):
    assert bench.run("%params -p size=7").strip() == "size = 7"
    assert "49" in bench.run("print(size * size)")
    (project.params / "mine.yaml").write_text("sets: {small: {size: 2}}\n")
    assert "size = 2" in bench.run("%params small")
    assert "did you mean 'small'?" in bench.run("%params smal")
    (project.params / "mine.yaml").unlink()


def test_what_is_not_saved_is_refused_and_may_be_left_behind(bench):
    bench.run("never_saved = 1")
    told = bench.run("%publish")
    assert "is not saved: a cell that you ran is not in the file" in told
    assert "%publish --as-saved" in told


def test_values_need_a_name_and_must_fit(bench):
    assert "values need the name of a set" in bench.run("%publish --as-saved -p size=4")
    told = bench.run("%publish --as-saved --set big -p size=huge")
    assert "expected a whole number" in told
    assert "did you mean 'size'?" in bench.run("%publish --as-saved --set big -p siez=4")


def test_it_is_published_with_the_values_and_shows_where(bench, project):
    told = bench.run("%publish --as-saved --set big -p size=4")
    assert "The set big was added to params/mine.yaml." in told
    (page,) = (project.published / "mine/big").glob("2*/index.html")
    assert f"/files/{project.relative(page)}" in told
    manifest = json.loads((page.parent / "manifest.json").read_text())
    assert manifest["parameters"] == {"size": 4}
    executed = (page.parent / "notebook.ipynb").read_text()
    assert "%publish" not in executed
    again = bench.run("%publish --as-saved --set big -p size=4")
    assert "current" in again
    assert "was added" not in again


def test_a_magic_beside_other_code_is_refused(bench, project):
    file = notebook(project.notebooks / "40-mixed.ipynb", "x = 1\n%publish")
    told = bench.run(f"%publish {file}")
    file.unlink()
    assert "give %publish a cell of its own" in told


def test_in_the_browser_a_chart_is_alive_and_the_notebook_publishes_itself(project, tmp_path):
    program = find_chromium()
    if program is None:
        pytest.skip(MISSING)
    environment = os.environ | {
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "r"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "c"),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "w"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    (tmp_path / "r").mkdir()
    code = "from assay.app.cli import main; main()"
    with (tmp_path / "log").open("w") as log, subprocess.Popen(
        [sys.executable, "-c", code, "lab", "--no-browser", "--port", "18899"],
        cwd=project.root, env=environment, stdout=log, stderr=log,
    ) as server:  # fmt: skip
        try:
            place = _place(tmp_path / "r", server)
            with ThreadPoolExecutor(1) as elsewhere:  # here a browser may be open already
                shown, outside = elsewhere.submit(_run_all, program, place).result()
        finally:
            server.terminate()
            server.wait(30)
    assert outside == []
    assert shown == "drawn"
    assert list((project.published / "charted/default").glob("2*/index.html"))
    assert place["url"].startswith("http://127.0.0.1:")


def _place(folder: Path, server: subprocess.Popen) -> dict:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        for file in folder.glob("jpserver-*.json"):
            if text := file.read_text():
                return json.loads(text)
        time.sleep(0.2)
    raise AssertionError((folder.parent / "log").read_text())


def _run_all(program: str, place: dict) -> tuple[str, list[str]]:
    """Runs the notebook as a person does, and follows the link to what was published."""
    outside: list[str] = []

    def only_itself(route: Route) -> None:
        if re.match(r"(data|blob):|" + re.escape(place["url"]), route.request.url):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1200, "height": 1400})
        context.route("**/*", only_itself)
        page = context.new_page()
        page.goto(f"{place['url']}lab/tree/notebooks/31-charted.ipynb?token={place['token']}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.get_by_text("Python 3 | Idle").wait_for(timeout=60_000)
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
        page.get_by_text("Run All Cells", exact=True).click()
        frame = page.frame_locator(".jp-OutputArea iframe").first
        frame.locator("#vega-chart.vega-embed svg.marks").wait_for(timeout=60_000)
        with context.expect_page(timeout=90_000) as opened:
            page.locator(".jp-OutputArea a", has_text="index.html").first.click(timeout=90_000)
        published = opened.value
        published.wait_for_selector("html[data-charts=drawn]", state="attached", timeout=30_000)
        state = published.locator("html").get_attribute("data-charts") or ""
        browser.close()
    return state, outside


def test_a_set_is_added_behind_the_others_and_all_else_stays():
    text = textwrap.dedent("""\
        # about
        base: {a: 1}
        sets: # all
            one:
                b: 2  # why

        # the end
        """)
    changed = _added(text, "two", {"c": ["x", None]})
    assert changed.startswith(text.rstrip().removesuffix("# the end").rstrip())
    assert "    two:" in changed
    assert changed.endswith("# the end\n")
    assert _added("a: 1\n", "two", {}) is None
