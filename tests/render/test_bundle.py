"""The packed script: made once a machine, trusted only by its hash."""

import base64
import gzip
import hashlib
import json
import sys
from pathlib import Path

import pytest
import vl_convert

from assay.workbench.render import bundle
from assay.workbench.render.bundle import Bundle, cache_file, cache_folder, vega_bundle


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fresh() -> Bundle:
    return vega_bundle.__wrapped__()


@pytest.fixture(scope="module")
def script() -> str:
    """What vl-convert makes, in two seconds."""
    return gzip.decompress(base64.b64decode(vega_bundle().packed)).decode()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, script: str) -> list[str]:
    """The versions for which it was asked for; it is at hand."""
    versions: list[str] = []

    def at_once(_: str, *, vl_version: str) -> str:
        versions.append(vl_version)
        return script

    monkeypatch.setattr(vl_convert, "javascript_bundle", at_once)
    return versions


def test_it_is_kept_and_read_back(folder: Path) -> None:
    made = fresh()
    (kept,) = folder.iterdir()
    before = kept.stat().st_mtime_ns
    assert fresh() == made
    assert kept.stat().st_mtime_ns == before
    script = gzip.decompress(base64.b64decode(made.packed))
    assert made.hash == f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
    assert b"vegaEmbed" in script
    assert len(made.packed) < 450_000


EVIL = {"version": "v", "packed": base64.b64encode(gzip.compress(b"evil()", mtime=0)).decode()}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "content",
    ["", json.dumps({**EVIL, "packed": "AAAA", "hash": "x"}), json.dumps({**EVIL, "hash": "x"})],
)
def test_what_is_torn_or_changed_in_the_cache_is_made_anew(made: list[str], content: str) -> None:
    path = cache_file()
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    assert fresh() == vega_bundle()
    assert len(made) == 1
    assert json.loads(path.read_text(encoding="utf-8"))["hash"] == vega_bundle().hash


def test_cache_that_cannot_be_written_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path / "file"))
    assert fresh().packed
    assert len(made) == 1


def test_cache_lies_where_the_system_keeps_such_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(bundle.sys, "platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "assay"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "assay"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "assay"
