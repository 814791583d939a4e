import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.core.errors import ProjectError
from assay.workbench import files


def full_disk(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new/a.txt"
    files.write_atomically(path, "one")
    files.write_atomically(path, b"two")
    assert path.read_text() == "two"
    assert names(path.parent) == ["a.txt"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    files.write_atomically(path, "old")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(
        ProjectError, match=r"cannot write .*a.txt: No space left on device\n  → free"
    ):
        files.write_atomically(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_files_that_belong_together_change_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_together(tmp_path, {"a": "1", "b": "1"})
    synced = []

    def full_at_the_second(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 2:
            full_disk(descriptor)

    monkeypatch.setattr(os, "fsync", full_at_the_second)
    with pytest.raises(ProjectError):
        files.write_together(tmp_path, {"a": "2", "b": "2"})
    assert [(tmp_path / name).read_text() for name in names(tmp_path)] == ["1", "1"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(ProjectError, match="cannot write"):
        files.write_atomically(tmp_path / "a/b.txt", "x")


def test_only_what_dead_processes_left_is_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    mine = files.staging_beside(tmp_path / "a/b.txt")
    mine.parent.mkdir()
    mine.write_text("")
    left = tmp_path / f"a/.staging-{dead.pid}-abc-v1"
    left.mkdir()
    (left / "index.html").write_text("")
    (tmp_path / f".staging-{dead.pid}-abc-x").write_text("")
    (tmp_path / "kept").write_text("")
    for folder in (tmp_path, tmp_path / "a", tmp_path / "none"):
        files.sweep(folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(["a", mine.name, "kept"])


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        files.json_text({"a": float("nan")})


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_torn_json_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(ProjectError, match=r"a\.json"):
        files.read_json(tmp_path / "a.json")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
