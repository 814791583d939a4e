"""What git holds of a notebook that was saved with its outputs."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from assay.workbench.commits import (
    ATTRIBUTES,
    committed_outputs,
    filter_state,
    keep_outputs_out,
)
from assay.workbench.stripped import stripped

OUTPUT = "of a run, with a private value"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def saved(folder: Path, name: str = "explore.ipynb") -> Path:
    """As JupyterLab leaves it: with outputs, counts, times and what the kernel said of itself."""
    cell = nbformat.v4.new_code_cell(
        "1 + 1",
        id="sum",
        execution_count=3,
        outputs=[nbformat.v4.new_output("stream", text=OUTPUT)],
        metadata={"execution": {"iopub.status.busy": "2026-11-01T00:00:00Z"}, "tags": ["kept"]},
    )
    notebook = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_markdown_cell("é", id="m")])
    notebook.metadata["language_info"] = {
        "name": "python",
        "version": "3.11.2",
        "file_extension": ".py",
    }
    file = folder / name
    nbformat.write(notebook, file)
    return file


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitattributes").write_text(f"{ATTRIBUTES}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "attributes")
    return tmp_path


def test_a_notebook_saved_with_outputs_is_committed_without_them(clone):
    assert filter_state(clone) == "off"
    assert keep_outputs_out(clone) == "on"
    file = saved(clone)
    before = file.read_bytes()
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "a notebook")
    held = git(clone, "show", "HEAD:explore.ipynb")
    assert OUTPUT not in held
    kept = json.loads(held)["cells"][0]
    assert (kept["outputs"], kept["execution_count"]) == ([], None)
    assert kept["metadata"] == {"tags": ["kept"]}
    assert file.read_bytes() == before
    assert git(clone, "status", "--porcelain") == ""
    assert committed_outputs(clone) == ()


def test_running_it_again_is_no_change_for_git(clone):
    keep_outputs_out(clone)
    file = saved(clone)
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "a notebook")
    file.write_text(file.read_text().replace(OUTPUT, "another"))
    assert git(clone, "diff", "--stat") == ""


def test_where_the_filter_cannot_run_nothing_is_taken_in(clone):
    keep_outputs_out(clone)
    git(clone, "config", "filter.assay-notebook.clean", "/nowhere/python -m gone")
    saved(clone)
    done = subprocess.run(
        ["git", "add", "."], cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "assay-notebook" in done.stderr
    assert git(clone, "ls-files", "*.ipynb") == ""


def test_outputs_that_came_in_before_are_named(clone):
    saved(clone, "before.ipynb")
    git(clone, "add", ".")
    assert committed_outputs(clone) == ("before.ipynb",)


def test_no_folder_of_git_is_no_mistake(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert keep_outputs_out(tmp_path) == "no git"
    assert filter_state(tmp_path) == "no git"


def test_stripping_is_done_once_and_agrees_with_nbstripout(tmp_path):
    once = stripped(saved(tmp_path).read_bytes())
    assert stripped(once) == once
    (tmp_path / "once.ipynb").write_bytes(once)
    subprocess.run(
        [sys.executable, "-m", "nbstripout", "--verify", "--keep-id", "once.ipynb"],
        cwd=tmp_path,
        check=True,
    )
    assert "é" in once.decode()


@pytest.mark.parametrize("content", [b"", b"<<<<<<< HEAD\n{}", b"[1]", b'{"cells": 1}', b"\xff"])
def test_what_is_no_notebook_passes_as_it_is(content):
    assert stripped(content) == content
